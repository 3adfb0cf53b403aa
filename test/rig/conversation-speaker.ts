// Who speaks in a conversation: one channel of one connection, in both directions, frame by frame and call by call.
// Counterparts: conversation.ts, whose connections are channel 0; conversation-channel.ts, the channels for work.
// Invariant: each call is one write into the log, and returns the id of the first record that it made.

import type { FieldTable } from '../../src/protocol/field-table.ts';
import { encodeFrame } from '../../src/protocol/frame.ts';
import { type ArgumentsOf, type MethodName, methodByName } from '../../src/protocol/method-table.ts';
import type { ReplyOf } from './amqp-inbox.ts';
import { encodeCall } from './amqp-socket.ts';
import { type PlainValue, table } from './field-values.ts';

export type Peer = 'client' | 'server';

export interface PlainTable {
  readonly [name: string]: PlainValue;
}

type Loose<V> = V extends bigint ? bigint | number : V extends FieldTable ? FieldTable | PlainTable : V;

/** A method's arguments as scripts write them: those left out are empty, tables plain objects, tags any integers. */
export type Values<M extends MethodName> = { readonly [K in keyof ArgumentsOf<M>]?: Loose<ArgumentsOf<M>[K]> };

/** What a speaker writes to: one connection of a conversation. */
export interface Wire {
  /** Lets the clock step and writes what one peer sent. Returns the id of the first record. */
  write(from: Peer, bytes: Uint8Array): number;
  /** A name as the server makes them, never the same twice. */
  madeUpName(kind: string): string;
}

export class Speaker {
  readonly number: number;
  protected readonly wire: Wire;

  constructor(wire: Wire, number: number) {
    this.wire = wire;
    this.number = number;
  }

  /** The client sends a method frame, and no content. */
  client<M extends MethodName>(method: M, values: Values<M> = {}): number {
    return this.wire.write('client', this.encode(method, values));
  }

  /** The server sends a method frame, and no content. */
  server<M extends MethodName>(method: M, values: Values<M> = {}): number {
    return this.wire.write('server', this.encode(method, values));
  }

  /**
   * The client calls, and the server answers with the method's `-ok`, unless no-wait is set. What the answer repeats of
   * the call (queue, consumer_tag, active) is copied; a name left to the server is made up. basic.get gets nothing: what
   * gets a message is `client('basic.get')` and then the channel's `getOk`.
   */
  call<M extends MethodName>(method: M, values: Values<M> = {}, reply: Values<ReplyOf<M>> = {}): number {
    const id = this.client(method, values);
    const given = values as { readonly [name: string]: unknown };
    if (given.nowait === true) return id;
    const answer = this.#answerTo(method);
    const copied: { [name: string]: unknown } = {};
    for (const { name } of methodByName(answer).fields) {
      if (name === 'queue') copied[name] = given[name] || this.wire.madeUpName('amq.gen');
      else if (name === 'consumer_tag') copied[name] = given[name] || this.wire.madeUpName('amq.ctag');
      else if (name === 'active') copied[name] = given[name];
    }
    this.server(answer, { ...copied, ...reply } as Values<MethodName>);
    return id;
  }

  /** One peer sends a frame of any type, 1 method, 2 header, 3 body, 8 heartbeat, whatever its payload. */
  frame(from: Peer, type: number, payload: Uint8Array): number {
    return this.wire.write(from, encodeFrame(type, this.number, payload));
  }

  protected encode<M extends MethodName>(method: M, values: Values<M>): Uint8Array {
    return encodeCall(this.number, method, strict(method, values));
  }

  #answerTo(method: MethodName): MethodName {
    const { className, spec } = methodByName(method);
    const names = (spec.replies ?? []).map((name) => `${className}.${name}` as MethodName);
    const answer = names.find((name) => !methodByName(name).spec.content);
    if (answer === undefined) throw new Error(`nothing answers ${method}`);
    return answer;
  }
}

/** The values as the protocol's encoder takes them. */
function strict<M extends MethodName>(method: M, values: Values<M>): Partial<ArgumentsOf<M>> {
  const made: { [name: string]: unknown } = {};
  for (const { name, domain } of methodByName(method).fields) {
    const value = (values as { readonly [name: string]: unknown })[name];
    if (value === undefined) continue;
    if (domain === 'longlong') made[name] = BigInt(value as number);
    else made[name] = domain === 'table' ? tableOf(value as FieldTable | PlainTable) : value;
  }
  return made as Partial<ArgumentsOf<M>>;
}

export function tableOf(values: FieldTable | PlainTable): FieldTable {
  return Array.isArray(values) ? (values as FieldTable) : table(values as PlainTable);
}

/** The ids of a method, as closing methods name them; 0 and 0 for none. */
export function idsOf(method: MethodName | undefined): { readonly class_id: number; readonly method_id: number } {
  if (method === undefined) return { class_id: 0, method_id: 0 };
  const { classId, methodId } = methodByName(method);
  return { class_id: classId, method_id: methodId };
}
