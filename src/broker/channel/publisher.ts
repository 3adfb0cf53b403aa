// The publishing half of a channel: joins basic.publish, content header and bodies into a message (AMQP 0-9-1 §4.2.6),
// and hands it to its queues. Counterpart: content-writer.ts, the other half.

import { u32At } from '../../protocol/byte-reader.ts';
import { CLASS_BASIC, decodeContentHeader } from '../../protocol/content-header.ts';
import { FRAME_OVERHEAD } from '../../protocol/frame.ts';
import { PUBLISH, unannouncedContent } from '../connection/frame-error.ts';
import { withoutBlindCopies } from '../message/copies.ts';
import { Message } from '../message/message.ts';
import { peek, peeked } from '../message/peek.ts';
import { LARGEST_IN_SLAB, Slab } from '../message/slab.ts';
import { DELIVERED, KEPT, type Queue, STORED } from '../queue/queue.ts';
import { ReplyError } from '../reply-error.ts';
import type { Channel } from './channel.ts';
import { PublishTarget } from './publish-target.ts';
import { withReplyAddress } from './reply-to.ts';

/** Shared by all channels: a message is complete before another begins, or has bytes of its own. */
const slab = new Slab();
/** Class, weight, body size, first flags. */
const SMALLEST_HEADER = 14;
/** A larger body gets its room as it comes, each time so many times more: what was claimed and never comes costs nothing. */
const LARGEST_TRUSTED = 16 << 10;
const GROWTH = 4;
const NOTHING = new Uint8Array(0);

export class Publisher {
  readonly #channel: Channel;
  readonly #target: PublishTarget;
  /** What must come next. */
  #awaits: 'method' | 'header' | 'body' = 'method';
  #bytes: Uint8Array = NOTHING;
  #start = 0;
  #bodyStart = 0;
  /** How far the content has come. */
  #at = 0;
  #end = 0;
  /** Bytes of its own that the content has. */
  #room = 0;

  constructor(channel: Channel) {
    this.#channel = channel;
    this.#target = new PublishTarget(channel.connection);
  }

  /** Whether a method may come now. */
  get idle(): boolean {
    return this.#awaits === 'method';
  }

