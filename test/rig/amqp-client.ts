// An AMQP client for tests: sends anything, at any moment, and shows everything that comes. It speaks like a real client
// (connect, channel, call) or not at all (raw). Counterpart: amqp-socket.ts, which cuts and writes frames.
// Invariant: nothing that comes is lost: what no one waited for stays in `pending()`, in order.

import { encodeContentHeaderFrame } from '../../src/protocol/content-header.ts';
import type { FieldTable } from '../../src/protocol/field-table.ts';
import { encodeFrame, FRAME_BODY, FRAME_OVERHEAD } from '../../src/protocol/frame.ts';
import {
  type ArgumentsOf,
  type BasicProperties,
  type MethodName,
  methodByName,
} from '../../src/protocol/method-table.ts';
import { PROTOCOL_HEADER } from '../../src/protocol/protocol-header.ts';
import { ChannelClosed, ConnectionClosed, inspect } from './amqp-closed.ts';
import { type Command, Inbox, type ReplyOf } from './amqp-inbox.ts';
import { AmqpSocket, encodeCall, type Received } from './amqp-socket.ts';
import { table } from './field-values.ts';

export { ChannelClosed, ConnectionClosed, refusal } from './amqp-closed.ts';
export type { Command, ReplyOf } from './amqp-inbox.ts';
export { AmqpSocket, encodeCall, type Received } from './amqp-socket.ts';
export { type PlainValue, plain, table } from './field-values.ts';

export interface ConnectOptions {
  readonly port: number;
  readonly host?: string;
  readonly vhost?: string;
  readonly user?: string;
  readonly password?: string;
  readonly mechanism?: string;
  /** The SASL response; by default PLAIN's of user and password. */
  readonly response?: string;
  /** What tune-ok says; the server's proposal by default, but heartbeat 0. */
  readonly frameMax?: number;
  readonly channelMax?: number;
  readonly heartbeat?: number;
  /** Capabilities to declare; by default all that RabbitMQ has. */
  readonly capabilities?: Readonly<Record<string, boolean>>;
  readonly clientProperties?: FieldTable;
}

export interface Publication {
  readonly exchange?: string;
  readonly routingKey?: string;
  readonly mandatory?: boolean;
  readonly immediate?: boolean;
  readonly body?: string | Uint8Array;
  readonly properties?: BasicProperties;
}

const CAPABILITIES = {
  publisher_confirms: true,
  exchange_exchange_bindings: true,
  'basic.nack': true,
  consumer_cancel_notify: true,
  'connection.blocked': true,
  authentication_failure_close: true,
};

/** One channel of an AmqpClient. */
export class ClientChannel {
  readonly number: number;
  /** How the channel ended: closed by the server, or `undefined` by the client. */
  readonly closed: Promise<ChannelClosed | ConnectionClosed | undefined>;
  readonly #client: AmqpClient;
  readonly #inbox: Inbox;
  #settle!: (reason: ChannelClosed | ConnectionClosed | undefined) => void;
  #unfinished: { command: Command; properties?: BasicProperties; missing: number; parts: Buffer[] } | undefined;

  constructor(client: AmqpClient, number: number) {
    this.#client = client;
    this.number = number;
    this.#inbox = new Inbox(`channel ${number}`);
    this.closed = new Promise((resolve) => {
      this.#settle = resolve;
    });
  }

  /** Sends a method and does not wait. Missing arguments are empty, zero or false. */
  send<M extends MethodName>(method: M, values: Partial<ArgumentsOf<M>> = {}): void {
    this.#client.socket.sendMethod(this.number, method, values);
  }

  /** Sends a method and waits for its answer. Rejects with ChannelClosed or ConnectionClosed. */
  async call<M extends MethodName>(method: M, values: Partial<ArgumentsOf<M>> = {}): Promise<Command<ReplyOf<M>>> {
    this.send(method, values);
    return await this.reply(method);
  }

