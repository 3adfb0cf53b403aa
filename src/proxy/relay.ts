// One proxied connection: a client's socket, a broker's socket, and the two links between them.
// Counterpart of listener.ts, which accepts the client. Invariants: the peers see each other's half-close, reset and
// loss as they happened; whatever ends one side ends the other; the log is told once.

import { TLSSocket } from 'node:tls';
import { startFaults } from '../faults/engine.ts';
import type { FaultSpec } from '../faults/registry.ts';
import { nowMicros } from '../log/clock.ts';
import type { FrameLog } from '../log/frame-log.ts';
import { reset } from '../net/reset.ts';
import type { WireSocket } from '../net/wire-socket.ts';
import { CLIENT_TO_SERVER, SERVER_TO_CLIENT } from '../protocol/frame.ts';
import type { ConnectionTable, Endpoint } from '../session/connection-table.ts';
import { type Leg, Link } from './link.ts';
import type { Upstream } from './upstream.ts';

/** What all relays of a spy share. */
export interface RelayContext {
  readonly log: FrameLog;
  readonly connections: ConnectionTable;
  readonly upstream: Upstream;
  readonly faults: readonly FaultSpec[];
  readonly seed: number;
}

type Peer = 'client' | 'server';
type How = 'closed' | 'reset' | 'failed';

export class Relay {
  readonly id: number;
  readonly #context: RelayContext;
  readonly #clientLeg: Leg;
  readonly #client: WireSocket;
  readonly #fromClient: Link['tape'];
  readonly #fromServer: Link['tape'];
  readonly #giveUp = new AbortController();
  #server: WireSocket | undefined;
  #links: Link[] = [];
  #connecting = true;
  #finished = false;
  #endedBy: { readonly by: Peer | 'spy'; readonly how: How; readonly reason?: string } | undefined;
  readonly #onFinished: () => void;

  /**
   * The client is paused: nothing is read from it before a broker stands behind it. `onFinished` is called once, when
   * both sockets are gone and the log has been told.
   */
  constructor(id: number, leg: Leg, context: RelayContext, onFinished: () => void) {
    const client = leg.socket;
    this.id = id;
    this.#context = context;
    this.#clientLeg = leg;
    this.#client = client;
    this.#onFinished = onFinished;
    this.#fromClient = context.log.openTape(id, CLIENT_TO_SERVER);
    this.#fromServer = context.log.openTape(id, SERVER_TO_CLIENT);
    client.on('error', (error) => this.#lost('client', error));
    client.on('close', () => this.#closed('client'));
    context.connections.add({
      id,
      client: remoteEndpoint(client),
      server: context.upstream.endpoint,
      openedAt: nowMicros(),
      state: 'opening',
      fromClient: this.#fromClient,
      fromServer: this.#fromServer,
    });
  }

  /** Connects the client to a broker, and lets the bytes flow. Settles when that is done; never rejects. */
  async connect(): Promise<void> {
    try {
      const leg = await this.#context.upstream.connect(this.#client, this.#giveUp.signal);
      if (leg.socket.destroyed) throw new Error('the connection was lost as soon as it stood');
      if (this.#client.destroyed) leg.socket.destroy();
      else this.#join(leg);
    } catch (error) {
      this.#endedBy ??= { by: 'server', how: 'failed', reason: `no upstream: ${(error as Error).message}` };
      reset(this.#client);
    }
    this.#connecting = false;
    this.#finishIfGone();
  }

  /** Ends both sides: what was taken from one peer is still sent to the other, and each may answer with its own end. */
  close(): void {
    this.#endedBy ??= { by: 'spy', how: 'closed', reason: 'the spy shut down' };
    this.#giveUp.abort();
    if (this.#connecting) this.#client.destroy();
    for (const link of this.#links) link.close();
  }

  /** Ends both sides at once, whatever still waits. */
  cut(): void {
    reset(this.#client);
    if (this.#server) reset(this.#server);
  }

  #join(leg: Leg): void {
    const server = leg.socket;
    const { log, faults, seed, connections } = this.#context;
    this.#server = server;
    const endpoint = remoteEndpoint(server);
    connections.get(this.id)!.server = endpoint;
    this.#noteOpened(endpoint, server instanceof TLSSocket);
    server.on('error', (error) => this.#lost('server', error));
    server.on('close', () => this.#closed('server'));
    const engines = [CLIENT_TO_SERVER, SERVER_TO_CLIENT].map((direction) =>
      startFaults(faults, seed, { connection: this.id, direction: direction as 0 | 1 }),
    );
    this.#links = [
      new Link(this.#clientLeg, server, log, this.#fromClient, engines[0]),
      new Link(leg, this.#client, log, this.#fromServer, engines[1]),
    ];
    this.#links[0]!.onEnd = () => this.#ended('client');
    this.#links[1]!.onEnd = () => this.#ended('server');
    for (const link of this.#links) link.start();
  }

  #noteOpened(server: Endpoint, serverTls: boolean): void {
    const clientTls = this.#client instanceof TLSSocket;
    const tls = [...(clientTls ? (['client'] as const) : []), ...(serverTls ? (['server'] as const) : [])];
    const { client, openedAt } = this.#context.connections.get(this.id)!;
    const note = { type: 'connection.opened', client, server, ...(tls.length > 0 && { tls }) } as const;
    this.#context.log.note(this.id, note, openedAt);
  }

  #ended(by: Peer): void {
    this.#endedBy ??= { by, how: 'closed' };
  }

  #lost(by: Peer, error: NodeJS.ErrnoException): void {
    const how = error.code === 'ECONNRESET' || error.code === 'EPIPE' ? 'reset' : 'failed';
    this.#endedBy ??= how === 'reset' ? { by, how } : { by, how, reason: error.message };
    this.#linkFrom(by)?.lose();
  }

  /** A socket is gone for good. If it ended in order, its peer has been told and may end in its own time. */
  #closed(peer: Peer): void {
    const link = this.#linkFrom(peer);
    if (!link) {
      this.#ended('client');
      this.#giveUp.abort();
    } else if (!link.ended) {
      link.lose();
    }
    this.#finishIfGone();
  }

  #linkFrom(peer: Peer): Link | undefined {
    return this.#links[peer === 'client' ? 0 : 1];
  }

  #finishIfGone(): void {
    if (this.#finished || this.#connecting || !this.#client.closed || this.#server?.closed === false) return;
    this.#finished = true;
    if (!this.#server) this.#noteOpened(this.#context.connections.get(this.id)!.server, false);
    const { log, connections } = this.#context;
    for (const link of this.#links) link.stop();
    const time = nowMicros();
    const ended = this.#endedBy ?? { by: 'spy', how: 'closed' };
    const carried = { bytes_from_client: this.#fromClient.bytes, bytes_from_server: this.#fromServer.bytes };
    log.note(this.id, { type: 'connection.closed', ...ended, ...carried }, time);
    const what =
      'reason' in ended ? ended.reason : `${ended.by} ${ended.how === 'reset' ? 'reset' : 'closed'} the connection`;
    connections.close(this.id, time, what);
    this.#onFinished();
  }
}

export function remoteEndpoint(socket: WireSocket): Endpoint {
  const address = socket.remoteAddress ?? '0.0.0.0';
  return { address: address.replace(/^::ffff:(?=\d+\.)/, ''), port: socket.remotePort ?? 0 };
}
