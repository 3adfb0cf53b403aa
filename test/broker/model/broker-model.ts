// A broker as simple as can be: for each command the bytes to send and all that must come back on every channel.
// Counterparts: src/broker and RabbitMQ, which must both do the same; queue-model.ts, the queues of this one;
// command-bytes.ts, what commands send.

import { type Binding, ModelChannel, type ModelExchange } from './channel-model.ts';
import { CONSUMED, type Command, type QueueKind } from './command.ts';
import { commandBytes } from './command-bytes.ts';
import { type HeardByChannel, heardOn } from './heard.ts';
import { type ModelConsumer, type ModelMessage, ModelQueue, type Place, type QueueWorld } from './queue-model.ts';

/** A command that the broker refuses with an error on the channel. */
class Refusal extends Error {}

export class BrokerModel implements QueueWorld {
  readonly queues = new Map<string, ModelQueue>();
  readonly #exchanges = new Map<string, ModelExchange>();
  readonly #channels = new Map<number, ModelChannel>();
  readonly #prefix: string;
  #heard: HeardByChannel = new Map();
  #letters: { readonly target: string; readonly message: ModelMessage }[] = [];
  #lastId = 0;

  /** `prefix`: what all names begin with on the broker. */
  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  nameOf(name: string): string {
    return `${this.#prefix}${name}`;
  }

  isOpen(channel: number): boolean {
    return this.#channels.has(channel);
  }

  kindOf(queue: string): QueueKind | undefined {
    return this.queues.get(queue)?.kind;
  }

  /** It has a single active consumer, and messages for its successor. */
  isServedLater(name: string): boolean {
    const queue = this.queues.get(name);
    return queue?.kind.singleActive === true && queue.ready.length > 0;
  }

  hasExchange(name: string): boolean {
    return this.#exchanges.has(name);
  }

  /** Some consumer has that tag, or had it and left something to settle. */
  knowsTag(number: number, tag: string): boolean {
    const { consumers, unsettled, settlements } = this.#channels.get(number)!;
    const entries = [...unsettled, ...settlements.flatMap((settlement) => settlement.entries)];
    return consumers.has(tag) || entries.some(([, { consumer }]) => consumer?.tag === tag);
  }

  newId(): string {
    return `m${++this.#lastId}`;
  }

  /** The delivery tag that a command means; 0: all. */
  tagOf(channel: number, which: number, multiple: boolean): number {
    const { unsettled, nextTag } = this.#channels.get(channel)!;
    if (which === -2 && multiple) return 0;
    if (which < 0 || unsettled.length === 0) return nextTag + 7;
    return unsettled[which % unsettled.length]![0];
  }

  /** What the command sends and what must follow; undefined: it makes no sense now. */
  step(command: Command): { readonly bytes: Uint8Array; readonly expected: HeardByChannel } | undefined {
    if ((command.do === 'open') === this.isOpen(command.channel)) return undefined;
    const bytes = commandBytes(command, this);
    if (!bytes) return undefined;
    this.#heard = new Map();
    try {
      this.#perform(command);
      this.#deliverLetters();
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.#leave(command.channel);
      this.#reply(command.channel, `channel.close ${error.message}`);
    }
    return { bytes, expected: this.#heard };
  }

  deliver(place: Place, consumer: ModelConsumer): void {
    const channel = this.#channels.get(consumer.channel)!;
    const tag = channel.nextTag++;
    if (!consumer.noAck) channel.unsettled.push([tag, place]);
    heardOn(this.#heard, consumer.channel).deliveries.push(`${consumer.tag} #${tag} ${this.#textOf(place)}`);
  }

  deadLetter({ name, kind }: ModelQueue, message: ModelMessage, reason: string): void {
    const target = kind.deadLetterQueue;
    if (target === undefined) return;
    const earlier = message.deaths.filter((death) => death.queue !== name || death.reason !== reason);
    const deaths = [{ queue: name, reason }, ...earlier];
    this.#letters.push({ target, message: { ...message, exchange: '', key: this.nameOf(target), deaths } });
  }

  /** Each letter arrives after what its queue was doing; one driven round by nobody's reject vanishes. */
  #deliverLetters(): void {
    for (let letter = this.#letters.shift(); letter; letter = this.#letters.shift()) {
      const { target, message } = letter;
      const at = message.deaths.findIndex(({ queue }) => queue === target);
      const isCycle = at >= 0 && message.deaths.slice(0, at + 1).every(({ reason }) => reason !== 'rejected');
      if (!isCycle) this.queues.get(target)?.publish(message);
    }
  }

  #textOf({ message, redelivered }: Place): string {
    return `${message.id} from '${message.exchange}' '${message.key}'${redelivered ? ' redelivered' : ''}`;
  }

