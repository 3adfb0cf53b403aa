// What happens in a session, for those who look for meaning in it: the findings. tracker.ts and its handlers tell; state
// has changed already when they do. What is handed over is in use again after the call: listeners copy what they keep.
// Invariant: an event that nobody listens to costs nothing.

import type { OpaqueNote } from '../log/note.ts';
import type { Direction } from '../protocol/frame.ts';
import type { DecodedMethod } from '../protocol/method.ts';
import type { Channel, Closure, Holder } from './channel.ts';
import type { Content } from './content.ts';
import type { SettleResult } from './outstanding.ts';
import type { PendingRequest } from './requests.ts';
import type { TrackedConnection } from './tracked-connection.ts';

/** How the sockets of a connection ended. */
export interface ConnectionEnd {
  readonly by: 'client' | 'server' | 'spy' | 'capture';
  readonly how: 'closed' | 'reset' | 'failed' | 'capture-ended';
  readonly reason: string | undefined;
  readonly record: number;
  readonly time: number;
}

/** A method that is not one of those that come with each message. */
export interface MethodEvent {
  readonly connection: TrackedConnection;
  /** Undefined on channel 0, and on a channel that nobody opened. */
  readonly channel: Channel | undefined;
  readonly direction: Direction;
  readonly decoded: DecodedMethod;
  readonly record: number;
  /** µs since the Unix epoch. */
  readonly time: number;
  /** For a reply: the request that it answers. */
  readonly request: PendingRequest | undefined;
}

/** An ack, nack or reject, from a client of deliveries, or from the server of publishes. */
export interface SettlementEvent {
  readonly channel: Channel;
  readonly method: 'basic.ack' | 'basic.nack' | 'basic.reject';
  readonly tag: number;
  readonly multiple: boolean;
  /** Client's nack and reject: back into the queue. */
  readonly requeue: boolean;
  /** What the channel knew of the tag; `unknown`: it was never handed out there. */
  readonly result: SettleResult;
  /** How many it settled. */
  readonly count: number;
  readonly record: number;
  readonly time: number;
}

export interface SessionListener {
  /** connection.close, whoever sent it first. */
  connectionClosing?(connection: TrackedConnection, closure: Closure): void;
  /** The sockets are gone. */
  connectionEnded?(connection: TrackedConnection, end: ConnectionEnd): void;
  channelOpened?(channel: Channel): void;
  /** As channelClosed, but before the channel lets go of what waits on it. */
  channelLosing?(channel: Channel, closure: Closure): void;
  /** By channel.close (when it is sent, not when it is answered), or with its connection. */
  channelClosed?(channel: Channel, closure: Closure): void;
  /** Any method but publish, deliver, ack, nack, reject, get-ok and return. */
  method?(event: MethodEvent): void;
  /** A publish is whole. `message` is its number in the message table. */
  published?(channel: Channel, content: Content, message: number): void;
  /** A delivery is whole, by basic.deliver (`holder` is its consumer) or basic.get-ok (undefined). `message` 0: unknown. */
  delivered?(channel: Channel, content: Content, delivery: number, message: number, holder: Holder): void;
  /** As delivered, but only of deliveries with the redelivered flag. */
  redelivered?(channel: Channel, content: Content, delivery: number, message: number, holder: Holder): void;
  /** basic.return, whole. `message` 0: its publish is not known. */
  returned?(channel: Channel, content: Content, message: number): void;
  /** The client settles deliveries with multiple, or settles nothing; single acks that fit are too many to tell of. */
  settledOddly?(event: SettlementEvent): void;
  /** The server settles publishes. */
  confirmed?(event: SettlementEvent): void;
  /** A frame came in the middle of a content that is not part of it (RabbitMQ answers 505). */
  interleaved?(channel: Channel, content: Content, record: number): void;
  /** A method on a channel that is not open (RabbitMQ answers 504). */
  notOpened?(
    connection: TrackedConnection,
    channel: number,
    record: number,
    time: number,
    direction: Direction,
    method: string,
  ): void;
  /** From byte `offset` of this direction's stream on, what comes is no AMQP 0-9-1. */
  opaque?(connection: TrackedConnection, opaque: OpaqueNote, record: number, time: number): void;
  /** The server answers with a protocol header: it does not speak the client's version. */
  refusedProtocol?(connection: TrackedConnection, record: number, time: number): void;
  heartbeat?(connection: TrackedConnection, direction: Direction, record: number, time: number): void;
  /** About once a second of the traffic's time, in µs. */
  tick?(time: number): void;
}

export type SessionEvent = keyof SessionListener;

/** All listeners, by event. */
export type Listeners = { readonly [E in SessionEvent]-?: NonNullable<SessionListener[E]>[] };

/** Without any listener. */
export function createListeners(): Listeners {
  return {
    connectionClosing: [],
    connectionEnded: [],
    channelOpened: [],
    channelLosing: [],
    channelClosed: [],
    method: [],
    published: [],
    delivered: [],
    redelivered: [],
    returned: [],
    settledOddly: [],
    confirmed: [],
    interleaved: [],
    notOpened: [],
    opaque: [],
    refusedProtocol: [],
    heartbeat: [],
    tick: [],
  };
}

/** Adds what the listener has for each event. */
export function addListener(listeners: Listeners, listener: SessionListener): void {
  for (const event of Object.keys(listeners) as SessionEvent[]) {
    const handler = listener[event];
    if (handler) (listeners[event] as unknown[]).push(handler.bind(listener));
  }
}
