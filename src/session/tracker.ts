// Reads the log record by record and keeps the session's tables true: which channels there are, what waits on them, what
// answers what. Counterparts: message-flow.ts, settlements.ts and declarations.ts do what the records mean.
// Invariant: never throws on any record, and what it keeps is bounded.
//
//   record ─▶ note            connection opened, closed, no longer readable
//          ─▶ hot method      publish, deliver, get-ok, return, ack, nack, reject: read in place
//          ─▶ other method    decoded; requests wait for their reply
//          ─▶ header, body    of the content that is on its way in that channel and direction

import type { Cursor } from '../log/cursor.ts';
import { noteOf } from '../log/frame-event.ts';
import type { NoteFields } from '../log/note.ts';
import { KIND_FRAMES, KIND_NOTE, KIND_PROTOCOL_HEADER } from '../log/runs.ts';
import {
  CLIENT_TO_SERVER,
  type Direction,
  FRAME_BODY,
  FRAME_HEADER,
  FRAME_HEARTBEAT,
  FRAME_METHOD,
} from '../protocol/frame.ts';
import { type DecodedMethod, decodeMethod } from '../protocol/method.ts';
import { type Method, methodById } from '../protocol/method-table.ts';
import { Channel, type Closure } from './channel.ts';
import { applyRequest, cancel } from './declarations.ts';
import type { SettlementEvent } from './listener.ts';
import { beginDeliver, beginGetOk, beginPublish, beginReturn, takeBody, takeHeader } from './message-flow.ts';
import { addRequest, keptMethod, type PendingRequest, takeRequest } from './requests.ts';
import { dropPending, giveBackAll, settle } from './settlements.ts';
import type { SessionTables } from './tables.ts';
import { TrackedConnection } from './tracked-connection.ts';

/** Closed channels that are still shown, all connections together. */
const CLOSED_CHANNELS = 1000;
/** µs of the traffic's time between ticks. */
const TICK = 1_000_000;

export class Tracker {
  readonly #tables: SessionTables;
  readonly #closedChannels: Channel[] = [];
  /** The connection and channel of the last record: the next one is likely to be theirs, too. */
  #connection: TrackedConnection | undefined;
  #channel: Channel | undefined;
  #lastTick = 0;

  constructor(tables: SessionTables) {
    this.#tables = tables;
  }