  /** Waits for the answer to a method that was sent. */
  async reply<M extends MethodName>(method: M): Promise<Command<ReplyOf<M>>> {
    const { className, spec } = methodByName(method);
    return (await this.#inbox.take(spec.replies!.map((reply) => `${className}.${reply}`))) as Command<ReplyOf<M>>;
  }

  /** Publishes; the body goes in as many frames as frame-max asks for. */
  publish(publication: Publication): void {
    const { exchange = '', routingKey = '', mandatory = false, immediate = false, properties = {} } = publication;
    const body = Buffer.from(publication.body ?? '');
    const frames = [
      encodeCall(this.number, 'basic.publish', { exchange, routing_key: routingKey, mandatory, immediate }),
      encodeContentHeaderFrame(this.number, BigInt(body.length), properties),
    ];
    const largest = this.#client.frameMax === 0 ? body.length : this.#client.frameMax - FRAME_OVERHEAD;
    for (let at = 0; at < body.length; at += largest) {
      frames.push(encodeFrame(FRAME_BODY, this.number, body.subarray(at, at + largest)));
    }
    this.#client.socket.send(Buffer.concat(frames));
  }

  /** basic.get: the message, or undefined if the queue is empty. */
  async get(queue: string, noAck = true): Promise<Command<'basic.get-ok'> | undefined> {
    const answer = await this.call('basic.get', { queue, no_ack: noAck });
    return answer.method === 'basic.get-ok' ? answer : undefined;
  }

  /** basic.consume; gives the consumer tag. */
  async consume(queue: string, values: Partial<ArgumentsOf<'basic.consume'>> = {}): Promise<string> {
    return (await this.call('basic.consume', { queue, ...values })).arguments.consumer_tag;
  }

  /** queue.declare of an exclusive queue of any name, unless `values` say otherwise; gives its name. */
  async queue(values: Partial<ArgumentsOf<'queue.declare'>> = {}): Promise<string> {
    return (await this.call('queue.declare', { exclusive: true, ...values })).arguments.queue;
  }

  /** The next method of that name, else the next of any; those passed over stay pending. */
  async next<M extends MethodName = MethodName>(method?: M): Promise<Command<M>> {
    return (await this.#inbox.take(method ? [method] : [])) as Command<M>;
  }

  /** What came and was not asked for. */
  pending(): readonly Command[] {
    return this.#inbox.commands;
  }

  /** A round trip: all that was sent before is handled once it resolves. */
  async sync(): Promise<void> {
    await this.call('exchange.declare', { exchange: 'amq.direct', passive: true });
  }

  async close(): Promise<void> {
    await this.call('channel.close', { reply_code: 200, reply_text: 'bye' });
    this.#client.forget(this);
    this.end(undefined);
  }

  /** From the client: the channel is no more. */
  end(reason: ChannelClosed | ConnectionClosed | undefined): void {
    this.#settle(reason);
    this.#inbox.close(reason ?? new ChannelClosed({ reply_code: 200, reply_text: '', class_id: 0, method_id: 0 }));
  }

  /** From the client: a frame for this channel. */
  receive(received: Received): void {
    if (received.type === 'method') {
      if (received.method === 'channel.close') return this.#closedByServer(received.arguments);
      const command = { method: received.method, arguments: received.arguments } as Command;
      if (methodByName(received.method).spec.content) this.#unfinished = { command, missing: 0, parts: [] };
      else this.#inbox.put(command);
    } else if (received.type === 'header') {
      Object.assign(this.#unfinished!, { properties: received.properties, missing: received.bodySize });
      this.#finish();
    } else if (received.type === 'body') {
      this.#unfinished!.missing -= received.payload.length;
      this.#unfinished!.parts.push(received.payload);
      this.#finish();
    }
  }

  #finish(): void {
    const { command, properties, missing, parts } = this.#unfinished!;
    if (missing > 0) return;
    this.#unfinished = undefined;
    this.#inbox.put({ ...command, properties, body: Buffer.concat(parts) } as Command);
  }

  #closedByServer(close: unknown): void {
    this.send('channel.close-ok');
    this.#client.forget(this);
    this.end(new ChannelClosed(close as ArgumentsOf<'channel.close'>));
  }
}

/** One connection, its handshake done. */
export class AmqpClient {
  readonly socket: AmqpSocket;
  /** What the server said of itself in connection.start. */
  readonly serverProperties: FieldTable;
  /** As agreed in tune-ok; 0: no limit. */
  readonly frameMax: number;
  readonly channelMax: number;
  /** How the connection ended: closed by the server or lost, or `undefined` if by the client. Once the socket is closed. */
  readonly closed: Promise<ConnectionClosed | undefined>;
  /** Heartbeat frames that came. */
  heartbeats = 0;
  readonly #channels = new Map<number, ClientChannel>();
  readonly #inbox = new Inbox('the connection');
  #reason: ConnectionClosed | undefined;
  #closing = false;

  private constructor(socket: AmqpSocket, serverProperties: FieldTable, tune: ArgumentsOf<'connection.tune-ok'>) {
    this.socket = socket;
    this.serverProperties = serverProperties;
    this.frameMax = tune.frame_max;
    this.channelMax = tune.channel_max;
    this.closed = this.#read();
  }

  /** A connected socket on which nothing was said yet. */
  static async raw(options: { readonly port: number; readonly host?: string }): Promise<AmqpSocket> {
    return await AmqpSocket.connect(options.port, options.host);
  }

  /**
   * A connection, its handshake done.
   * @throws ConnectionClosed if the server refuses.
   */
  static async connect(options: ConnectOptions): Promise<AmqpClient> {
    const { socket, start, tune } = await AmqpClient.handshake(options);
    return new AmqpClient(socket, start.server_properties, tune);
  }

