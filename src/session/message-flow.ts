// Messages through a channel: their methods, content headers and bodies, and what to do once they are whole.
// One of the tracker's handlers; counterpart of settlements.ts, which ends what begins here.
// A message's time is that of its last frame: before, nobody could confirm, deliver or acknowledge it.
// Invariant: reads the frames in place and allocates nothing for a message like the last one.

import type { Cursor } from '../log/cursor.ts';
import { u32At } from '../protocol/byte-reader.ts';
import { CLIENT_TO_SERVER, type Direction } from '../protocol/frame.ts';
import { decodeText } from '../protocol/text.ts';
import type { Channel } from './channel.ts';
import { Consumer } from './consumer.ts';
import type { Content } from './content.ts';
import { placeOf } from './header-peek.ts';
import { RETURNED } from './message-row.ts';
import type { SessionTables } from './tables.ts';
import type { Queue } from './topology.ts';

/** Class and method id. */
const IDS = 4;

/** basic.publish: ticket, exchange, routing key, bits. */
export function beginPublish(tables: SessionTables, channel: Channel, cursor: Cursor): void {
  const { bytes, payloadStart, payloadEnd } = cursor;
  const content = channel.contents[CLIENT_TO_SERVER];
  const place = payloadStart + IDS + 2;
  const end = placeEnd(bytes, place, payloadEnd);
  if (end < 0 || end >= payloadEnd) return;
  content.begin('publish', cursor.id, cursor.time);
  content.mandatory = (bytes[end]! & 1) === 1;
  readPlace(tables, channel, content, bytes, place, end);
}

/** basic.deliver: consumer tag, delivery tag, redelivered, exchange, routing key. */
export function beginDeliver(tables: SessionTables, channel: Channel, cursor: Cursor): void {
  const { bytes, payloadStart, payloadEnd } = cursor;
  const content = channel.contents[cursor.direction];
  const tagEnd = payloadStart + IDS + 1 + bytes[payloadStart + IDS]!;
  const place = tagEnd + 9;
  const end = placeEnd(bytes, place, payloadEnd);
  if (end < 0) return;
  content.begin('deliver', cursor.id, cursor.time);
  if (!isText(content.consumerTag, bytes, payloadStart + IDS + 1, tagEnd)) {
    content.consumerTag = decodeText(bytes, payloadStart + IDS + 1, tagEnd);
  }
  content.deliveryTag = readTag(bytes, tagEnd);
  content.redelivered = (bytes[tagEnd + 8]! & 1) === 1;
  readPlace(tables, channel, content, bytes, place, end);
}

/** basic.get-ok: delivery tag, redelivered, exchange, routing key, message count. */
export function beginGetOk(
  tables: SessionTables,
  channel: Channel,
  cursor: Cursor,
  get: { readonly queue: string; readonly noAck: boolean },
): void {
  const { bytes, payloadStart, payloadEnd } = cursor;
  const content = channel.contents[cursor.direction];
  const place = payloadStart + IDS + 9;
  const end = placeEnd(bytes, place, payloadEnd);
  if (end < 0) return;
  content.begin('get-ok', cursor.id, cursor.time);
  content.queueName = get.queue;
  content.noAck = get.noAck;
  content.deliveryTag = readTag(bytes, payloadStart + IDS);
  content.redelivered = (bytes[payloadStart + IDS + 8]! & 1) === 1;
  readPlace(tables, channel, content, bytes, place, end);
}

/** basic.return: reply code, reply text, exchange, routing key. */
export function beginReturn(tables: SessionTables, channel: Channel, cursor: Cursor): void {
  const { bytes, payloadStart, payloadEnd } = cursor;
  const content = channel.contents[cursor.direction];
  const text = payloadStart + IDS + 2;
  const place = text + 1 + bytes[text]!;
  const end = placeEnd(bytes, place, payloadEnd);
  if (end < 0) return;
  content.begin('return', cursor.id, cursor.time);
  content.replyCode = (bytes[text - 2]! << 8) | bytes[text - 1]!;
  content.replyText = decodeText(bytes, text + 1, place);
  readPlace(tables, channel, content, bytes, place, end);
}