  /** Open channels, and those closed lately. */
  *channels(): Iterable<Channel> {
    yield* this.#closedChannels;
    for (const connection of this.#tables.connections.values()) yield* connection.channels.values();
  }

  /** Takes the record that the cursor shows. */
  record(cursor: Cursor): void {
    if (cursor.time - this.#lastTick >= TICK) this.tick(cursor.time);
    if (cursor.kind === KIND_NOTE) return this.#note(cursor, noteOf(cursor));
    if (cursor.kind === KIND_PROTOCOL_HEADER) return this.#protocolHeader(cursor);
    if (cursor.kind !== KIND_FRAMES) return;
    const connection = this.#connectionOf(cursor);
    if (!connection) return;
    if (cursor.origin === 'dropped') {
      connection.lastDropped[cursor.direction] = cursor.time;
      return;
    }
    connection.lastHeard[cursor.direction] = cursor.time;
    switch (cursor.frameType) {
      case FRAME_METHOD:
        return this.#method(connection, cursor);
      case FRAME_HEADER:
      case FRAME_BODY:
        return this.#content(connection, cursor);
      case FRAME_HEARTBEAT:
        connection.heartbeats[cursor.direction]++;
        connection.lastHeartbeat[cursor.direction] = cursor.time;
        for (const listener of this.#tables.listeners.heartbeat) {
          listener(connection, cursor.direction, cursor.id, cursor.time);
        }
    }
  }

  /** Time has passed; in µs since the Unix epoch. */
  tick(time: number): void {
    this.#lastTick = time;
    for (const listener of this.#tables.listeners.tick) listener(time);
  }

  /** Records were missed: contents and requests that are on their way may have lost their rest. */
  missed(count: number): void {
    this.#tables.missed += count;
    for (const connection of this.#tables.connections.values()) {
      for (const channel of connection.channels.values()) {
        for (const content of channel.contents) content.kind = 'none';
        channel.requests.length = 0;
      }
    }
  }

  #connectionOf({ connection: id, time }: Cursor): TrackedConnection | undefined {
    if (this.#connection?.id === id) return this.#connection;
    const found = this.#tables.connections.get(id) ?? this.#openConnection(id, time, 0, true);
    this.#connection = found;
    this.#channel = undefined;
    return found;
  }

  #openConnection(id: number, time: number, record: number, midway: boolean): TrackedConnection | undefined {
    const facts = this.#tables.factsOf(id);
    // What comes after its end is none of its life any more.
    if (!facts || facts.closedAt !== undefined) return undefined;
    const connection = new TrackedConnection(id, facts, time, record, midway);
    this.#tables.connections.set(id, connection);
    return connection;
  }

  #note(cursor: Cursor, note: NoteFields): void {
    const { connection: id, id: record, time } = cursor;
    if (note.type === 'connection.opened') {
      const connection = this.#openConnection(id, time, record, note.midway ?? false);
      if (connection && note.tls) connection.facts.tls = note.tls;
    } else if (note.type === 'connection.closed') {
      const connection = this.#tables.connections.get(id);
      if (connection) this.#endConnection(connection, note, record, time);
    } else if (note.type === 'gap' || note.type === 'opaque') {
      const connection = this.#tables.connections.get(id);
      for (const channel of connection?.channels.values() ?? []) {
        for (const content of channel.contents) content.kind = 'none';
      }
      if (connection && note.type === 'opaque') {
        connection.opaque = true;
        for (const listener of this.#tables.listeners.opaque) listener(connection, note, record, time);
      }
    }
  }

  #protocolHeader(cursor: Cursor): void {
    if (cursor.direction === CLIENT_TO_SERVER) return;
    const connection = this.#connectionOf(cursor);
    if (!connection) return;
    for (const listener of this.#tables.listeners.refusedProtocol) listener(connection, cursor.id, cursor.time);
  }

  #endConnection(
    connection: TrackedConnection,
    { by, how, reason }: Extract<NoteFields, { type: 'connection.closed' }>,
    record: number,
    time: number,
  ): void {
    const text = connection.closing?.text ?? reason ?? how;
    const code = connection.closing?.code ?? 0;
    const closure: Closure = { by: 'connection', time, record, code, text, method: connection.closing?.method };
    // What happened to it afterwards nobody saw: its deliveries stay unsettled.
    const isOpen = how === 'capture-ended' && !connection.closing;
    for (const channel of connection.channels.values()) this.#endChannel(channel, closure, isOpen);
    connection.closedAt = time;
    this.#deleteExclusiveQueues(connection, record, time);
    this.#tables.connections.delete(connection.id);
    this.#connection = undefined;
    this.#channel = undefined;
    const end = { by, how, reason, record, time };
    for (const listener of this.#tables.listeners.connectionEnded) listener(connection, end);
  }

  #deleteExclusiveQueues({ id, vhost }: TrackedConnection, record: number, time: number): void {
    const { topology } = this.#tables;
    const deletion = { connection: id, channel: 0, record, time, withOwner: true };
    for (const queue of topology.queues.values()) {
      const isIts = queue.declared?.exclusive && queue.declared.connection === id && queue.vhost === vhost;
      if (isIts) topology.delete(queue, deletion);
    }
  }

  #channelOf(connection: TrackedConnection, number: number): Channel | undefined {
    const last = this.#channel;
    if (last?.number === number && last.connection === connection) return last;
    const found = connection.channels.get(number);
    if (found) this.#channel = found;
    return found;
  }

