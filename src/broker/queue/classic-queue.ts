// Classic and quorum queues: messages wait in lanes, one a priority, and go to consumers in turn.
// Invariants: while a consumer is able, no message is ready; a message is in exactly one of: a lane, somebody's hands, gone.

import { setEntry, withHeaders } from '../message/edit.ts';
import type { Message } from '../message/message.ts';
import type { StoredMessage, StoredPlace } from '../store/store.ts';
import type { VirtualHost } from '../virtual-host.ts';
import type { Consumer } from './consumer.ts';
import { ConsumerLine } from './consumer-line.ts';
import { type DeathReason, deadLetter } from './dead-letter.ts';
import { Delivery } from './delivery.ts';
import { ExpiryTimer } from './expiry-timer.ts';
import { Lanes } from './lanes.ts';
import { DELIVERED, KEPT, Queue, type QueueDeclaration, REFUSED, type ReturnReason, STORED } from './queue.ts';
import type { QueueSettings } from './queue-settings.ts';

export class ClassicQueue extends Queue {
  readyCount = 0;
  unsettledCount = 0;
  /** Bytes of the bodies of ready messages, and of those in somebody's hands. */
  readyBytes = 0;
  /** Persistent messages in a durable queue, ready or in somebody's hands, and the bytes of their bodies. */
  persistentCount = 0;
  persistentBytes = 0;
  #unsettledBytes = 0;
  readonly #lanes: Lanes;
  readonly #line = new ConsumerLine();
  readonly #messageExpiry: ExpiryTimer;
  #persistent: boolean;
  /** The single active consumer, where there may be only one. */
  #active: Consumer | undefined;
  #limited = false;
  /** A quorum queue's messages come back before all others, in the order in which they came back. */
  #nextTurn = Number.MIN_SAFE_INTEGER;
  /** A ready message may expire. */
  #mortal = false;

  constructor(vhost: VirtualHost, id: number, declaration: QueueDeclaration, settings: QueueSettings) {
    super(vhost, id, declaration, settings);
    this.#lanes = new Lanes(this, settings.maxPriority);
    this.#persistent = declaration.durable && vhost.store !== undefined;
    this.#messageExpiry = new ExpiryTimer(vhost.clock, () => this.#expire());
    this.apply(settings);
  }

  get byteCount(): number {
    return this.readyBytes + this.#unsettledBytes;
  }