/** A content header. False if none was expected here. */
export function takeHeader(tables: SessionTables, channel: Channel, cursor: Cursor): boolean {
  const content = channel.contents[cursor.direction];
  if (content.kind === 'none' || !Number.isNaN(content.left)) return false;
  if (!content.header.read(cursor.bytes, cursor.payloadStart, cursor.payloadEnd)) {
    content.kind = 'none';
    return true;
  }
  content.left = content.header.bodySize;
  content.lastTime = cursor.time;
  if (content.left === 0) finish(tables, channel, content, cursor.direction);
  return true;
}

/** A body frame. False if none was expected here. */
export function takeBody(tables: SessionTables, channel: Channel, cursor: Cursor): boolean {
  const content = channel.contents[cursor.direction];
  if (content.kind === 'none' || !(content.left > 0)) return false;
  content.header.body(cursor.bytes, cursor.payloadStart, cursor.payloadEnd);
  content.left -= cursor.payloadSize;
  content.lastTime = cursor.time;
  if (content.left <= 0) finish(tables, channel, content, cursor.direction);
  return true;
}

function finish(tables: SessionTables, channel: Channel, content: Content, direction: Direction): void {
  const { kind } = content;
  if (direction === CLIENT_TO_SERVER) {
    if (kind === 'publish') published(tables, channel, content);
  } else if (kind === 'return') returned(tables, channel, content);
  else if (kind !== 'publish') delivered(tables, channel, content);
  content.kind = 'none';
}

function published(tables: SessionTables, channel: Channel, content: Content): void {
  const { messages, listeners } = tables;
  const { header, record, lastTime: time, exchange, routingKey } = content;
  channel.published++;
  channel.connection.published++;
  if (header.persistent) channel.publishedPersistent++;
  channel.publishRate.add(time, 1);
  if (exchange) {
    exchange.published++;
    exchange.publishRate.add(time, 1);
  }
  if (channel.mode === 'tx') channel.uncommitted++;
  const message = messages.add(
    record,
    time,
    channel.connection.id,
    channel.number,
    exchange,
    routingKey,
    header.bodySize,
    header.key(content.place),
    header.messageId,
    header.correlationId,
  );
  if (channel.mode === 'confirm') channel.unconfirmed.push(message, time, undefined);
  if (header.correlationId !== undefined) noteRpc(tables, channel, content, message);
  for (const listener of listeners.published) listener(channel, content, message);
}

function noteRpc({ rpc, links }: SessionTables, channel: Channel, content: Content, message: number): void {
  const { header, record, lastTime: time, exchange, routingKey } = content;
  const correlationId = header.correlationId!;
  if (header.replyTo !== undefined) {
    const { connection, number } = channel;
    const request = { message, record, time, connection: connection.id, channel: number, replyTo: header.replyTo };
    rpc.request(correlationId, { ...request, replies: 0 });
  } else if (exchange?.name === '' && rpc.isReplyQueue(routingKey)) {
    const request = rpc.reply(correlationId, routingKey, time);
    if (request) links.add(request.record, record, time - request.time, 'comes-of');
  }
}

function returned(tables: SessionTables, channel: Channel, content: Content): void {
  const { messages, links, listeners } = tables;
  channel.returned++;
  if (content.exchange) content.exchange.returned++;
  const message = messages.match(content.header.key(content.place), undefined, false);
  if (message > 0) {
    messages.setOutcome(message, RETURNED, content.record, content.lastTime);
    links.add(messages.recordOf(message), content.record, content.lastTime - messages.timeOf(message));
  }
  for (const listener of listeners.returned) listener(channel, content, message);
}

function delivered(tables: SessionTables, channel: Channel, content: Content): void {
  const { messages, links, listeners } = tables;
  const { header, record, lastTime: time, redelivered, exchange, routingKey } = content;
  const consumer = content.kind === 'deliver' ? consumerOf(channel, content) : undefined;
  const queue = consumer ? consumer.queue : queueOf(tables, channel, content);
  count(channel, content, consumer, queue);
  const key = header.key(content.place);
  let message = messages.match(key, queue, redelivered);
  if (message === 0 && messages.hasRoomForStranger) {
    const { messageId, correlationId, bodySize } = header;
    message = messages.add(0, 0, 0, 0, exchange, routingKey, bodySize, key, messageId, correlationId);
    messages.setMatched(key, message, queue);
  }
  const { id } = channel.connection;
  const tag = consumer?.tag;
  const delivery = messages.addDelivery(
    message,
    record,
    time,
    id,
    channel.number,
    content.deliveryTag,
    queue,
    tag,
    redelivered,
  );
  const published = messages.recordOf(message);
  if (published > 0) {
    const latency = time - messages.timeOf(message);
    links.add(published, record, latency, 'comes-of');
    if (!redelivered) {
      messages.exchangeOf(message)?.publishDeliver.record(latency);
      queue?.publishDeliver.record(latency);
    }
  }
  links.setQueue(record, queue);
  if (consumer ? consumer.noAck : content.noAck) messages.deliveries.settle(delivery, 'no-ack', record, time);
  else wait(channel, content, delivery, consumer, queue);
  for (const listener of listeners.delivered) listener(channel, content, delivery, message, consumer);
  if (!redelivered) return;
  for (const listener of listeners.redelivered) listener(channel, content, delivery, message, consumer);
}

