// A virtual host: exchanges, queues and bindings, and the rules by which they come, go and belong together.
// Counterparts: channel/topology-methods.ts, which asks on behalf of clients and checks permissions; definitions and management.
// Errors are ReplyErrors with RabbitMQ's texts.

import type { FieldTable } from '../protocol/field-table.ts';
import { PREDECLARED_EXCHANGES } from '../protocol/predeclared-exchanges.ts';
import type { Churn } from './churn.ts';
import type { BrokerClock } from './clock.ts';
import { DeadLetters } from './dead-letters.ts';
import { DelayedMessages } from './delayed-messages.ts';
import { DurableTopology } from './durable-topology.ts';
import { assertSame, assertSameArguments } from './equivalence.ts';
import { type Binding, bindingKey, type Destination } from './exchange/binding.ts';
import { Exchange, type ExchangeDeclaration } from './exchange/exchange.ts';
import { exchangeType } from './exchange/registry.ts';
import { Router } from './exchange/router.ts';
import type { Memory } from './memory.ts';
import { copyViews } from './message/copies.ts';
import type { Message } from './message/message.ts';
import { MessageStats } from './message-stats.ts';
import { effectiveAlternateExchange, effectiveSettings } from './policy/effective.ts';
import type { Policies } from './policy/policies.ts';
import { ClassicQueue } from './queue/classic-queue.ts';
import type { Queue, QueueDeclaration, QueueOwner } from './queue/queue.ts';
import { checkQueueArguments, QUEUE_ARGUMENTS } from './queue/queue-arguments.ts';
import { checkQueueProperties } from './queue/queue-properties.ts';
import { queueSettings } from './queue/queue-settings.ts';
import { ReplyError } from './reply-error.ts';
import type { Store } from './store/store.ts';
import { StreamQueue } from './stream/stream-queue.ts';
import { resourceText } from './term-text.ts';

/** What all virtual hosts of a broker share. */
export interface VirtualHostServices {
  readonly clock: BrokerClock;
  readonly memory: Memory;
  readonly policies: Policies;
  readonly store: Store | undefined;
  readonly random: () => number;
  readonly churn: Churn;
  nextQueueId(): number;
  /** A defect of this program: told to the operator, and nobody else's problem. */
  defect(error: unknown): void;
}

export interface VirtualHostDescription {
  readonly description?: string;
  readonly tags?: readonly string[];
  readonly defaultQueueType?: string;
}

export class VirtualHost {
  readonly name: string;
  readonly clock: BrokerClock;
  readonly memory: Memory;
  readonly store: Store | undefined;
  readonly churn: Churn;
  readonly exchanges = new Map<string, Exchange>();
  readonly queues = new Map<string, Queue>();
  readonly router: Router;
  readonly deadLetters: DeadLetters;
  /** What happened on its channels that are gone. */
  readonly departed = new MessageStats();
  readonly delayed: DelayedMessages;
  description: VirtualHostDescription = {};
  /** Grows with every change of exchanges, queues and bindings: what was remembered of routes is void then. */
  version = 0;
  /** The bindings that lead to a destination, so that it can go without a search through all of them. */
  readonly #leading = new Map<Destination, Set<Binding>>();
  readonly #durable: DurableTopology | undefined;
  readonly #services: VirtualHostServices;

  constructor(name: string, services: VirtualHostServices) {
    this.name = name;
    this.clock = services.clock;
    this.memory = services.memory;
    this.store = services.store;
    this.churn = services.churn;
    this.#services = services;
    this.#durable = services.store && new DurableTopology(name, services.store);
    this.router = new Router(this);
    this.deadLetters = new DeadLetters(this);
    this.delayed = new DelayedMessages(this);
    for (const [exchange, { type, internal = false }] of PREDECLARED_EXCHANGES) {
      const declaration = {
        name: exchange,
        type: exchangeType(type),
        durable: true,
        autoDelete: false,
        internal,
        arguments: [],
      };
      this.exchanges.set(exchange, new Exchange(name, declaration, services.random));
    }
  }

  /** Throws ReplyError 404. */
  exchange(name: string): Exchange {
    const exchange = this.exchanges.get(name);
    if (!exchange) throw new ReplyError(404, `no ${resourceText('exchange', name, this.name)}`);
    return exchange;
  }

  /** Throws ReplyError 404. */
  queue(name: string): Queue {
    const queue = this.queues.get(name);
    if (!queue) throw new ReplyError(404, `no ${resourceText('queue', name, this.name)}`);
    return queue;
  }