  push(message: Message): number {
    this.stats.published++;
    let result = DELIVERED;
    if (this.#limited && this.settings.overflow !== 'drop-head' && this.#wouldOverflow(message)) {
      if (this.settings.overflow === 'reject-publish-dlx') this.#bury(message, 'maxlen');
      return REFUSED;
    }
    const lane = this.#lanes.laneOf(message);
    const ttl = this.#ttlOf(message);
    if (this.readyCount === 0) {
      const consumer = this.#line.next();
      if (consumer !== undefined) {
        const position = lane.skip();
        if (consumer.noAck) {
          this.#deliverAtOnce(consumer, message);
          return DELIVERED;
        }
        const expiresAt = ttl < 0 ? 0 : this.vhost.clock.now() + ttl;
        if (this.#outlives(message)) result = this.#keep(lane.level, position, message, expiresAt);
        this.#handOut(consumer, new Delivery(this, message, lane.level, position, expiresAt, 0));
        return result | KEPT;
      }
      if (ttl === 0) {
        // Nobody takes it at once: it has expired (RabbitMQ: TTL 0).
        this.#bury(message, 'expired');
        return DELIVERED;
      }
    }
    const expiresAt = ttl < 0 ? 0 : this.vhost.clock.now() + ttl;
    const position = lane.push(message, expiresAt);
    this.readyCount++;
    this.readyBytes += message.bodySize;
    this.vhost.memory.add(message.cost);
    if (this.#outlives(message)) result = this.#keep(lane.level, position, message, expiresAt);
    if (expiresAt !== 0) this.#awaitExpiry(expiresAt);
    if (this.#limited) this.#dropOverflow();
    return result | KEPT;
  }

  get(noAck: boolean): Delivery | undefined {
    this.usedAt = this.vhost.clock.now();
    if (this.#mortal) this.#expire();
    const delivery = this.#shift();
    if (!delivery) {
      this.stats.gotEmpty++;
      return undefined;
    }
    if (this.#mortal) this.#expire();
    if (delivery.deliveries > 0) this.stats.redelivered++;
    if (noAck) {
      this.stats.gotNoAck++;
      this.#forget(delivery);
    } else {
      this.stats.got++;
      this.#hold(delivery);
    }
    return delivery;
  }

  override shown(delivery: Delivery, always = false): Message {
    if (this.type !== 'quorum' || (delivery.deliveries === 0 && !always)) return delivery.message;
    const count = { type: 'l', value: BigInt(delivery.deliveries) } as const;
    return withHeaders(delivery.message, setEntry(delivery.message.headers, 'x-delivery-count', count));
  }

  ack(delivery: Delivery): void {
    this.#release(delivery);
    if (this.deleted) return;
    this.stats.acked++;
    this.#forget(delivery);
  }

  giveBack(deliveries: readonly Delivery[], reason: ReturnReason): void {
    for (const delivery of deliveries) this.#release(delivery);
    if (this.deleted) return;
    // Whoever has room again is in line before anything goes out.
    for (const { consumer } of deliveries) if (consumer) this.#enlist(consumer);
    const returned: Delivery[] = [];
    const inTurn = this.#lanes.prioritized ? [...deliveries].sort((a, b) => b.level - a.level) : deliveries;
    for (const delivery of inTurn) {
      delivery.deliveries++;
      delivery.consumer = undefined;
      const { deliveryLimit } = this.settings;
      if (reason === 'rejected') {
        this.#forget(delivery);
        this.#bury(delivery.message, 'rejected');
      } else if (this.type === 'quorum' && deliveryLimit >= 0 && delivery.deliveries > deliveryLimit) {
        this.#forget(delivery);
        this.#bury(delivery.message, 'delivery_limit');
      } else {
        if (this.type === 'quorum') delivery.turn = this.#nextTurn++;
        returned.push(delivery);
      }
    }
    if (returned.length > 0) this.#putBack(returned);
    else if (this.readyCount > 0) this.#serve();
  }

  purge(): number {
    const count = this.readyCount;
    for (let delivery = this.#shift(); delivery; delivery = this.#shift()) this.#forget(delivery);
    return count;
  }

  addConsumer(consumer: Consumer): void {
    this.usedAt = this.vhost.clock.now();
    this.consumers.add(consumer);
    if (this.settings.singleActiveConsumer) {
      this.#active ??= consumer;
      if (this.#active !== consumer) return;
    }
    this.#line.add(consumer);
    this.#serve();
  }

  removeConsumer(consumer: Consumer): void {
    if (!this.consumers.delete(consumer)) return;
    this.usedAt = this.vhost.clock.now();
    this.#line.remove(consumer);
    if (this.#active === consumer) this.#activateNext();
  }

  override isActive(consumer: Consumer): boolean {
    return !this.settings.singleActiveConsumer || this.#active === consumer;
  }

  wake(consumer: Consumer): void {
    if (consumer.inLine) return;
    this.#enlist(consumer);
    if (this.readyCount > 0) this.#serve();
  }

  override wakeAll(consumers: readonly Consumer[]): void {
    for (const consumer of consumers) this.#enlist(consumer);
    if (this.readyCount > 0) this.#serve();
  }

  apply(settings: QueueSettings): void {
    this.settings = settings;
    this.expiry.update();
    this.#limited = settings.maxLength >= 0 || settings.maxLengthBytes >= 0;
    if (this.#limited && settings.overflow === 'drop-head') this.#dropOverflow();
  }

  override halt(): void {
    super.halt();
    this.#messageExpiry.stop();
  }

  close(): void {
    this.deleted = true;
    this.halt();
    this.cancelConsumers();
    let cost = 0;
    for (const message of this.messages()) cost += message.cost;
    this.vhost.memory.add(-cost);
    this.#lanes.clear();
    this.readyCount = 0;
    this.readyBytes = 0;
    if (this.#persistent) this.vhost.store!.deleteMessages(this.id);
  }

  *messages(): Generator<Message> {
    for (const { message } of this.#lanes) yield message;
  }

  *deliveredPlaces(): Generator<StoredPlace & { deliveries: number }> {
    for (const { level, position, deliveries } of this.#lanes) {
      if (deliveries > 0) yield { queue: this.id, level, position, deliveries };
    }
  }

  recover(stored: Iterable<StoredMessage>): void {
    const recovered: Delivery[] = [];
    for (const { message, level, position, expiresAt, deliveries } of stored) {
      recovered.push(new Delivery(this, message, level, position, expiresAt, deliveries));
      this.readyCount++;
      this.readyBytes += message.bodySize;
      this.persistentCount++;
      this.persistentBytes += message.bodySize;
      this.vhost.memory.add(message.cost);
      if (expiresAt !== 0) this.#awaitExpiry(expiresAt);
    }
    this.#lanes.return(recovered);
  }

  /** In ms; -1: none. The lower of the queue's and the message's counts. */
  #ttlOf(message: Message): number {
    const own = message.expiration;
    const common = this.settings.messageTtl;
    if (own < 0) return common;
    return common < 0 ? own : Math.min(own, common);
  }

  #deliverAtOnce(consumer: Consumer, message: Message): void {
    this.stats.deliveredNoAck++;
    consumer.channel.deliver(consumer, message, false);
  }

  /** Gives ready messages to consumers while there are both. */
  #serve(): void {
    while (this.readyCount > 0) {
      if (this.#mortal) {
        this.#expire();
        if (this.readyCount === 0) return;
      }
      const consumer = this.#line.next();
      if (!consumer) return;
      const delivery = this.#shift()!;
      if (delivery.deliveries > 0) this.stats.redelivered++;
      if (!consumer.noAck) {
        this.#handOut(consumer, delivery);
      } else {
        this.stats.deliveredNoAck++;
        this.#forget(delivery);
        consumer.channel.deliver(consumer, this.shown(delivery), delivery.deliveries > 0);
      }
    }
  }

  #handOut(consumer: Consumer, delivery: Delivery): void {
    this.stats.delivered++;
    this.#hold(delivery);
    delivery.consumer = consumer;
    consumer.unsettled++;
    consumer.channel.deliverUnsettled(consumer, delivery, this.shown(delivery));
  }

  #hold(delivery: Delivery): void {
    this.unsettledCount++;
    this.#unsettledBytes += delivery.message.bodySize;
    this.vhost.memory.add(delivery.message.cost);
  }

  #release(delivery: Delivery): void {
    this.unsettledCount--;
    this.#unsettledBytes -= delivery.message.bodySize;
    this.vhost.memory.add(-delivery.message.cost);
    const { consumer } = delivery;
    if (consumer) consumer.unsettled--;
  }

  /** Takes the first ready message out. */
  #shift(): Delivery | undefined {
    const delivery = this.#lanes.head.shift();
    if (!delivery) return undefined;
    this.readyCount--;
    this.readyBytes -= delivery.message.bodySize;
    this.vhost.memory.add(-delivery.message.cost);
    return delivery;
  }

  #putBack(deliveries: readonly Delivery[]): void {
    this.#lanes.return(deliveries);
    for (const { message, expiresAt } of deliveries) {
      this.readyCount++;
      this.readyBytes += message.bodySize;
      this.vhost.memory.add(message.cost);
      if (expiresAt !== 0) this.#awaitExpiry(expiresAt);
    }
    if (this.#limited && this.settings.overflow === 'drop-head') this.#dropOverflow();
    this.#serve();
  }

  /** Whether a restart is to leave the message: persistent ones of durable queues, and all of quorum queues. */
  #outlives(message: Message): boolean {
    return this.durable && (message.persistent || this.type === 'quorum');
  }

  /** Counts a message that outlives a restart, and stores it where there is a store. */
  #keep(level: number, position: number, message: Message, expiresAt: number): number {
    this.persistentCount++;
    this.persistentBytes += message.bodySize;
    if (!this.#persistent) return DELIVERED;
    this.vhost.store!.putMessage(this.id, level, position, message, this.vhost.clock.now(), expiresAt);
    return STORED;
  }

  /** The message has left this queue for good. */
  #forget(delivery: Delivery): void {
    const { message } = delivery;
    if (!this.#outlives(message)) return;
    this.persistentCount--;
    this.persistentBytes -= message.bodySize;
    if (this.#persistent) this.vhost.store!.deleteMessage(this.id, delivery.level, delivery.position);
  }

  #bury(message: Message, reason: DeathReason): void {
    const { deadLetterExchange: exchange, deadLetterRoutingKey: routingKey } = this.settings;
    if (exchange === undefined) return;
    const time = this.vhost.clock.now();
    this.vhost.churn.deadLettered[this.type][reason]++;
    this.vhost.deadLetters.send(deadLetter(message, { reason, queue: this.name, exchange, routingKey, time }), reason);
  }

  #wouldOverflow(message: Message): boolean {
    const { maxLength, maxLengthBytes } = this.settings;
    return (
      (maxLength >= 0 && this.readyCount >= maxLength) ||
      (maxLengthBytes >= 0 && this.readyBytes + message.bodySize > maxLengthBytes)
    );
  }

  #dropOverflow(): void {
    const { maxLength, maxLengthBytes } = this.settings;
    while (
      this.readyCount > 0 &&
      ((maxLength >= 0 && this.readyCount > maxLength) || (maxLengthBytes >= 0 && this.readyBytes > maxLengthBytes))
    ) {
      const delivery = this.#shift()!;
      this.#forget(delivery);
      this.#bury(delivery.message, 'maxlen');
      if (this.#mortal) this.#expire();
    }
  }

  #awaitExpiry(expiresAt: number): void {
    this.#mortal = true;
    this.#messageExpiry.await(expiresAt);
  }

  /** Gives up the messages whose time has come, from the first one on; those behind a living one wait for it. */
  #expire(): void {
    const now = this.vhost.clock.now();
    let at = this.#lanes.head.headExpiresAt;
    while (at !== 0 && at <= now) {
      const delivery = this.#shift()!;
      this.#forget(delivery);
      this.#bury(delivery.message, 'expired');
      at = this.#lanes.head.headExpiresAt;
    }
    if (at !== 0) this.#messageExpiry.await(at);
    if (this.readyCount === 0) this.#mortal = false;
  }

  /** Only who is able: to stand in line before that would be to come first afterwards. */
  #enlist(consumer: Consumer): void {
    if (consumer.able && !consumer.cancelled && !this.deleted && this.isActive(consumer)) this.#line.add(consumer);
  }

  #activateNext(): void {
    this.#active = undefined;
    for (const consumer of this.consumers) {
      if (!this.#active || consumer.priority > this.#active.priority) this.#active = consumer;
    }
    if (this.#active) {
      this.#line.add(this.#active);
      this.#serve();
    }
  }
}