function count(channel: Channel, content: Content, consumer: Consumer | undefined, queue: Queue | undefined): void {
  const { time } = content;
  if (content.kind === 'deliver') channel.delivered++;
  else channel.got++;
  channel.connection.delivered++;
  channel.deliverRate.add(time, 1);
  if (content.redelivered) channel.redelivered++;
  if (consumer) consumer.delivered++;
  if (!queue) return;
  if (consumer) queue.delivered++;
  else queue.got++;
  queue.deliverRate.add(time, 1);
}

/** The delivery waits for its ack. */
function wait(
  channel: Channel,
  content: Content,
  delivery: number,
  consumer: Consumer | undefined,
  queue: Queue | undefined,
): void {
  const { unacked } = channel;
  // No server comes so far; and beyond, numbers do not go on by one.
  if (content.deliveryTag >= Number.MAX_SAFE_INTEGER) return;
  // Tags go on where they are, should their beginning have been missed.
  if (content.deliveryTag !== unacked.next) unacked.skipTo(content.deliveryTag);
  unacked.push(delivery, content.lastTime, consumer);
  if (queue) queue.unacked++;
  if (!consumer) return;
  consumer.unacked++;
  if (consumer.unacked > consumer.mostUnacked) consumer.mostUnacked = consumer.unacked;
}

/** The consumer of a delivery; one is made up where basic.consume was not seen. */
function consumerOf(channel: Channel, content: Content): Consumer {
  const found = channel.consumers.get(content.consumerTag);
  if (found) return found;
  const unseen = { queue: undefined, noAck: false, exclusive: false, arguments: [], prefetch: 0, record: 0 };
  const consumer = new Consumer({ tag: content.consumerTag, since: content.time, ...unseen });
  channel.addConsumer(consumer);
  return consumer;
}

function queueOf({ topology }: SessionTables, channel: Channel, content: Content): Queue | undefined {
  return content.queueName === '' ? undefined : topology.queue(channel.connection.vhost, content.queueName);
}

/** Exchange and routing key, decoded only if they are not the last ones. */
function readPlace(
  tables: SessionTables,
  channel: Channel,
  content: Content,
  bytes: Uint8Array,
  start: number,
  end: number,
): void {
  if (content.isSamePlace(bytes, start, end)) return;
  content.keepPlace(bytes, start, end);
  const keyAt = start + 1 + bytes[start]!;
  const name = decodeText(bytes, start + 1, keyAt);
  content.exchange = tables.topology.exchange(channel.connection.vhost, name);
  if (content.kind === 'publish') content.exchange.use(channel.connection.id);
  content.routingKey = decodeText(bytes, keyAt + 1, end);
  content.place = placeOf(bytes, start, end);
}

/** Where two short strings that begin at `start` end; -1 if they go beyond `end`. */
function placeEnd(bytes: Uint8Array, start: number, end: number): number {
  if (start >= end) return -1;
  const second = start + 1 + bytes[start]!;
  if (second >= end) return -1;
  const last = second + 1 + bytes[second]!;
  return last <= end ? last : -1;
}

/** Tags beyond 2^53 lose their last digits. */
export function readTag(bytes: Uint8Array, at: number): number {
  return u32At(bytes, at) * 2 ** 32 + u32At(bytes, at + 4);
}

/** Whether the text is what stands in `bytes[start, end)`, ASCII only. */
function isText(text: string, bytes: Uint8Array, start: number, end: number): boolean {
  if (text.length !== end - start) return false;
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) !== bytes[start + i]) return false;
  return true;
}
