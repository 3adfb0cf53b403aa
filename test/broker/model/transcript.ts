// Plays a sequence of commands over a connection and compares what comes with what the model says must come.
// Counterparts: broker-model.ts; memory-link.ts and wire-link.ts, the ways to a broker.

import { expect } from 'vitest';
import { type ArgumentsOf, type MethodName, methodByName } from '../../../src/protocol/method-table.ts';
import { encodeCall, type Received } from '../../rig/amqp-socket.ts';
import { BrokerModel } from './broker-model.ts';
import { CHANNELS, type Command, EXCHANGES, QUEUES } from './command.ts';
import { type HeardByChannel, heardOn } from './heard.ts';

/** An open connection to a broker. */
export interface Link {
  send(bytes: Uint8Array): void;
  /** What comes next; undefined: nothing does. */
  next(): Promise<Received | undefined>;
}

/** A channel that is used only to ask. */
const ASKING = 9;
/** How often a count is asked for until it is as expected: a broker may be late, but must get there. */
const PATIENCE = 2000;

export class Player {
  readonly model: BrokerModel;
  readonly #link: Link;
  readonly #transcript: string[] = [];
  #heard: HeardByChannel = new Map();
  #unfinished = new Map<number, { line: string; missing: number; body: string }>();
  /** The numbers of publications that are confirmed, by channel. */
  #confirmed = new Map<number, Set<number>>();
  #answers: string[] = [];

  constructor(link: Link, prefix: string) {
    this.#link = link;
    this.model = new BrokerModel(prefix);
  }

  async start(): Promise<void> {
    this.#link.send(encodeCall(ASKING, 'channel.open'));
    while (this.#answers.length === 0) this.#hear((await this.#link.next())!);
    this.#answers = [];
  }

  /** Does what the command says; throws unless exactly what must follow does. */
  async play(command: Command): Promise<void> {
    const step = this.model.step(command);
    if (!step) return;
    this.#transcript.push(JSON.stringify(command));
    if (command.do === 'open') this.#confirmed.set(command.channel, new Set());
    this.#heard = new Map();
    this.#link.send(step.bytes);
    while (lacks(this.#heard, step.expected)) {
      const received = await this.#link.next();
      if (!received) break;
      this.#hear(received);
    }
    await this.#sync();
    this.#compare(this.#heard, step.expected);
    for (const name of QUEUES) await this.#compareCounts(name);
  }

  /** Deletes all that the commands may have left. */
  async clean(): Promise<void> {
    for (const queue of QUEUES)
      this.#link.send(encodeCall(ASKING, 'queue.delete', { queue: this.model.nameOf(queue) }));
    for (const exchange of EXCHANGES) {
      this.#link.send(encodeCall(ASKING, 'exchange.delete', { exchange: this.model.nameOf(exchange) }));
    }
    for (const channel of CHANNELS) {
      if (this.model.isOpen(channel)) this.#link.send(encodeCall(channel, 'channel.close', { reply_code: 200 }));
    }
    await this.#sync();
  }

  /** Nothing that was caused before comes after this. */
  async #sync(): Promise<void> {
    await this.#question(encodeCall(ASKING, 'exchange.declare', { exchange: 'amq.direct', passive: true }));
  }

  async #question(bytes: Uint8Array): Promise<string> {
    this.#answers = [];
    this.#link.send(bytes);
    while (this.#answers.length === 0) {
      const received = await this.#link.next();
      if (!received) this.#fail('no answer came');
      else this.#hear(received);
    }
    return this.#answers[0]!;
  }