  /** What to say of a frame that is not what must come next. */
  interrupted(): ReplyError {
    if (this.#awaits === 'method') return unannouncedContent();
    const [wanted, found] =
      this.#awaits === 'header'
        ? ['content header for class 60', 'non content header']
        : ['content body', 'non content body'];
    return new ReplyError(505, `expected ${wanted}, got ${found} frame instead`, 'connection', PUBLISH);
  }

  /** basic.publish, with its arguments in `bytes[start, end)`. */
  method(bytes: Uint8Array, start: number, end: number): void {
    this.#target.set(bytes, start, end);
    this.#awaits = 'header';
    const { connection } = this.#channel;
    const short = connection.broker.alarmReason;
    if (short !== undefined) connection.holdBack(short);
  }

  header(bytes: Uint8Array, start: number, end: number): void {
    if (this.#awaits !== 'header') throw this.interrupted();
    const size = end - start;
    if (size < SMALLEST_HEADER) throw new ReplyError(501, 'content header too short', 'connection');
    const classId = (bytes[start]! << 8) | bytes[start + 1]!;
    if ((bytes[start + 2]! | bytes[start + 3]!) !== 0) throw this.interrupted(); // the weight
    if (classId !== CLASS_BASIC) throw unexpectedClass(classId);
    const bodySize = u32At(bytes, start + 4) * 0x1_0000_0000 + u32At(bytes, start + 8);
    const { maxMessageSize } = this.#channel.connection.broker;
    if (bodySize > maxMessageSize) {
      this.#awaits = 'method';
      const claimed = (BigInt(u32At(bytes, start + 4)) << 32n) | BigInt(u32At(bytes, start + 8));
      throw new ReplyError(406, `message size ${claimed} is larger than configured max size ${maxMessageSize}`);
    }
    this.#claim(size, bodySize);
    this.#copy(bytes, start, end);
    this.#awaits = 'body';
    if (bodySize === 0) this.#complete();
  }

  body(bytes: Uint8Array, start: number, end: number): void {
    if (this.#awaits !== 'body') throw this.interrupted();
    if (end - start > this.#end - this.#at) {
      throw new ReplyError(501, 'content body frame exceeds remaining content size', 'connection');
    }
    this.#copy(bytes, start, end);
    if (this.#at === this.#end) this.#complete();
  }

  #claim(headerSize: number, bodySize: number): void {
    const size = headerSize + bodySize;
    // A small message that does not come at once must not hold the shared slab's end.
    if (size <= LARGEST_IN_SLAB) {
      this.#start = slab.claim(size);
      this.#bytes = slab.bytes;
    } else {
      this.#start = 0;
      this.#allocate(Math.min(size, Math.max(LARGEST_TRUSTED, headerSize)));
    }
    this.#at = this.#start;
    this.#bodyStart = this.#start + headerSize;
    this.#end = this.#start + size;
  }

  #copy(bytes: Uint8Array, start: number, end: number): void {
    const size = end - start;
    const at = this.#at;
    if (at + size > this.#bytes.length) this.#grow(at + size);
    const target = this.#bytes;
    if (size <= 64) for (let i = 0; i < size; i++) target[at + i] = bytes[start + i]!;
    else target.set(bytes.subarray(start, end), at);
    this.#at = at + size;
  }

  #grow(least: number): void {
    const present = this.#bytes;
    this.#allocate(Math.min(this.#end, Math.max(least, GROWTH * present.length)));
    this.#bytes.set(present.subarray(0, this.#at));
    const { connection } = this.#channel;
    const { alarmReason, memory } = connection.broker;
    if (alarmReason !== undefined && memory.crowded) connection.holdBack(alarmReason);
  }

  #allocate(size: number): void {
    this.#bytes = Buffer.allocUnsafeSlow(size);
    this.#channel.connection.broker.memory.addUnfinished(size - this.#room);
    this.#room = size;
  }

  /** What was to come is not awaited any more. */
  drop(): void {
    this.#bytes = NOTHING;
    if (this.#room === 0) return;
    this.#channel.connection.broker.memory.addUnfinished(-this.#room);
    this.#room = 0;
  }

  #complete(): void {
    this.#awaits = 'method';
    const bytes = this.#bytes;
    const start = this.#start;
    const end = this.#end;
    this.drop();
    peek(bytes, start, this.#bodyStart);
    if (peeked.fault) throw this.#faultOf(bytes, start, peeked.fault);
    const target = this.#target;
    // It may have gone since basic.publish came.
    if (target.exchange.deleted) target.exchange = this.#channel.connection.vhost.exchange(target.exchange.name);
    const message = new Message(target.exchange.name, target.routingKey, {
      bytes,
      start,
      bodyStart: this.#bodyStart,
      end,
      persistent: peeked.persistent,
      priority: peeked.priority,
      expiration: peeked.expiration,
    });
    if (peeked.properties) message.remember(peeked.properties);
    const channel = this.#channel;
    channel.stats.published++;
    if (peeked.special || channel.transaction) return this.#publishSpecial(message, target.mandatory);
    const result = this.#deliver(message, target.queuesOf(message), target.mandatory);
    if ((result & KEPT) === 0) slab.unclaim(bytes, start, end);
  }

  /** RabbitMQ looks at the user first. */
  #faultOf(bytes: Uint8Array, start: number, fault: ReplyError): ReplyError {
    const { user_id } = decodeContentHeader(bytes, start, this.#bodyStart).properties;
    const { broker, user } = this.#channel.connection;
    if (user_id !== undefined) broker.access.checkUserId(user.name, user_id);
    return fault;
  }

  /** A message whose headers ask for more than routing, or whose channel is transactional. */
  #publishSpecial(published: Message, mandatory: boolean): void {
    const { connection } = this.#channel;
    const addressed = withReplyAddress(published, this.#channel);
    const { user_id } = published.properties;
    if (user_id !== undefined) connection.broker.access.checkUserId(connection.user.name, user_id);
    this.#route(this.#target.exchange, withoutBlindCopies(addressed), mandatory);
  }

  #route(exchange: PublishTarget['exchange'], message: Message, mandatory: boolean): void {
    const { connection, confirms, transaction } = this.#channel;
    const { vhost, broker } = connection;
    if (broker.replies.deliver(exchange, message)) return confirms?.published(DELIVERED);
    const held = vhost.delayed.stored;
    const queues = vhost.routesOf(exchange, message);
    const before = vhost.delayed.stored === held ? DELIVERED : STORED;
    // Where a message goes is decided when it is published, also in a transaction; by the commit a queue may have gone.
    const deliver = (to: readonly Queue[]) => this.#deliver(message, to, mandatory, exchange, before);
    if (transaction) transaction.publish(() => deliver(queues.filter(({ deleted }) => !deleted)), message.cost);
    else deliver(queues);
  }

  #deliver(
    message: Message,
    queues: readonly Queue[],
    mandatory: boolean,
    exchange = this.#target.exchange,
    before = DELIVERED,
  ): number {
    const channel = this.#channel;
    exchange.publishedIn++;
    let result = before;
    if (queues.length === 0) {
      if (exchange.name === '' && channel.connection.broker.replies.deliver(exchange, message)) mandatory = false;
      if (mandatory) {
        channel.stats.returned++;
        channel.return(message, 312, 'NO_ROUTE');
      } else {
        channel.stats.dropped++;
      }
    } else {
      exchange.publishedOut += queues.length;
      for (let i = 0; i < queues.length; i++) result |= queues[i]!.push(message);
    }
    channel.confirms?.published(result);
    return result;
  }
}

function unexpectedClass(classId: number): ReplyError {
  return new ReplyError(
    505,
    `expected content header for class 60, got one for class ${classId} instead`,
    'connection',
  );
}

/** What a body frame may carry, in bytes. */
export function bodyFrameSize(frameMax: number): number {
  return frameMax === 0 ? Number.MAX_SAFE_INTEGER : frameMax - FRAME_OVERHEAD;
}