  /** The handshake alone: a socket on which all else is the caller's to say and to read. */
  static async handshake(options: ConnectOptions) {
    const socket = await AmqpClient.raw(options);
    socket.send(PROTOCOL_HEADER);
    const start = await expectMethod(socket, 'connection.start');
    socket.sendMethod(0, 'connection.start-ok', startOk(options));
    const proposal = await expectMethod(socket, 'connection.tune');
    const tune = {
      channel_max: options.channelMax ?? proposal.channel_max,
      frame_max: options.frameMax ?? proposal.frame_max,
      heartbeat: options.heartbeat ?? 0,
    };
    socket.sendMethod(0, 'connection.tune-ok', tune);
    socket.sendMethod(0, 'connection.open', { virtual_host: options.vhost ?? '/' });
    await expectMethod(socket, 'connection.open-ok');
    return { socket, start, tune };
  }

  /** Opens a channel: the lowest free one, or the one of that number. */
  async channel(number?: number): Promise<ClientChannel> {
    let free = 1;
    while (this.#channels.has(free)) free++;
    const channel = new ClientChannel(this, number ?? free);
    this.#channels.set(channel.number, channel);
    await channel.call('channel.open');
    return channel;
  }

  /** Sends a method on channel 0 and does not wait. */
  send<M extends MethodName>(method: M, values: Partial<ArgumentsOf<M>> = {}): void {
    this.socket.sendMethod(0, method, values);
  }

  /** Sends a method on channel 0 and waits for its answer. */
  async call<M extends MethodName>(method: M, values: Partial<ArgumentsOf<M>> = {}): Promise<Command<ReplyOf<M>>> {
    this.send(method, values);
    const { className, spec } = methodByName(method);
    return (await this.#inbox.take(spec.replies!.map((reply) => `${className}.${reply}`))) as Command<ReplyOf<M>>;
  }

  /** The next method of that name on channel 0, else the next of any. */
  async next<M extends MethodName = MethodName>(method?: M): Promise<Command<M>> {
    return (await this.#inbox.take(method ? [method] : [])) as Command<M>;
  }

  /** What came on channel 0 and was not asked for. */
  pending(): readonly Command[] {
    return this.#inbox.commands;
  }

  /** The orderly end: close, close-ok, and the socket is closed. */
  async close(): Promise<void> {
    this.#closing = true;
    await this.call('connection.close', { reply_code: 200, reply_text: 'bye' });
    this.socket.end();
    await this.closed;
  }

  /** The abrupt end: the socket is closed without a word. */
  destroy(): void {
    this.#closing = true;
    this.socket.destroy();
  }

  /** From a channel: it was closed. */
  forget(channel: ClientChannel): void {
    if (this.#channels.get(channel.number) === channel) this.#channels.delete(channel.number);
  }

  async #read(): Promise<ConnectionClosed | undefined> {
    for (let received = await this.socket.take(); received; received = await this.socket.take())
      this.#receive(received);
    if (!this.#closing) this.#reason ??= new ConnectionClosed();
    const reason = this.#reason ?? new ConnectionClosed();
    this.#inbox.close(reason);
    for (const channel of this.#channels.values()) channel.end(reason);
    return this.#reason;
  }

  #receive(received: Received): void {
    if (received.type === 'heartbeat') {
      this.heartbeats++;
    } else if (received.type === 'protocol-header') {
      throw new Error('a protocol header came on an open connection');
    } else if (received.channel !== 0) {
      const channel = this.#channels.get(received.channel);
      if (!channel) throw new Error(`a frame came on channel ${received.channel}, which is not open`);
      channel.receive(received);
    } else if (received.type === 'method' && received.method === 'connection.close') {
      this.#reason = new ConnectionClosed(received.arguments as ArgumentsOf<'connection.close'>);
      this.socket.sendMethod(0, 'connection.close-ok', {});
      this.socket.end();
    } else if (received.type === 'method') {
      this.#inbox.put({ method: received.method, arguments: received.arguments } as Command);
    }
  }
}

function startOk(options: ConnectOptions): ArgumentsOf<'connection.start-ok'> {
  const { user = 'guest', password = 'guest', capabilities = CAPABILITIES } = options;
  return {
    client_properties: options.clientProperties ?? table({ product: 'amqp-spy test client', capabilities }),
    mechanism: options.mechanism ?? 'PLAIN',
    response: options.response ?? `\0${user}\0${password}`,
    locale: 'en_US',
  };
}

async function expectMethod<M extends MethodName>(socket: AmqpSocket, method: M): Promise<ArgumentsOf<M>> {
  const received = await socket.take();
  if (!received) throw new ConnectionClosed();
  if (received.type === 'method') {
    if (received.method === method) return received.arguments as unknown as ArgumentsOf<M>;
    if (received.method === 'connection.close') {
      socket.sendMethod(0, 'connection.close-ok', {});
      socket.end();
      throw new ConnectionClosed(received.arguments as ArgumentsOf<'connection.close'>);
    }
  }
  throw new Error(`expected ${method}, got ${inspect(received)}`);
}
