// The WebSocket endpoint `/stream`: shakes hands and keeps count of its subscribers (subscriber.ts).
// ws is loaded with the first of them, for start-up is quicker without.

import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { WebSocket, WebSocketServer } from 'ws';
import type { FrameLog } from '../log/frame-log.ts';
import { METHODS } from '../protocol/method-table.ts';
import { secretArgument } from '../protocol/secrets.ts';
import type { ConnectionTable } from '../session/connection-table.ts';
import type { Session } from '../session/session.ts';
import { VERSION } from '../version.ts';
import { ApiError } from './api-error.ts';
import { checkParameters, filterParameter, flagParameter, integerParameter } from './query.ts';
import { checkSession } from './route.ts';
import { Subscriber, type Subscription } from './subscriber.ts';

export const STREAM_PATH = '/stream';
/** Messages from subscribers are not listened to: no more than this is taken in, in bytes. */
const LARGEST_MESSAGE = 1024;
/** RFC 6455 §7.4.1: the message breaks the endpoint's rules. */
const POLICY_VIOLATION = 1008;
/** RFC 6455 §5.5: room for the reason in a close frame, in bytes. */
const LONGEST_REASON = 123;

export interface StreamOptions {
  readonly log: FrameLog;
  readonly connections: ConnectionTable;
  readonly session: Session | undefined;
  /** A peer that leaves a ping unanswered for this long is gone. */
  readonly pingMs: number;
}

/** Arguments that are blanked out in all that is sent. */
const SECRETS = METHODS.flatMap(({ name }) => {
  const argument = secretArgument(name);
  return argument === undefined ? [] : [`${name}.${argument}`];
});

export class Stream {
  readonly #options: StreamOptions;
  readonly #subscribers = new Set<Subscriber>();
  /** All that were upgraded or are about to be. */
  readonly #sockets = new Set<Duplex>();
  readonly #pings: NodeJS.Timeout;
  #server: Promise<WebSocketServer> | undefined;
  #closed = false;
  /** Records that subscribers missed, all told. */
  missed = 0;

  constructor(options: StreamOptions) {
    this.#options = options;
    this.#pings = setInterval(() => {
      for (const subscriber of this.#subscribers) subscriber.checkPeer();
    }, options.pingMs).unref();
  }

  get subscribers(): number {
    return this.#subscribers.size;
  }

  /** Bytes that wait for slow subscribers. */
  get buffered(): number {
    let sum = 0;
    for (const { buffered } of this.#subscribers) sum += buffered;
    return sum;
  }

  /** Takes over the socket of an upgrade request that the access check has let pass. */
  async upgrade(request: IncomingMessage, socket: Duplex, head: Buffer, query: URLSearchParams): Promise<void> {
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket));
    this.#server ??= loadServer();
    const [server, subscription] = await Promise.all([this.#server, this.#parse(query)]);
    if (socket.destroyed || this.#closed) return void socket.destroy();
    server.handleUpgrade(request, socket, head, (webSocket) => this.#subscribe(webSocket, socket, subscription));
  }

  /** Says goodbye to all; resolves when they are gone. */
  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#pings);
    await Promise.all([...this.#subscribers].map((subscriber) => subscriber.close()));
    for (const socket of this.#sockets) socket.destroy();
  }

  /** What is asked for, or why it is refused. */
  async #parse(query: URLSearchParams): Promise<Subscription | ApiError> {
    try {
      const subscription = await parseSubscription(query);
      if (subscription.links) checkSession(this.#options.session);
      return subscription;
    } catch (error) {
      if (error instanceof ApiError) return error;
      throw error;
    }
  }

  #subscribe(webSocket: WebSocket, socket: Duplex, subscription: Subscription | ApiError): void {
    // What goes wrong with the peer ends in its 'close'.
    webSocket.on('error', () => {});
    if (subscription instanceof ApiError) {
      // Accepted and closed with the reason, not refused: a browser shows its page no other words.
      return webSocket.close(POLICY_VIOLATION, closeReason(subscription.message));
    }
    const { log, connections, session } = this.#options;
    const context = {
      log,
      connections,
      session,
      onMissed: (count: number) => {
        this.missed += count;
      },
    };
    const hello = (from: number) => this.#hello(subscription, from);
    const subscriber = new Subscriber(webSocket, socket, context, subscription, hello);
    this.#subscribers.add(subscriber);
    webSocket.on('close', () => this.#subscribers.delete(subscriber));
  }

  #hello({ batch, heartbeats, filter, links }: Subscription, from: number): object {
    const { log } = this.#options;
    return {
      v: 1,
      type: 'hello',
      version: VERSION,
      first_id: log.firstId,
      next_id: log.nextId,
      from,
      batch,
      heartbeats,
      filter: filter?.text,
      links,
      redacted: log.showSecrets ? [] : SECRETS,
    };
  }
}

async function loadServer(): Promise<WebSocketServer> {
  const { WebSocketServer } = await import('ws');
  return new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    autoPong: false,
    maxPayload: LARGEST_MESSAGE,
  });
}

/** As much of the text as a close frame holds, in whole characters. */
function closeReason(text: string): Buffer {
  const reason = Buffer.alloc(LONGEST_REASON);
  return reason.subarray(0, new TextEncoder().encodeInto(text, reason).written);
}

/** Rejects with ApiError 400. */
async function parseSubscription(query: URLSearchParams): Promise<Subscription> {
  checkParameters(query, ['from', 'batch', 'heartbeats', 'filter', 'links']);
  return {
    from: integerParameter(query, 'from', 1),
    batch: flagParameter(query, 'batch', false),
    heartbeats: flagParameter(query, 'heartbeats', true),
    filter: await filterParameter(query, 'filter'),
    links: flagParameter(query, 'links', false),
  };
}
