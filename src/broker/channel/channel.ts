// A channel: what one client does on one number. It hands methods to their handlers, joins contents, and keeps what was
// delivered until it is settled. Counterparts: publisher.ts (in), content-writer.ts (out), the handlers beside this file.
// Invariants: after channel.close nothing is heard but its answer; what was not settled goes back to its queues.

import { u32At } from '../../protocol/byte-reader.ts';
import { FRAME_END, FRAME_METHOD } from '../../protocol/frame.ts';
import { decodeMethod } from '../../protocol/method.ts';
import type { ArgumentsOf, MethodName } from '../../protocol/method-table.ts';
import type { BrokerConnection } from '../connection/connection.ts';
import { assertText } from '../connection/frame-error.ts';
import type { Message } from '../message/message.ts';
import { MessageStats } from '../message-stats.ts';
import type { Consumer, Recipient } from '../queue/consumer.ts';
import type { Delivery } from '../queue/delivery.ts';
import { ReplyError } from '../reply-error.ts';
import type { Confirms } from './confirms.ts';
import { ContentWriter, writeTag } from './content-writer.ts';
import { ackAll, Deliveries, giveBackAll, rejectAll, wakeAll } from './deliveries.ts';
import { HANDLERS } from './handlers.ts';
import { bodyFrameSize, Publisher } from './publisher.ts';
import type { Transaction } from './transaction.ts';

const BASIC = 60;
const PUBLISH = 40;
const ACK = 80;
const NACK = 120;
const CHANNEL = 20;

export class Channel implements Recipient {
  readonly connection: BrokerConnection;
  readonly number: number;
  readonly consumers = new Map<string, Consumer>();
  readonly deliveries = new Deliveries();
  readonly stats = new MessageStats();
  confirms: Confirms | undefined;
  transaction: Transaction | undefined;
  /** Prefetch of the consumers to come, and of the channel as a whole; 0: no limit. */
  consumerPrefetch = 0;
  prefetch = 0;
  /** The queue that an empty name stands for. */
  lastQueue = '';
  /** Its direct reply-to consumer, and under which address it is reached. */
  replyConsumer: Consumer | undefined;
  replyAddress: string | undefined;
  closing = false;
  readonly #publisher: Publisher;
  readonly #writer: ContentWriter;
  /** Replies that wait for the store, in order. */
  #replies: { send: (() => void) | undefined }[] = [];
  /** Tags of consumers that the server cancelled, and of which the client is not told yet. */
  readonly #cancelled: string[] = [];
  /** How often its consumers were woken. */
  #woken = 0;
  #left = false;

  constructor(connection: BrokerConnection, number: number) {
    this.connection = connection;
    this.number = number;
    this.#publisher = new Publisher(this);
    this.#writer = new ContentWriter(connection.output, number, bodyFrameSize(connection.frameMax));
  }

  get congested(): boolean {
    return (
      this.closing ||
      this.connection.full ||
      (this.prefetch !== 0 && this.deliveries.consumed + (this.transaction?.consumed ?? 0) >= this.prefetch) ||
      this.#replies.length > 0
    );
  }

