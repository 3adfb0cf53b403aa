// Serves the broker on a TCP port, with or without TLS: each accepted socket carries one BrokerConnection.
// Counterpart: connection/transport.ts, which the sockets are made to look like. The only file of the broker with sockets.

import { X509Certificate } from 'node:crypto';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, TLSSocket, type TlsOptions } from 'node:tls';
import { type ListenAddress, listenError } from '../net/address.ts';
import { adopt, Intake } from '../net/intake.ts';
import { reset } from '../net/reset.ts';
import type { Broker } from './broker.ts';
import type { BrokerClock } from './clock.ts';
import type { BrokerConnection } from './connection/connection.ts';
import type { PeerInfo, Transport } from './connection/transport.ts';

/** Connections that may wait to be accepted: enough for thousands at once (the kernel caps it at somaxconn). */
const BACKLOG = 8192;

/** How long a client may take to read what is left and to hang up, once all has been said, in ms. */
const LINGER_MS = 30_000;
/** The same when the listener closes, in ms. */
const CLOSE_GRACE_MS = 1000;

export interface ListenOptions {
  /** Serve TLS with these options. */
  readonly tls?: TlsOptions;
  /** The option to name in errors. */
  readonly option?: string;
}

export class BrokerListener {
  readonly tls: boolean;
  /** When the certificate expires, ms since the epoch. */
  readonly certificateExpiry: number | undefined;
  address: ListenAddress = { host: '', port: 0 };
  readonly #broker: Broker;
  readonly #option: string;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  constructor(broker: Broker, { tls, option = '--port' }: ListenOptions) {
    this.#broker = broker;
    this.#option = option;
    this.tls = tls !== undefined;
    this.certificateExpiry = expiryOf(tls?.cert);
    this.#server = tls
      ? createTlsServer(tls, (socket) => this.#accept(socket))
      : createServer({ pauseOnConnect: true, noDelay: true }, (socket) => this.#accept(socket));
    this.#server.on('tlsClientError', (error: Error, socket: TLSSocket) => {
      broker.log(`${socket.remoteAddress}:${socket.remotePort}: TLS handshake failed: ${error.message}`, 'warning');
      socket.destroy();
    });
  }

  /** Binds. Rejects with ConfigError or AmqpSpyError for an address that cannot be had. */
  listen({ host, port }: ListenAddress): Promise<ListenAddress> {
    return new Promise((resolve, reject) => {
      const fail = (error: NodeJS.ErrnoException): void => reject(listenError(this.#option, { host, port }, error));
      this.#server.once('error', fail);
      this.#server.listen({ host, port, backlog: BACKLOG }, () => {
        this.#server.off('error', fail);
        // From here on only accepting can fail (no file descriptor left): that client's loss, not the others'.
        this.#server.on('error', (error) => this.#broker.log(`cannot accept: ${error.message}`, 'error'));
        this.address = { host, port: (this.#server.address() as AddressInfo).port };
        resolve(this.address);
      });
    });
  }

  /** Accepts no more. */
  stop(): void {
    this.#server.close();
  }

  /** Resolves once all sockets are gone; what is left is cut. */
  async close(): Promise<void> {
    this.stop();
    const gone = [...this.#sockets].map((socket) => new Promise((resolve) => socket.once('close', resolve)));
    // What was said last is given the time to leave; nobody waits for clients that do not hang up.
    const cut = this.#broker.clock.after(CLOSE_GRACE_MS, () => {
      for (const socket of this.#sockets) socket.destroy();
    });
    for (const socket of this.#sockets) if (!socket.writableEnded) socket.destroy();
    await Promise.all(gone);
    cut.cancel();
  }

  #accept(accepted: Socket): void {
    const intake = new Intake();
    const adopted = accepted instanceof TLSSocket ? undefined : adopt(accepted, intake);
    const socket = adopted ?? accepted;
    socket.setNoDelay(true);
    this.#sockets.add(socket);
    const transport = new SocketTransport(socket, this.#broker.clock);
    const connection = this.#broker.attach(transport, peerOf(accepted, socket));
    socket.on('drain', () => connection.drained());
    socket.on('end', () => connection.disconnected());
    socket.on('error', () => {});
    socket.on('close', () => {
      this.#sockets.delete(socket);
      connection.disconnected();
    });
    this.#read(socket, adopted && intake, transport, connection);
  }

  #read(socket: Socket, intake: Intake | undefined, transport: SocketTransport, connection: BrokerConnection): void {
    if (intake) {
      intake.open((buffer, size) => {
        connection.receive(buffer, size);
        return !transport.paused;
      });
    } else {
      socket.on('data', (chunk: Buffer) => connection.receive(chunk, chunk.length));
    }
    socket.resume();
  }
}

function expiryOf(certificate: TlsOptions['cert']): number | undefined {
  const [pem] = [certificate].flat();
  return pem === undefined ? undefined : Date.parse(new X509Certificate(pem).validTo);
}

class SocketTransport implements Transport {
  paused = false;
  #ending = false;
  readonly #socket: Socket;
  readonly #clock: BrokerClock;

  constructor(socket: Socket, clock: BrokerClock) {
    this.#socket = socket;
    this.#clock = clock;
  }

  get pending(): number {
    return this.#socket.writableLength;
  }

  write(bytes: Uint8Array): boolean {
    if (!this.#socket.writable) return true;
    this.#socket.write(bytes);
    return this.#socket.writableLength === 0;
  }

  pause(): void {
    this.paused = true;
    this.#socket.pause();
  }

  resume(): void {
    this.paused = false;
    this.#socket.resume();
  }

  end(): void {
    this.#socket.end();
    // What still comes goes nowhere, but must be read for the end to be seen.
    this.resume();
    if (this.#ending || this.#socket.destroyed) return;
    this.#ending = true;
    const cut = this.#clock.after(LINGER_MS, () => this.#socket.destroy());
    this.#socket.once('close', () => cut.cancel());
  }

  destroy(): void {
    reset(this.#socket);
  }
}

function peerOf(accepted: Socket, socket: Socket): PeerInfo {
  const certificate = accepted instanceof TLSSocket && accepted.authorized ? accepted.getPeerCertificate() : undefined;
  const plain = (address = ''): string => address.replace(/^::ffff:(?=\d+\.)/, '');
  return {
    address: plain(socket.remoteAddress),
    port: socket.remotePort ?? 0,
    localAddress: plain(socket.localAddress),
    localPort: socket.localPort ?? 0,
    tls: accepted instanceof TLSSocket,
    certificateName: [certificate?.subject?.CN].flat()[0],
  };
}
