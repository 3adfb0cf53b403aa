// One proxied connection: a client's socket, a broker's socket, and the two links between them.
// Counterpart of listener.ts, which accepts the client. Invariants: the peers see each other's half-close, reset and
// loss as they happened; whatever ends one side ends the other; the log is told once.

import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { startFaults } from '../faults/engine.ts';
import type { FaultSpec } from '../faults/registry.ts';
import { nowMicros } from '../log/clock.ts';
import type { FrameLog } from '../log/frame-log.ts';
import { CLIENT_TO_SERVER, SERVER_TO_CLIENT } from '../protocol/frame.ts';
import type { ConnectionTable, Endpoint } from '../session/connection-table.ts';
import type { UpstreamAddress } from './address.ts';
import { type Leg, Link } from './link.ts';
import { connectUpstream, type UpstreamTls } from './upstream.ts';

/** What all relays of a spy share. */
export interface RelayContext {
  readonly log: FrameLog;
  readonly connections: ConnectionTable;
  readonly upstreams: readonly UpstreamAddress[];
  readonly upstreamTls: UpstreamTls;
  readonly faults: readonly FaultSpec[];
  readonly seed: number;
}

type Peer = 'client' | 'server';
type How = 'closed' | 'reset' | 'failed';

export class Relay {
  readonly id: number;
  readonly #context: RelayContext;
  readonly #clientLeg: Leg;
  readonly #client: Socket;
  readonly #fromClient: Link['tape'];
  readonly #fromServer: Link['tape'];
  readonly #giveUp = new AbortController();
  #server: Socket | undefined;
  #links: Link[] = [];
  #clientGone = false;
  #endedBy: { readonly by: Peer | 'spy'; readonly how: How; readonly reason?: string } | undefined;
  #finished = false;

  /** The client is paused: nothing is read from it before a broker stands behind it. */
  constructor(id: number, leg: Leg, context: RelayContext) {
    const client = leg.socket;
    this.id = id;
    this.#context = context;
    this.#clientLeg = leg;
    this.#client = client;
    this.#fromClient = context.log.openTape(id, CLIENT_TO_SERVER);
    this.#fromServer = context.log.openTape(id, SERVER_TO_CLIENT);
    client.setNoDelay(true);
    client.on('error', (error) => this.#lost('client', error));
    client.on('close', () => this.#closed('client'));
    context.connections.add({
      id,
      client: remoteEndpoint(client),
      server: { address: context.upstreams[0]!.host, port: context.upstreams[0]!.port },
      openedAt: nowMicros(),
      state: 'opening',
      fromClient: this.#fromClient,
      fromServer: this.#fromServer,
    });
  }

  /** Connects the client to a broker, and lets the bytes flow. Settles when that is done; never rejects. */
  async connect(): Promise<void> {
    const { upstreams, upstreamTls } = this.#context;
    try {
      const leg = await connectUpstream(upstreams, upstreamTls, this.#giveUp.signal);
      if (this.#clientGone) leg.socket.destroy();
      else this.#join(leg);
    } catch (error) {
      this.#noteOpened(this.#context.connections.get(this.id)!.server, false);
      this.#endedBy ??= { by: 'server', how: 'failed', reason: `no upstream: ${(error as Error).message}` };
      reset(this.#client);
    }
    if (!this.#server && this.#clientGone) this.#finish();
  }

  /** Ends both sides at once: what was handed to the sockets is still sent. */
  close(): void {
    this.#endedBy ??= { by: 'spy', how: 'closed', reason: 'the spy shut down' };
    this.#giveUp.abort();
    this.#client.destroySoon();
    this.#server?.destroySoon();
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
    this.#client.once('end', () => this.#ended('client'));
    server.once('end', () => this.#ended('server'));
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
    const other = by === 'client' ? this.#server : this.#client;
    if (other) reset(other);
  }

  #closed(peer: Peer): void {
    if (peer === 'client') this.#clientGone = true;
    if (!this.#server) {
      this.#ended('client');
      this.#giveUp.abort();
      return;
    }
    const [link, other] = peer === 'client' ? [this.#links[0]!, this.#server] : [this.#links[1]!, this.#client];
    if (!other.destroyed) leaveAlone(other, link.ended);
    if (this.#client.destroyed && this.#server.destroyed) this.#finish();
  }

  #finish(): void {
    if (this.#finished) return;
    this.#finished = true;
    const { log, connections } = this.#context;
    for (const link of this.#links) link.stop();
    const time = nowMicros();
    const ended = this.#endedBy ?? { by: 'spy', how: 'closed' };
    const carried = { bytes_from_client: this.#fromClient.bytes, bytes_from_server: this.#fromServer.bytes };
    log.note(this.id, { type: 'connection.closed', ...ended, ...carried }, time);
    const what =
      'reason' in ended ? ended.reason : `${ended.by} ${ended.how === 'reset' ? 'reset' : 'closed'} the connection`;
    connections.close(this.id, time, what);
  }
}

/** Passes a loss on as a loss: the peer sees a reset, as it would have without the spy. */
function reset(socket: Socket): void {
  if (socket.destroyed) return;
  if (socket instanceof TLSSocket) socket.destroy();
  else socket.resetAndDestroy();
}

/**
 * The other peer is gone for good. If it ended in order, its last bytes and its end are on their way to this one, which
 * may end in its own time; bytes that it still sends are answered by a reset, as a closed port would.
 */
function leaveAlone(socket: Socket, endedInOrder: boolean): void {
  if (!endedInOrder) return socket.destroySoon();
  socket.on('data', () => reset(socket));
  socket.resume();
}

function remoteEndpoint(socket: Socket): Endpoint {
  const address = socket.remoteAddress ?? '0.0.0.0';
  return { address: address.replace(/^::ffff:(?=\d+\.)/, ''), port: socket.remotePort ?? 0 };
}