  /** The exchange declared like this, new or not. Throws ReplyError 406 if one exists that is not like it. */
  declareExchange(declaration: ExchangeDeclaration): Exchange {
    const existing = this.exchanges.get(declaration.name);
    if (existing) {
      this.#assertSameExchange(existing, declaration);
      return existing;
    }
    declaration.type.validate?.(declaration.arguments);
    const exchange = new Exchange(this.name, declaration, this.#services.random);
    exchange.alternate = this.#alternateOf(exchange);
    this.exchanges.set(declaration.name, exchange);
    this.version++;
    this.#durable?.putExchange(exchange);
    return exchange;
  }

  /** Throws ReplyError 406 if it is to go only when unused, and is used. */
  deleteExchange(exchange: Exchange, ifUnused = false): void {
    if (exchange.deleted) return;
    if (ifUnused && exchange.bindings.size > 0) {
      throw new ReplyError(406, `${resourceText('exchange', exchange.name, this.name)} in use`);
    }
    exchange.deleted = true;
    this.exchanges.delete(exchange.name);
    this.version++;
    for (const binding of exchange.bindings.values()) this.#forget(exchange, binding);
    this.#leave(exchange);
    this.#durable?.deleteExchange(exchange);
  }

  /** The queue declared like this, new or not. Throws ReplyError 405 or 406 if one exists that is not like it. */
  declareQueue(declaration: QueueDeclaration): Queue {
    this.#services.churn.queuesDeclared++;
    const existing = this.queues.get(declaration.name);
    if (existing) {
      this.assertSameQueue(existing, declaration);
      return existing;
    }
    checkQueueArguments(this.queueText(declaration.name), declaration.type, declaration.arguments);
    checkQueueProperties(this.queueText(declaration.name), declaration);
    const queue = this.#createQueue(declaration, this.#services.nextQueueId());
    this.#services.churn.queuesCreated++;
    if (declaration.owner) declaration.owner.exclusiveQueues.add(queue);
    this.#durable?.putQueue(queue);
    return queue;
  }

  /**
   * Deletes the queue; returns how many ready messages went with it. Throws ReplyError 406 for the conditions. Streams
   * heed none, and do not count.
   */
  deleteQueue(queue: Queue, { ifUnused = false, ifEmpty = false } = {}): number {
    if (queue.deleted) return 0;
    const count = queue.type === 'stream' ? 0 : queue.readyCount;
    const users = queue.type === 'stream' ? 0 : queue.consumers.size;
    if (ifEmpty && count > 0) throw new ReplyError(406, `${this.queueText(queue.name)} not empty`);
    if (ifUnused && users > 0) throw new ReplyError(406, `${this.queueText(queue.name)} in use`);
    this.#services.churn.queuesDeleted++;
    this.#services.churn.queues[queue.type].add(queue.stats);
    this.queues.delete(queue.name);
    this.version++;
    queue.owner?.exclusiveQueues.delete(queue);
    this.#leave(queue);
    queue.close();
    this.#durable?.deleteQueue(queue);
    return count;
  }

  /** A consumer left the queue: an auto-delete queue goes with its last one. */
  queueLeft(queue: Queue): void {
    if (queue.autoDelete && queue.consumers.size === 0) this.deleteQueue(queue);
  }

  /** Throws ReplyError 405 for a queue that belongs to another connection. */
  assertAccess(queue: Queue, owner: QueueOwner): void {
    if (queue.owner !== undefined && queue.owner !== owner) throw this.#locked(queue.name);
  }

  /** Adds a binding; one that exists already stays as it is. Throws ReplyError for what the type does not take. */
  bind(source: Exchange, destination: Destination, routingKey: string, table: FieldTable): void {
    const binding: Binding = { source: source.name, destination, routingKey, arguments: table };
    source.type.validateBinding?.(binding, source.arguments);
    if (!source.bind(binding)) return;
    this.#lead(binding);
    this.#durable?.putBinding(source, binding);
  }

  /** Whether there is a binding like this, and what it connects. */
  isBound(
    source: string,
    kind: Destination['kind'],
    destination: string,
    routingKey: string,
    table: FieldTable,
  ): boolean {
    const from = this.exchanges.get(source);
    const to = (kind === 'queue' ? this.queues : this.exchanges).get(destination);
    if (!from || !to) return false;
    return from.bindings.has(bindingKey({ destination: to, routingKey, arguments: table }));
  }

  /** Removes a binding; one that does not exist is no error. An auto-delete exchange goes with its last one. */
  unbind(source: Exchange, destination: Destination, routingKey: string, table: FieldTable): void {
    const binding = source.unbind({ destination, routingKey, arguments: table });
    if (!binding) return;
    this.version++;
    this.#forget(source, binding);
    if (source.autoDelete && source.bindings.size === 0) this.deleteExchange(source);
  }

  /** The bindings that lead to a destination, without that of the default exchange. */
  bindingsTo(destination: Destination): Iterable<Binding> {
    return this.#leading.get(destination) ?? [];
  }

  /** The queues that a message reaches from the exchange, each once. The array must not be changed. */
  routesOf(exchange: Exchange, message: Message): readonly Queue[] {
    const views = copyViews(message);
    return views ? this.router.routeViews(exchange, views) : this.router.route(exchange, message);
  }

  /** Publishes past any channel; returns the sum of what the queues said, and how many there were. */
  publish(exchange: Exchange, message: Message): { readonly queues: number; readonly result: number } {
    const queues = this.routesOf(exchange, message);
    exchange.publishedIn++;
    exchange.publishedOut += queues.length;
    let result = 0;
    for (const queue of queues) result |= queue.push(message);
    return { queues: queues.length, result };
  }

  /** Policies have changed: exchanges and queues look at theirs again. */
  applyPolicies(): void {
    for (const exchange of this.exchanges.values()) exchange.alternate = this.#alternateOf(exchange);
    for (const queue of this.queues.values()) queue.apply(this.#settingsOf(queue));
    this.version++;
  }

  /** The broker is being closed: nothing happens by itself any more. */
  halt(): void {
    this.delayed.halt();
    for (const queue of this.queues.values()) queue.halt();
  }

  /** Everything goes: the virtual host is being deleted. */
  close(): void {
    this.delayed.close();
    for (const queue of [...this.queues.values()]) this.deleteQueue(queue);
    for (const exchange of [...this.exchanges.values()]) this.deleteExchange(exchange);
  }

  /** An exchange that the store knows. */
  recoverExchange(declaration: ExchangeDeclaration): void {
    const exchange = new Exchange(this.name, declaration, this.#services.random);
    exchange.alternate = this.#alternateOf(exchange);
    this.exchanges.set(declaration.name, exchange);
    this.version++;
  }

  /** A binding that the store knows. */
  recoverBinding(source: Exchange, destination: Destination, routingKey: string, table: FieldTable): void {
    const binding: Binding = { source: source.name, destination, routingKey, arguments: table };
    if (source.bind(binding)) this.#lead(binding);
  }

  /** A queue that the store knows. */
  recoverQueue(declaration: QueueDeclaration, id: number): Queue {
    return this.#createQueue(declaration, id);
  }

  defect(error: unknown): void {
    this.#services.defect(error);
  }

  nextQueueId(): number {
    return this.#services.nextQueueId();
  }

  queueText(name: string): string {
    return resourceText('queue', name, this.name);
  }

  assertSameQueue(queue: Queue, { durable, autoDelete, owner, arguments: table }: QueueDeclaration): void {
    if (queue.owner !== owner) throw this.#locked(queue.name);
    const resource = this.queueText(queue.name);
    assertSame(resource, 'durable', durable, queue.durable);
    assertSame(resource, 'auto_delete', autoDelete, queue.autoDelete);
    assertSameArguments(resource, QUEUE_ARGUMENTS[queue.type], table, queue.arguments);
  }

  #createQueue(declaration: QueueDeclaration, id: number): Queue {
    const { definition } = this.#services.policies.match(this.name, declaration.type, declaration.name);
    const settings = queueSettings(effectiveSettings(definition, declaration.arguments, declaration.type));
    const QueueClass = declaration.type === 'stream' ? StreamQueue : ClassicQueue;
    const queue = new QueueClass(this, id, declaration, settings);
    this.queues.set(declaration.name, queue);
    this.version++;
    return queue;
  }

  #settingsOf({ name, type, arguments: table }: Queue) {
    const { definition } = this.#services.policies.match(this.name, type, name);
    return queueSettings(effectiveSettings(definition, table, type));
  }

  #alternateOf({ name, arguments: table }: Exchange): string | undefined {
    return effectiveAlternateExchange(this.#services.policies.match(this.name, 'exchange', name).definition, table);
  }

  #assertSameExchange(exchange: Exchange, declaration: ExchangeDeclaration): void {
    const resource = resourceText('exchange', exchange.name, this.name);
    assertSame(resource, 'type', declaration.type.name, exchange.type.name);
    assertSame(resource, 'durable', declaration.durable, exchange.durable);
    assertSame(resource, 'auto_delete', declaration.autoDelete, exchange.autoDelete);
    assertSame(resource, 'internal', declaration.internal, exchange.internal);
    assertSameArguments(resource, ['alternate-exchange'], declaration.arguments, exchange.arguments);
  }

  /** The bindings that lead to what is going away go too, and auto-delete exchanges with their last one. */
  #leave(destination: Destination): void {
    const leading = this.#leading.get(destination) ?? [];
    this.#leading.delete(destination);
    for (const binding of leading) {
      const source = this.exchanges.get(binding.source);
      if (!source?.unbind(binding)) continue;
      this.#durable?.deleteBinding(source, binding);
      if (source.autoDelete && source.bindings.size === 0) this.deleteExchange(source);
    }
  }

  /** The binding leads to its destination from now on. */
  #lead(binding: Binding): void {
    this.version++;
    const leading = this.#leading.get(binding.destination);
    if (leading) leading.add(binding);
    else this.#leading.set(binding.destination, new Set([binding]));
  }

  /** The binding has left its exchange, or goes with it. */
  #forget(source: Exchange, binding: Binding): void {
    this.#leading.get(binding.destination)?.delete(binding);
    this.#durable?.deleteBinding(source, binding);
  }

  #locked(name: string): ReplyError {
    return new ReplyError(
      405,
      `cannot obtain exclusive access to locked ${this.queueText(name)}. It could be originally declared on another connection or the exclusive property value does not match that of the original declaration.`,
    );
  }
}
