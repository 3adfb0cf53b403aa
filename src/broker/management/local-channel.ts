// A client of the broker in this process: a connection without a socket, and one channel on it. What the management API
// does to queues and messages it does by this, so that permissions, rules and reply texts are those of every client.
// Counterpart: connection/connection.ts at the other end.

import { decodeContentHeader, encodeContentHeaderFrame } from '../../protocol/content-header.ts';
import { encodeFrame, FRAME_BODY, FRAME_HEADER, FRAME_METHOD } from '../../protocol/frame.ts';
import { decodeMethod, encodeMethodFrame } from '../../protocol/method.ts';
import type { ArgumentsOf, BasicProperties, MethodName } from '../../protocol/method-table.ts';
import { PROTOCOL_HEADER } from '../../protocol/protocol-header.ts';
import { FrameInput } from '../connection/frame-input.ts';
import type { PeerInfo, Transport } from '../connection/transport.ts';

/** What the broker sent: a method, and the content that follows some. */
export interface Command {
  readonly name: MethodName;
  readonly arguments: { readonly [name: string]: unknown };
  properties: BasicProperties;
  body: Buffer;
}

/** The broker closed the channel or the connection. */
export class Refusal extends Error {
  readonly replyCode: number;
  readonly replyText: string;
  readonly scope: 'channel' | 'connection';

  constructor(replyCode: number, replyText: string, scope: Refusal['scope']) {
    super(replyText);
    this.name = 'Refusal';
    this.replyCode = replyCode;
    this.replyText = replyText;
    this.scope = scope;
  }

  /** What follows the reply code's name. */
  get reason(): string {
    return this.replyText.replace(/^[A-Z_]+ - /, '');
  }
}

/** The broker's end of the connection. */
export interface LocalConnection {
  receive(bytes: Uint8Array, size: number): void;
  /** The peer is gone. */
  disconnected(): void;
}

/** What a local channel needs of the broker. */
export interface LocalBroker {
  attach(transport: Transport, peer: PeerInfo): LocalConnection;
}

export interface LocalLogin {
  readonly name: string;
  readonly password: string;
  readonly vhost: string;
  readonly peer: PeerInfo;
}

const CHANNEL = 1;
/** Large enough for any content without asking what the broker takes. */
const FRAME_MAX = 131_072;
const LARGEST_BODY_FRAME = FRAME_MAX - 8;
/** Brings basic.return, basic.deliver and basic.get-ok to an end. */
const WITH_CONTENT: ReadonlySet<string> = new Set(['basic.return', 'basic.deliver', 'basic.get-ok']);
/** Comes at any time and is no answer. */
const UNASKED: ReadonlySet<string> = new Set(['connection.blocked', 'connection.unblocked']);

export class LocalChannel implements Transport {
  readonly pending = 0;
  deaf = false;
  readonly #input = new FrameInput(this);
  readonly #connection: LocalConnection;
  readonly #received: Command[] = [];
  #refusal: Refusal | undefined;
  #waiting: { resolve: (command: Command) => void; reject: (error: Refusal) => void } | undefined;
  /** A command whose content is not whole yet. */
  #unfinished: { readonly command: Command; readonly pieces: Buffer[]; missing: number } | undefined;

  private constructor(broker: LocalBroker, peer: PeerInfo) {
    this.#connection = broker.attach(this, peer);
  }