  #reply(channel: number, text: string): void {
    heardOn(this.#heard, channel).replies.push(text);
  }

  #queueText(name: string): string {
    return `queue '${this.nameOf(name)}' in vhost '/'`;
  }

  #queue(name: string): ModelQueue {
    const queue = this.queues.get(name);
    if (!queue) throw new Refusal(`404 NOT_FOUND - no ${this.#queueText(name)}`);
    return queue;
  }

  #exchange(name: string): ModelExchange {
    const exchange = this.#exchanges.get(name);
    if (!exchange) throw new Refusal(`404 NOT_FOUND - no exchange '${this.nameOf(name)}' in vhost '/'`);
    return exchange;
  }

  #perform(command: Command): void {
    const channel = this.#channels.get(command.channel)!;
    const reply = (text: string) => this.#reply(command.channel, text);
    switch (command.do) {
      case 'open':
        this.#channels.set(command.channel, new ModelChannel(command.channel));
        return reply('channel.open-ok');
      case 'close':
        this.#leave(command.channel);
        return reply('channel.close-ok');
      case 'declare':
        if (!this.queues.has(command.queue)) {
          this.queues.set(command.queue, new ModelQueue(command.queue, command.kind, this));
        }
        return this.#declared(command.channel, command.queue);
      case 'declare-otherwise': {
        const { kind } = this.#queue(command.queue);
        const now = kind.autoDelete === true;
        const text = `inequivalent arg 'auto_delete' for ${this.#queueText(command.queue)}`;
        throw new Refusal(`406 PRECONDITION_FAILED - ${text}: received '${!now}' but current is '${now}'`);
      }
      case 'passive':
        this.#queue(command.queue);
        return this.#declared(command.channel, command.queue);
      case 'purge': {
        const queue = this.#queue(command.queue);
        reply(`queue.purge-ok ${queue.ready.length}`);
        queue.ready = [];
        return;
      }
      case 'delete':
        return this.#delete(command);
      case 'exchange': {
        const existing = this.#exchanges.get(command.exchange);
        if (existing && existing.type !== command.type) {
          const text = `inequivalent arg 'type' for exchange '${this.nameOf(command.exchange)}' in vhost '/'`;
          const values = `received '${command.type}' but current is '${existing.type}'`;
          throw new Refusal(`406 PRECONDITION_FAILED - ${text}: ${values}`);
        }
        if (!existing) this.#exchanges.set(command.exchange, { type: command.type, bindings: [] });
        return reply('exchange.declare-ok');
      }
      case 'delete-exchange': {
        const existing = this.#exchanges.get(command.exchange);
        if (existing && command.ifUnused && existing.bindings.length > 0) {
          const name = this.nameOf(command.exchange);
          throw new Refusal(`406 PRECONDITION_FAILED - exchange '${name}' in vhost '/' in use`);
        }
        this.#exchanges.delete(command.exchange);
        return reply('exchange.delete-ok');
      }
      case 'bind': {
        const exchange = this.#exchange(command.exchange);
        const queue = this.#queue(command.queue);
        const isSame = (binding: Binding) => binding.queue === queue && binding.key === command.key;
        if (!exchange.bindings.some(isSame)) exchange.bindings.push({ queue, key: command.key });
        return reply('queue.bind-ok');
      }
      case 'unbind': {
        const exchange = this.#exchanges.get(command.exchange);
        const queue = this.queues.get(command.queue);
        if (exchange) {
          exchange.bindings = exchange.bindings.filter(
            (binding) => binding.queue !== queue || binding.key !== command.key,
          );
        }
        return reply('queue.unbind-ok');
      }
      case 'publish':
        for (let i = 0; i < command.count; i++) this.#publish(channel, command, this.#lastId - command.count + 1 + i);
        return;
      case 'qos':
        channel.prefetch = command.count;
        return reply('basic.qos-ok');
      case 'consume':
        return this.#consume(channel, command);
      case 'cancel': {
        const consumer = channel.consumers.get(command.tag);
        reply(`basic.cancel-ok ${command.tag}`);
        if (consumer) this.#removeConsumers(channel, [consumer]);
        if (consumer) this.#dropUnused(CONSUMED[command.channel]!);
        return;
      }
      case 'get': {
        const queue = this.#queue(command.queue);
        const place = queue.get(command.noAck);
        if (!place) return reply('basic.get-empty');
        const tag = channel.nextTag++;
        if (!command.noAck) channel.unsettled.push([tag, place]);
        return reply(`basic.get-ok #${tag} ${this.#textOf(place)} ${queue.ready.length}`);
      }
      case 'ack':
        return this.#settle(channel, 'ack', this.#taken(channel, command.which, command.multiple));
      case 'nack': {
        const entries = this.#taken(channel, command.which, command.multiple);
        return this.#settle(channel, command.requeue ? 'requeue' : 'reject', entries);
      }
      case 'reject':
        return this.#settle(
          channel,
          command.requeue ? 'requeue' : 'reject',
          this.#taken(channel, command.which, false),
        );
      case 'recover':
        reply('basic.recover-ok');
        this.#settleNow('requeue', channel.unsettled.splice(0));
        return;
      case 'confirm':
        if (channel.mode === 'tx') throw new Refusal('406 PRECONDITION_FAILED - cannot switch from tx to confirm mode');
        channel.mode = 'confirm';
        return reply('confirm.select-ok');
      case 'tx':
        if (channel.mode === 'confirm') {
          throw new Refusal('406 PRECONDITION_FAILED - cannot switch from confirm to tx mode');
        }
        channel.mode = 'tx';
        return reply('tx.select-ok');
      case 'commit': {
        this.#assertTx(channel);
        for (const publish of channel.publishes.splice(0)) publish();
        for (const { how, entries } of channel.settlements.splice(0)) this.#settleNow(how, entries);
        return reply('tx.commit-ok');
      }
      case 'rollback':
        this.#assertTx(channel);
        channel.publishes = [];
        this.#restore(channel);
        return reply('tx.rollback-ok');
    }
  }

  #assertTx({ mode }: ModelChannel): void {
    if (mode !== 'tx') throw new Refusal('406 PRECONDITION_FAILED - channel is not transactional');
  }

  #declared(channel: number, name: string): void {
    const { ready, consumers } = this.queues.get(name)!;
    this.#reply(channel, `queue.declare-ok ${this.nameOf(name)} ${ready.length} ${consumers.length}`);
  }

  #delete({ channel, queue: name, ifUnused, ifEmpty }: Command & { do: 'delete' }): void {
    const queue = this.queues.get(name);
    if (!queue) return this.#reply(channel, 'queue.delete-ok 0');
    if (ifUnused && queue.consumers.length > 0) {
      throw new Refusal(`406 PRECONDITION_FAILED - ${this.#queueText(name)} in use`);
    }
    if (ifEmpty && queue.ready.length > 0) {
      throw new Refusal(`406 PRECONDITION_FAILED - ${this.#queueText(name)} not empty`);
    }
    this.#reply(channel, `queue.delete-ok ${queue.ready.length}`);
    this.#drop(queue);
  }

  #drop(queue: ModelQueue): void {
    queue.deleted = true;
    this.queues.delete(queue.name);
    for (const exchange of this.#exchanges.values()) {
      exchange.bindings = exchange.bindings.filter((binding) => binding.queue !== queue);
    }
    // A channel tells of its consumers in the order of their tags.
    for (const { channel, tag } of queue.consumers.sort((a, b) => (a.tag < b.tag ? -1 : 1))) {
      this.#channels.get(channel)!.consumers.delete(tag);
      heardOn(this.#heard, channel).deliveries.push(`${tag} cancelled`);
    }
  }

  #publish(channel: ModelChannel, command: Command & { do: 'publish' }, id: number): void {
    const { exchange: name, queue, mandatory, priority } = command;
    const key = name === '' ? this.nameOf(queue) : command.key;
    const exchange = name === '' ? '' : this.nameOf(name);
    const message: ModelMessage = { id: `m${id}`, exchange, key, priority, deaths: [] };
    const number = ++channel.published;
    const routed = this.#route(name, queue, command.key);
    const effect = () => {
      const queues = routed.map((each) => this.queues.get(each)).filter((each) => each !== undefined);
      if (queues.length === 0 && mandatory) this.#reply(channel.number, `basic.return 312 NO_ROUTE ${message.id}`);
      const refused = queues.filter((each) => !each.publish(message)).length > 0;
      if (channel.mode !== 'confirm') return;
      heardOn(this.#heard, channel.number).confirms.push(`${refused ? 'nack' : 'ack'} ${number}`);
    };
    if (channel.mode === 'tx') channel.publishes.push(effect);
    else {
      if (channel.mode === 'plain') channel.published = 0;
      effect();
    }
  }

  #route(exchange: string, queue: string, key: string): string[] {
    if (exchange === '') return [queue];
    const { type, bindings } = this.#exchange(exchange);
    const matching = bindings.filter((binding) => type === 'fanout' || binding.key === key);
    return [...new Set(matching.map((binding) => binding.queue.name))];
  }

  #consume(channel: ModelChannel, { tag, noAck, exclusive, priority }: Command & { do: 'consume' }): void {
    const name = CONSUMED[channel.number]!;
    const queue = this.#queue(name);
    if (
      exclusive
        ? queue.consumers.length > 0 || queue.kind.singleActive
        : queue.consumers.some((other) => other.exclusive)
    ) {
      throw new Refusal(`403 ACCESS_REFUSED - ${this.#queueText(name)} in exclusive use`);
    }
    const prefetch = noAck ? 0 : channel.prefetch;
    const consumer = { channel: channel.number, tag, noAck, exclusive, priority, prefetch, unsettled: 0 };
    channel.consumers.set(tag, consumer);
    this.#reply(channel.number, `basic.consume-ok ${tag}`);
    queue.consume(consumer);
  }

  #removeConsumers(channel: ModelChannel, consumers: readonly ModelConsumer[]): void {
    const queue = this.queues.get(CONSUMED[channel.number]!);
    for (const consumer of consumers) {
      channel.consumers.delete(consumer.tag);
      queue?.remove(consumer);
    }
  }

  #dropUnused(name: string): void {
    const queue = this.queues.get(name);
    if (queue?.kind.autoDelete && queue.consumers.length === 0) this.#drop(queue);
  }

  /** The entries that an ack, nack or reject names; -1: a tag that never was, -2: tag 0 with multiple. */
  #taken(channel: ModelChannel, which: number, multiple: boolean): [number, Place][] {
    const tag = this.tagOf(channel.number, which, multiple);
    const entries = channel.unsettled;
    const named =
      tag === 0 && multiple ? entries : entries.filter(([other]) => (multiple ? other <= tag : other === tag));
    if (!(tag === 0 && multiple) && !entries.some(([other]) => other === tag)) {
      throw new Refusal(`406 PRECONDITION_FAILED - unknown delivery tag ${tag}`);
    }
    channel.unsettled = entries.filter((entry) => !named.includes(entry));
    return named;
  }

  #settle(channel: ModelChannel, how: 'ack' | 'requeue' | 'reject', entries: [number, Place][]): void {
    if (channel.mode === 'tx') channel.settlements.push({ how, entries });
    else this.#settleNow(how, entries);
  }

  /** By queue, what was got one by one, then consumer by consumer: a queue hears of each part on its own. */
  #settleNow(how: 'ack' | 'requeue' | 'reject', entries: readonly (readonly [number, Place])[]): void {
    const parts = new Map<string, Place[]>();
    for (const [tag, place] of entries) {
      const owner = place.consumer ? `consumer ${place.consumer.tag}` : `+ ${`${tag}`.padStart(9)}`;
      const key = `${place.queue.name} ${place.queue.deleted ? 0 : 1} ${owner}`;
      parts.set(key, [...(parts.get(key) ?? []), place]);
    }
    for (const [, places] of [...parts].sort(([a], [b]) => (a < b ? -1 : 1))) places[0]!.queue.settle(places, how);
  }

  #restore(channel: ModelChannel): void {
    const entries = channel.settlements.splice(0).flatMap((settlement) => settlement.entries);
    channel.unsettled = [...channel.unsettled, ...entries].sort(([a], [b]) => a - b);
  }

  #leave(number: number): void {
    const channel = this.#channels.get(number)!;
    this.#channels.delete(number);
    this.#restore(channel);
    const consumed = channel.consumers.size > 0;
    this.#removeConsumers(channel, [...channel.consumers.values()]);
    const places = channel.unsettled.map(([, place]) => place);
    for (const queue of new Set(places.map((place) => place.queue))) {
      queue.settle(
        places.filter((place) => place.queue === queue),
        'requeue',
      );
    }
    if (consumed) this.#dropUnused(CONSUMED[number]!);
    this.#deliverLetters();
  }
}
