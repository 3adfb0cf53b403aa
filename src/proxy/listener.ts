// Accepts clients and gives each a relay to a broker. Counterpart of relay.ts.

import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, TLSSocket, type TlsOptions } from 'node:tls';
import { nowMicros } from '../log/clock.ts';
import { type ListenAddress, listenError } from '../net/address.ts';
import { adopt, Intake } from '../net/intake.ts';
import { tlsReason } from '../net/tls-reason.ts';
import { Relay, type RelayContext, remoteEndpoint } from './relay.ts';

/** Connections that may wait to be accepted: enough for thousands at once (the kernel caps it at somaxconn). */
const BACKLOG = 8192;
/** How long, at shutdown, what was handed to the sockets may take to leave, in ms. */
const GRACE_MS = 2000;

export interface ListenerOptions {
  readonly listen: ListenAddress;
  /** Serve TLS with these options. */
  readonly tls?: TlsOptions;
}

export class Listener {
  readonly #server: Server;
  readonly #context: RelayContext;
  readonly #relays = new Set<Relay>();
  #onGone: (() => void) | undefined;
  /** With TLS: all accepted sockets, those that have not finished their handshake included. */
  readonly #accepted = new Set<Socket>();
  #nextId = 1;

  constructor(options: ListenerOptions, context: RelayContext) {
    this.#context = context;
    this.#server = options.tls
      ? createTlsServer({ pauseOnConnect: true, ...options.tls }, (socket) => this.#accept(socket))
      : createServer({ pauseOnConnect: true, allowHalfOpen: true }, (socket) => this.#accept(socket));
    if (options.tls) this.#server.on('connection', (socket: Socket) => this.#remember(socket));
    // A failed TLS handshake: no connection came about.
    this.#server.on('tlsClientError', (error: Error, socket: TLSSocket) => this.#refuse(error, socket));
  }

  /** Binds. Rejects with ConfigError for an address that cannot be had. */
  listen({ host, port }: ListenAddress): Promise<ListenAddress> {
    return new Promise((resolve, reject) => {
      const fail = (error: NodeJS.ErrnoException): void => reject(listenError('--listen', { host, port }, error));
      this.#server.once('error', fail);
      this.#server.listen({ host, port, backlog: BACKLOG }, () => {
        this.#server.off('error', fail);
        // From here on only accepting can fail (no file descriptor left): that client's loss, not the others'.
        this.#server.on('error', () => {});
        resolve({ host, port: (this.#server.address() as AddressInfo).port });
      });
    });
  }

  /** Accepts no more, ends all connections, and resolves when they are gone; after a grace period they are cut. */
  async close(): Promise<void> {
    this.#server.close();
    for (const relay of this.#relays) relay.close();
    const cut = setTimeout(() => {
      for (const relay of this.#relays) relay.cut();
    }, GRACE_MS);
    if (this.#relays.size > 0) await new Promise<void>((resolve) => (this.#onGone = resolve));
    clearTimeout(cut);
    for (const socket of this.#accepted) socket.destroy();
  }

  #accept(accepted: Socket): void {
    // Not before: a client that ends during its TLS handshake is gone.
    accepted.allowHalfOpen = true;
    const intake = new Intake();
    const adopted = accepted instanceof TLSSocket ? undefined : adopt(accepted, intake);
    const leg = adopted ? { socket: adopted, intake } : { socket: accepted };
    leg.socket.setNoDelay(true);
    const relay = new Relay(this.#nextId++, leg, this.#context, () => {
      this.#relays.delete(relay);
      if (this.#relays.size === 0) this.#onGone?.();
    });
    this.#relays.add(relay);
    void relay.connect();
  }

  #remember(socket: Socket): void {
    this.#accepted.add(socket);
    socket.once('close', () => this.#accepted.delete(socket));
  }

  #refuse(error: Error, socket: TLSSocket): void {
    const id = this.#nextId++;
    const { log, upstream } = this.#context;
    const time = nowMicros();
    const client = remoteEndpoint(socket);
    const server = upstream.endpoint;
    log.note(id, { type: 'connection.opened', client, server, tls: ['client'] }, time);
    // Node keeps the code here, whatever the type says; the error is but `socket hang up` then.
    const unauthorized = socket.authorizationError as Error | string | null | undefined;
    const why = unauthorized ? `no client certificate that --tls-ca vouches for (${unauthorized})` : tlsReason(error);
    const reason = `TLS handshake failed: ${why}`;
    log.note(
      id,
      { type: 'connection.closed', by: 'client', how: 'failed', reason, bytes_from_client: 0, bytes_from_server: 0 },
      time,
    );
    socket.destroy();
  }
}