  async #compareCounts(name: string): Promise<void> {
    const queue = this.model.queues.get(name);
    if (!queue) return;
    const named = this.model.nameOf(name);
    const expected = `queue.declare-ok ${named} ${queue.ready.length} ${queue.consumers.length}`;
    for (let i = 0; ; i++) {
      const answer = await this.#question(encodeCall(ASKING, 'queue.declare', { queue: named, passive: true }));
      if (answer === expected) return;
      if (i === PATIENCE || answer.startsWith('channel.close')) this.#fail(`expected ${expected}, got ${answer}`);
    }
  }

  #compare(heard: HeardByChannel, expected: HeardByChannel): void {
    for (const number of new Set([...heard.keys(), ...expected.keys()])) {
      const [actual, wanted] = [heardOn(heard, number), heardOn(expected, number)];
      expect(actual, this.#story(`on channel ${number}`)).toEqual(wanted);
    }
  }

  #story(what: string): string {
    return `${this.#transcript.join('\n')}\n${what}`;
  }

  #fail(what: string): never {
    throw new Error(this.#story(what));
  }

  #hear(received: Received): void {
    const { channel } = received as { channel: number };
    if (received.type === 'method') return this.#hearMethod(channel, received.method, received.arguments);
    const content = this.#unfinished.get(channel)!;
    if (received.type === 'header') content.missing = received.bodySize;
    else if (received.type === 'body') {
      content.missing -= received.payload.length;
      content.body += received.payload;
    } else return this.#fail(`a ${received.type} came`);
    if (content.missing > 0) return;
    this.#unfinished.delete(channel);
    this.#put(channel, content.line.replace('BODY', content.body));
  }

  // biome-ignore lint/suspicious/noExplicitAny: the arguments of any method
  #hearMethod(channel: number, method: MethodName, values: any): void {
    const line = lineOf(method, values);
    if (methodByName(method).spec.content) this.#unfinished.set(channel, { line, missing: 0, body: '' });
    else if (method === 'basic.ack' || method === 'basic.nack') this.#hearConfirm(channel, method.slice(6), values);
    else this.#put(channel, line);
    if (method === 'channel.close') this.#link.send(encodeCall(channel, 'channel.close-ok'));
  }

  #put(channel: number, line: string): void {
    if (channel === ASKING) this.#answers.push(line);
    else if (/^c\d /.test(line)) heardOn(this.#heard, channel).deliveries.push(line);
    else heardOn(this.#heard, channel).replies.push(line);
  }

  /** A confirm of several stands for one each that was not confirmed before. */
  #hearConfirm(channel: number, kind: string, { delivery_tag, multiple }: ArgumentsOf<'basic.ack'>): void {
    const { confirms } = heardOn(this.#heard, channel);
    const confirmed = this.#confirmed.get(channel)!;
    const last = Number(delivery_tag);
    for (let tag = multiple ? 1 : last; tag <= last; tag++) {
      if (multiple && confirmed.has(tag)) continue;
      confirmed.add(tag);
      confirms.push(`${kind} ${tag}`);
    }
    confirms.sort((a, b) => Number(a.split(' ')[1]) - Number(b.split(' ')[1]));
  }
}

function lacks(heard: HeardByChannel, expected: HeardByChannel): boolean {
  for (const [number, wanted] of expected) {
    const actual = heardOn(heard, number);
    if (actual.deliveries.length < wanted.deliveries.length) return true;
    if (actual.replies.length < wanted.replies.length || actual.confirms.length < wanted.confirms.length) return true;
  }
  return false;
}

// biome-ignore lint/suspicious/noExplicitAny: the arguments of any method
function lineOf(method: MethodName, values: any): string {
  const from = `from '${values.exchange}' '${values.routing_key}'${values.redelivered ? ' redelivered' : ''}`;
  switch (method) {
    case 'basic.deliver':
      return `${values.consumer_tag} #${values.delivery_tag} BODY ${from}`;
    case 'basic.get-ok':
      return `${method} #${values.delivery_tag} BODY ${from} ${values.message_count}`;
    case 'basic.return':
      return `${method} ${values.reply_code} ${values.reply_text} BODY`;
    case 'basic.cancel':
      return `${values.consumer_tag} cancelled`;
    case 'basic.consume-ok':
    case 'basic.cancel-ok':
      return `${method} ${values.consumer_tag}`;
    case 'queue.declare-ok':
      return `${method} ${values.queue} ${values.message_count} ${values.consumer_count}`;
    case 'queue.purge-ok':
    case 'queue.delete-ok':
      return `${method} ${values.message_count}`;
    case 'channel.close':
    case 'connection.close':
      return `${method} ${values.reply_code} ${values.reply_text}`;
    default:
      return method;
  }
}