  /** A method frame's payload in `bytes[start, end)`. */
  method(classId: number, methodId: number, bytes: Uint8Array, start: number, end: number): void {
    if (this.closing) return this.#awaitCloseOk(classId, methodId);
    if (!this.#publisher.idle) throw this.#publisher.interrupted();
    if (classId === BASIC) {
      if (methodId === PUBLISH) return this.#publisher.method(bytes, start + 4, end);
      // Tags of more than 32 bits take the long way.
      if (methodId === ACK && end - start === 13 && u32At(bytes, start + 4) === 0) {
        return this.ack(u32At(bytes, start + 8), (bytes[start + 12]! & 1) !== 0);
      }
    }
    const { method, arguments: values } = decodeMethod(bytes, start, end);
    assertText(method, values);
    const handler = HANDLERS[method.name];
    if (!handler) throw new ReplyError(503, 'unimplemented method', 'connection');
    handler(this, values);
  }

  header(bytes: Uint8Array, start: number, end: number): void {
    if (!this.closing) this.#publisher.header(bytes, start, end);
  }

  body(bytes: Uint8Array, start: number, end: number): void {
    if (!this.closing) this.#publisher.body(bytes, start, end);
  }

  send<M extends MethodName>(name: M, values: Partial<ArgumentsOf<M>>): void {
    this.connection.send(this.number, name, values);
  }

  /**
   * Answers a synchronous method. With `stored`, what it did is durable before it is said. Answers keep their order, and
   * no delivery overtakes one.
   */
  reply<M extends MethodName>(name: M, values: Partial<ArgumentsOf<M>>, stored = false): void {
    this.#answer(() => this.send(name, values), stored);
  }

  /** Answers with a method and its content: basic.get-ok. */
  replyWithContent<M extends MethodName>(name: M, values: Partial<ArgumentsOf<M>>, message: Message): void {
    this.#answer(() => {
      this.send(name, values);
      this.#sendContent(message);
    }, false);
  }

  #answer(send: () => void, stored: boolean): void {
    const { store } = this.connection.vhost;
    const waits = stored && store !== undefined;
    if (!waits && this.#replies.length === 0) return send();
    const entry: { send: (() => void) | undefined } = { send: waits ? undefined : send };
    this.#replies.push(entry);
    if (!waits) return;
    store.flush(() => {
      if (this.#left) return;
      entry.send = send;
      while (this.#replies[0]?.send) this.#replies.shift()!.send!();
      if (this.#replies.length === 0) this.wakeConsumers();
    });
  }

  deliver(consumer: Consumer, message: Message, redelivered: boolean): void {
    const tag = this.deliveries.nextTag++;
    this.stats.deliveredNoAck++;
    this.#writer.deliver(consumer, message, tag, redelivered);
    this.connection.touch();
  }

  /** A reply to its direct reply-to consumer; it uses up no delivery tag. */
  deliverReply(message: Message): void {
    this.stats.deliveredNoAck++;
    this.#writer.deliver(this.replyConsumer!, message, this.deliveries.nextTag, false);
    this.connection.touch();
  }

  deliverUnsettled(consumer: Consumer, delivery: Delivery, message: Message): void {
    const tag = this.deliveries.add(delivery);
    this.stats.delivered++;
    const redelivered = delivery.deliveries > 0;
    if (redelivered) this.stats.redelivered++;
    this.#writer.deliver(consumer, message, tag, redelivered);
    this.connection.touch();
  }

  return(message: Message, replyCode: number, replyText: string): void {
    const { exchange, routingKey } = message;
    this.send('basic.return', { reply_code: replyCode, reply_text: replyText, exchange, routing_key: routingKey });
    this.#sendContent(message);
  }

  cancelledByServer(consumer: Consumer): void {
    this.consumers.delete(consumer.tag);
    if (!this.connection.handshake.hasCapability('consumer_cancel_notify')) return;
    this.#cancelled.push(consumer.tag);
    this.settleLater();
  }

  ack(tag: number, multiple: boolean): void {
    const { transaction } = this;
    if (transaction) return transaction.settle('acked', this.deliveries.takeEntries(tag, multiple));
    const limited = this.prefetch !== 0;
    const taken = this.deliveries.take(tag, multiple);
    if (Array.isArray(taken)) {
      this.stats.acked += taken.length;
      ackAll(taken);
    } else {
      this.stats.acked++;
      taken.queue.ack(taken);
      const { consumer } = taken;
      if (consumer && !limited) consumer.queue.wake(consumer);
    }
    if (limited) this.wakeConsumers();
  }

  /** basic.nack and basic.reject. */
  giveBack(tag: number, multiple: boolean, requeue: boolean): void {
    const reason = requeue ? 'requeued' : 'rejected';
    const { transaction } = this;
    if (transaction) return transaction.settle(reason, this.deliveries.takeEntries(tag, multiple));
    const taken = this.deliveries.take(tag, multiple);
    rejectAll(Array.isArray(taken) ? taken : [taken], reason);
    if (this.prefetch !== 0) this.wakeConsumers();
  }

  /** Its consumers may be able to take messages again: each time another is the first, for they may share one limit. */
  wakeConsumers(): void {
    const consumers = [...this.consumers.values()];
    const first = this.#woken++ % consumers.length;
    wakeAll(first > 0 ? [...consumers.slice(first), ...consumers.slice(0, first)] : consumers);
  }

  removeConsumer(consumer: Consumer): void {
    this.consumers.delete(consumer.tag);
    consumer.cancelled = true;
    consumer.queue.removeConsumer(consumer);
    consumer.queue.vhost.queueLeft(consumer.queue);
  }

  setReplyConsumer(consumer: Consumer | undefined, address: string | undefined): void {
    const { replies } = this.connection.broker;
    if (this.replyAddress !== undefined) replies.delete(this.replyAddress);
    this.replyConsumer = consumer;
    this.replyAddress = address;
    if (address !== undefined) replies.add(address, this);
  }

  /** There are confirms or cancelled consumers to tell of at the end of the turn. */
  settleLater(): void {
    this.connection.settleLater(this);
  }

  settle(): void {
    this.confirms?.settle();
    if (this.#cancelled.length > 0) this.#tellCancelled();
  }

  /** Not before the answer to queue.delete, if that was this channel's own. */
  #tellCancelled(): void {
    const tags = this.#cancelled.splice(0);
    if (this.#left) return;
    for (const consumer_tag of tags) this.reply('basic.cancel', { consumer_tag, nowait: true });
  }

  sendConfirm(kind: 'ack' | 'nack', tag: number, multiple: boolean): void {
    if (this.closing || this.#left) return;
    const { output } = this.connection;
    let at = output.reserve(21);
    const { bytes } = output;
    bytes[at] = FRAME_METHOD;
    bytes[at + 1] = this.number >>> 8;
    bytes[at + 2] = this.number;
    bytes[at + 3] = 0;
    bytes[at + 4] = 0;
    bytes[at + 5] = 0;
    bytes[at + 6] = 13;
    bytes[at + 7] = 0;
    bytes[at + 8] = BASIC;
    bytes[at + 9] = 0;
    bytes[at + 10] = kind === 'ack' ? ACK : NACK;
    at = writeTag(bytes, at + 11, tag);
    // A nack's bit requeue means nothing here; RabbitMQ leaves it at its default, set.
    bytes[at] = (multiple ? 1 : 0) | (kind === 'nack' ? 2 : 0);
    bytes[at + 1] = FRAME_END;
    output.at = at + 2;
    this.connection.touch();
  }

  /** Closes from the broker's side: an error of the client on this channel. */
  close(replyCode: number, replyText: string, classId: number, methodId: number): void {
    this.leave();
    this.closing = true;
    const values = { reply_code: replyCode, reply_text: replyText, class_id: classId, method_id: methodId };
    this.send('channel.close', values);
  }

  /** channel.close from the client. */
  closedByClient(): void {
    this.#answer(() => {
      this.confirms?.settle();
      this.leave();
      this.connection.forget(this);
      this.send('channel.close-ok', {});
    }, false);
  }

  /** Everything that it holds goes back: consumers leave, unsettled messages return to their queues. */
  leave(): void {
    if (this.#left) return;
    this.#left = true;
    this.closing = true;
    this.#publisher.drop();
    const { broker, vhost } = this.connection;
    broker.departed.add(this.stats);
    vhost.departed.add(this.stats);
    broker.churn.channelsClosed++;
    this.setReplyConsumer(undefined, undefined);
    const rolledBack = this.transaction?.rollback() ?? [];
    this.deliveries.restore(rolledBack);
    const consumers = [...this.consumers.values()];
    this.consumers.clear();
    for (const consumer of consumers) consumer.cancelled = true;
    // First what they held: a single active consumer's successor is to find it in its place.
    giveBackAll(this.deliveries.takeAll(), 'requeued');
    for (const consumer of consumers) consumer.queue.removeConsumer(consumer);
    for (const { queue } of consumers) queue.vhost.queueLeft(queue);
  }

  /** Content after a method that was sent. */
  #sendContent(message: Message): void {
    this.#writer.content(message);
    this.connection.touch();
  }

  #awaitCloseOk(classId: number, methodId: number): void {
    if (classId !== CHANNEL) return;
    if (methodId === 10) throw new ReplyError(504, "second 'channel.open' seen", 'connection');
    if (methodId === 41) this.connection.forget(this);
    else if (methodId === 40) this.send('channel.close-ok', {});
  }
}