  /** Logs in and opens a channel. Rejects with Refusal. */
  static async open(broker: LocalBroker, { name, password, vhost, peer }: LocalLogin): Promise<LocalChannel> {
    const client = new LocalChannel(broker, peer);
    client.#push(PROTOCOL_HEADER);
    await client.next();
    client.#send(0, 'connection.start-ok', {
      client_properties: [['connection_name', { type: 'S', value: 'management' }]],
      mechanism: 'PLAIN',
      response: `\0${name}\0${password}`,
      locale: 'en_US',
    });
    await client.next();
    client.#send(0, 'connection.tune-ok', { channel_max: 1, frame_max: FRAME_MAX, heartbeat: 0 });
    client.#send(0, 'connection.open', { virtual_host: vhost });
    await client.next();
    client.#send(CHANNEL, 'channel.open', {});
    await client.next();
    return client;
  }

  /** Sends a method. */
  send<M extends MethodName>(name: M, values: Partial<ArgumentsOf<M>>): void {
    this.#send(CHANNEL, name, values);
  }

  /** Sends a method and waits for the answer. Rejects with Refusal. */
  async call<M extends MethodName>(name: M, values: Partial<ArgumentsOf<M>>): Promise<Command> {
    this.send(name, values);
    return await this.next();
  }

  /** Sends the content that follows basic.publish. */
  sendContent(properties: BasicProperties, body: Uint8Array): void {
    this.#push(encodeContentHeaderFrame(CHANNEL, BigInt(body.length), properties));
    for (let at = 0; at < body.length; at += LARGEST_BODY_FRAME) {
      this.#push(encodeFrame(FRAME_BODY, CHANNEL, body.subarray(at, at + LARGEST_BODY_FRAME)));
    }
  }

  /** What the broker sends next. Rejects with Refusal. */
  async next(): Promise<Command> {
    const command = this.#received.shift();
    if (command) return command;
    if (this.#refusal) throw this.#refusal;
    return await new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
    });
  }

  /** Leaves in order. */
  close(): void {
    if (!this.deaf)
      this.#send(0, 'connection.close', { reply_code: 200, reply_text: 'Goodbye', class_id: 0, method_id: 0 });
    if (!this.deaf) this.#end();
  }

  // ---- the transport, as the broker sees it

  write(bytes: Uint8Array): boolean {
    this.#input.push(bytes, bytes.length);
    return true;
  }

  pause(): void {}

  resume(): void {}

  end(): void {
    this.#end();
  }

  destroy(): void {
    this.#end();
  }

  /** One frame from the broker. */
  frame(type: number, _channel: number, bytes: Uint8Array, start: number, end: number): void {
    if (type === FRAME_METHOD) this.#method(bytes, start, end);
    else if (type === FRAME_HEADER) this.#header(bytes, start, end);
    else if (type === FRAME_BODY) this.#body(bytes, start, end);
  }

  #method(bytes: Uint8Array, start: number, end: number): void {
    const decoded = decodeMethod(bytes, start, end);
    const name = decoded.method.name as MethodName;
    const values = decoded.arguments as Command['arguments'];
    const command: Command = { name, arguments: values, properties: {}, body: Buffer.alloc(0) };
    if (name === 'channel.close' || name === 'connection.close') this.#refused(name, values);
    else if (WITH_CONTENT.has(name)) this.#unfinished = { command, pieces: [], missing: -1 };
    else if (name === 'connection.close-ok') this.#end();
    else if (!UNASKED.has(name)) this.#finished(command);
  }

  #header(bytes: Uint8Array, start: number, end: number): void {
    if (!this.#unfinished) return;
    const header = decodeContentHeader(bytes.slice(start, end));
    this.#unfinished.command.properties = header.properties;
    this.#unfinished.missing = Number(header.bodySize);
    this.#check();
  }

  #body(bytes: Uint8Array, start: number, end: number): void {
    if (!this.#unfinished) return;
    this.#unfinished.pieces.push(Buffer.from(bytes.subarray(start, end)));
    this.#unfinished.missing -= end - start;
    this.#check();
  }

  /** The content is whole: so is the command. */
  #check(): void {
    const { command, pieces, missing } = this.#unfinished!;
    if (missing !== 0) return;
    this.#unfinished = undefined;
    command.body = Buffer.concat(pieces);
    this.#finished(command);
  }

  #finished(command: Command): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (waiting) waiting.resolve(command);
    else this.#received.push(command);
  }

  #refused(name: 'channel.close' | 'connection.close', values: Command['arguments']): void {
    const scope = name === 'channel.close' ? 'channel' : 'connection';
    this.#fail(new Refusal(values['reply_code'] as number, values['reply_text'] as string, scope));
    // Not from inside the broker's own sending.
    queueMicrotask(() => {
      if (scope === 'connection') this.#push(encodeMethodFrame(0, 'connection.close-ok', {}));
    });
  }

  #fail(refusal: Refusal): void {
    this.#refusal ??= refusal;
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.reject(refusal);
  }

  #end(): void {
    if (this.deaf) return;
    this.deaf = true;
    this.#fail(new Refusal(320, 'CONNECTION_FORCED - the connection ended', 'connection'));
    queueMicrotask(() => this.#connection.disconnected());
  }

  #send<M extends MethodName>(channel: number, name: M, values: Partial<ArgumentsOf<M>>): void {
    this.#push(encodeMethodFrame(channel, name, values));
  }

  #push(bytes: Uint8Array): void {
    if (!this.deaf) this.#connection.receive(bytes, bytes.length);
  }
}