  /** A channel whose opening was before the log began. */
  #assumeChannel(connection: TrackedConnection, cursor: Cursor): Channel | undefined {
    const number = cursor.channel;
    const isAssumed = connection.midway && number > 0;
    return isAssumed ? this.#openChannel(connection, number, cursor.time, 0) : undefined;
  }

  #openChannel(connection: TrackedConnection, number: number, time: number, record: number): Channel {
    const before = connection.channels.get(number);
    if (before) {
      const closure = { by: 'client', time, record, code: 0, text: 'opened again', method: undefined } as const;
      this.#endChannel(before, closure);
    }
    const channel = new Channel(connection, number, { time, record }, this.#tables.budget);
    connection.channels.set(number, channel);
    connection.channelsOpened++;
    for (const listener of this.#tables.listeners.channelOpened) listener(channel);
    return channel;
  }

  /** The channel closes now; its number may be used again once the close was answered. */
  #closeChannel(channel: Channel, closure: Closure, keepsDeliveries = false): void {
    if (channel.closed) return;
    channel.closed = closure;
    channel.closing = true;
    for (const listener of this.#tables.listeners.channelLosing) listener(channel, closure);
    if (!keepsDeliveries) giveBackAll(this.#tables, channel, 'closed', closure.record, closure.time);
    for (const listener of this.#tables.listeners.channelClosed) listener(channel, closure);
  }

  #endChannel(channel: Channel, closure: Closure, keepsDeliveries = false): void {
    this.#closeChannel(channel, closure, keepsDeliveries);
    channel.unconfirmed.clear();
    channel.requests.length = 0;
    dropPending(this.#tables, channel);
    channel.connection.channels.delete(channel.number);
    this.#channel = undefined;
    this.#closedChannels.push(channel);
    if (this.#closedChannels.length > CLOSED_CHANNELS) this.#closedChannels.shift()!.unacked.clear();
  }

  #content(connection: TrackedConnection, cursor: Cursor): void {
    const channel = this.#channelOf(connection, cursor.channel);
    if (!channel || channel.closing || connection.closing) return;
    const isHeader = cursor.frameType === FRAME_HEADER;
    const isTaken = isHeader ? takeHeader(this.#tables, channel, cursor) : takeBody(this.#tables, channel, cursor);
    if (!isTaken) this.#interleaved(channel, cursor);
  }

  /** What was on its way in this direction is interrupted by this frame, or nothing was. */
  #interleaved(channel: Channel, cursor: Cursor): void {
    const content = channel.contents[cursor.direction];
    if (channel.midway && content.kind === 'none') return;
    for (const listener of this.#tables.listeners.interleaved) listener(channel, content, cursor.id);
    content.kind = 'none';
  }

  #method(connection: TrackedConnection, cursor: Cursor): void {
    const { method, direction } = cursor;
    if (!method) return;
    const number = cursor.channel;
    if (number === 0) return this.#otherMethod(connection, undefined, method, cursor);
    if (connection.closing) return;
    const channel = this.#channelOf(connection, number) ?? this.#assumeChannel(connection, cursor);
    if (!channel) {
      if (method.name === 'channel.open') return this.#otherMethod(connection, undefined, method, cursor);
      // Closes may cross, and so may their answers.
      if (method.name === 'channel.close-ok' || method.name === 'channel.close') return;
      for (const listener of this.#tables.listeners.notOpened) {
        listener(connection, number, cursor.id, cursor.time, direction, method.name);
      }
      return;
    }
    if (channel.closing) return this.#whileClosing(connection, channel, method, cursor);
    if (channel.contents[direction].kind !== 'none') this.#interleaved(channel, cursor);
    switch (method.name) {
      case 'basic.publish':
        if (direction === CLIENT_TO_SERVER) beginPublish(this.#tables, channel, cursor);
        return;
      case 'basic.deliver':
        if (direction !== CLIENT_TO_SERVER) beginDeliver(this.#tables, channel, cursor);
        return;
      case 'basic.return':
        if (direction !== CLIENT_TO_SERVER) beginReturn(this.#tables, channel, cursor);
        return;
      case 'basic.get-ok':
        return this.#getOk(channel, method, cursor);
      case 'basic.ack':
      case 'basic.nack':
      case 'basic.reject':
        return settle(this.#tables, channel, cursor, method.name as SettlementEvent['method']);
      default:
        this.#otherMethod(connection, channel, method, cursor);
    }
  }

  /**
   * After a close nothing counts but its answer, or a close from the other side (AMQP 0-9-1 §1.5.2.5); and confirms
   * that were on their way when the client closed.
   */
  #whileClosing(connection: TrackedConnection, channel: Channel, method: Method, cursor: Cursor): void {
    const fromClient = cursor.direction === CLIENT_TO_SERVER;
    if (method.name === 'channel.close-ok') {
      const request = takeRequest(channel.requests, method);
      if (request) this.#answered(request, cursor);
      this.#endChannel(channel, channel.closed!);
    } else if (method.name === 'channel.open' && fromClient) this.#otherMethod(connection, channel, method, cursor);
    else if (!fromClient && (method.name === 'basic.ack' || method.name === 'basic.nack')) {
      settle(this.#tables, channel, cursor, method.name);
    }
  }

  #getOk(channel: Channel, method: Method, cursor: Cursor): void {
    const request = takeRequest(channel.requests, method);
    if (request) this.#answered(request, cursor);
    const get = request?.decoded.arguments as { queue: string; no_ack: boolean } | undefined;
    const queue = get ? get.queue || channel.lastQueue : '';
    beginGetOk(this.#tables, channel, cursor, { queue, noAck: get?.no_ack ?? false });
  }

  #otherMethod(connection: TrackedConnection, channel: Channel | undefined, method: Method, cursor: Cursor): void {
    const { direction, id: record, time } = cursor;
    const decoded = decodedOf(cursor);
    if (!decoded) return;
    const requests = channel?.requests ?? connection.requests;
    const request = takeRequest(requests, method);
    if (request) this.#answered(request, cursor);
    const kept = { decoded: keptMethod(decoded, cursor.size), record, time };
    this.#apply(connection, channel, kept, request, cursor);
    const isRequest = method.spec.replies !== undefined && !decoded.arguments['nowait'];
    const now = channel ?? connection.channels.get(cursor.channel);
    if (isRequest) addRequest(now?.requests ?? requests, kept);
    const event = { connection, channel: now, direction, decoded, record, time, request };
    for (const listener of this.#tables.listeners.method) listener(event);
  }

  #answered(request: PendingRequest, cursor: Cursor): void {
    const latency = cursor.time - request.time;
    this.#tables.links.add(request.record, cursor.id, latency);
    this.#tables.roundTrip(request.decoded.method.name).record(latency);
  }

  #apply(
    connection: TrackedConnection,
    channel: Channel | undefined,
    now: PendingRequest,
    request: PendingRequest | undefined,
    { direction, channel: number }: Cursor,
  ): void {
    const { decoded, record, time } = now;
    const { name } = decoded.method;
    if (name.startsWith('connection.')) return this.#applyToConnection(connection, direction, now);
    switch (name) {
      case 'channel.open':
        this.#openChannel(connection, number, time, record);
        return;
      case 'channel.close':
        if (channel) this.#closeChannel(channel, closureOf(decoded, direction, record, time));
        return;
    }
    if (!channel) return;
    if (name === 'basic.cancel' && direction !== CLIENT_TO_SERVER)
      cancel(channel, String(decoded.arguments['consumer_tag']));
    else if (name === 'basic.get-empty') channel.gotEmpty++;
    else if (name === 'basic.recover-async') giveBackAll(this.#tables, channel, 'requeue', record, time);
    else if (decoded.arguments['nowait'] === true) applyRequest(this.#tables, channel, now, undefined);
    else if (request) applyRequest(this.#tables, channel, request, decoded);
  }

  #applyToConnection(
    connection: TrackedConnection,
    direction: Direction,
    { decoded, record, time }: PendingRequest,
  ): void {
    const { listeners } = this.#tables;
    switch (decoded.method.name) {
      case 'connection.open-ok':
        connection.isOpen = true;
        return;
      case 'connection.blocked':
        connection.blocked = true;
        return;
      case 'connection.unblocked':
        connection.blocked = false;
        return;
      case 'connection.close':
        if (connection.closing) return;
        connection.closing = closureOf(decoded, direction, record, time);
        for (const listener of listeners.connectionClosing) listener(connection, connection.closing);
    }
  }
}

function decodedOf(cursor: Cursor): DecodedMethod | undefined {
  try {
    return decodeMethod(cursor.bytes, cursor.payloadStart, cursor.payloadEnd);
  } catch {
    // The frame event says what is wrong with it.
    return undefined;
  }
}

function closureOf(decoded: DecodedMethod, direction: Direction, record: number, time: number): Closure {
  const values = decoded.arguments as { reply_code: number; reply_text: string; class_id: number; method_id: number };
  return {
    by: direction === CLIENT_TO_SERVER ? 'client' : 'server',
    time,
    record,
    code: values.reply_code,
    text: values.reply_text,
    method: methodById(values.class_id, values.method_id)?.name,
  };
}
