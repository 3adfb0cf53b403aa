// A socket that speaks in frames, without any handshake or rules. Counterpart: amqp-client.ts, which knows the rules.
// Invariant: every byte that comes belongs to a frame or the protocol header that `take` gives, in order.

import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { decodeContentHeader } from '../../src/protocol/content-header.ts';
import type { FieldValues } from '../../src/protocol/fields.ts';
import { encodeFrame, FRAME_END, FRAME_METHOD, FRAME_PREFIX_SIZE, frameTypeName } from '../../src/protocol/frame.ts';
import { frameSize } from '../../src/protocol/frame-splitter.ts';
import { decodeMethod, encodeMethod } from '../../src/protocol/method.ts';
import {
  type ArgumentsOf,
  type BasicProperties,
  type Field,
  type MethodName,
  methodByName,
} from '../../src/protocol/method-table.ts';
import { PROTOCOL_HEADER_SIZE } from '../../src/protocol/protocol-header.ts';

/** A frame that came, decoded, or the protocol header that a broker answers a stranger with. */
export type Received =
  | { readonly type: 'method'; readonly channel: number; readonly method: MethodName; readonly arguments: FieldValues }
  | {
      readonly type: 'header';
      readonly channel: number;
      readonly bodySize: number;
      readonly properties: BasicProperties;
    }
  | { readonly type: 'body'; readonly channel: number; readonly payload: Buffer }
  | { readonly type: 'heartbeat'; readonly channel: number }
  | { readonly type: 'protocol-header'; readonly bytes: Buffer };

const PATIENCE_MS = 20_000;

export class AmqpSocket {
  /** Resolves when the socket is closed, by whomever. */
  readonly closed: Promise<void>;
  /** Size in bytes of the largest frame that came. */
  largestFrame = 0;
  readonly #socket: Socket;
  readonly #received: Received[] = [];
  #rest: Buffer = Buffer.alloc(0);
  #ended = false;
  #failure: unknown;
  #wake: (() => void) | undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    this.closed = new Promise((resolve) => socket.once('close', () => resolve()));
    socket.setNoDelay(true);
    socket.on('data', (chunk) => this.#push(chunk));
    socket.on('error', () => {}); // a reset is an end like any other; 'close' follows
    socket.on('close', () => {
      this.#ended = true;
      this.#wake?.();
    });
    open.add(this);
    void this.closed.then(() => open.delete(this));
  }

  static async connect(port: number, host = '127.0.0.1'): Promise<AmqpSocket> {
    const socket = connect(port, host);
    await once(socket, 'connect');
    return new AmqpSocket(socket);
  }

  /** Sends the bytes as they are. */
  send(bytes: Uint8Array): void {
    if (!this.#socket.destroyed && this.#socket.writable) this.#socket.write(bytes);
  }

  /** Sends a method frame; missing arguments are empty, zero or false. */
  sendMethod<M extends MethodName>(channel: number, method: M, values: Partial<ArgumentsOf<M>> = {}): void {
    this.send(encodeCall(channel, method, values));
  }

  /** What comes next, or undefined once the socket is closed. */
  async take(): Promise<Received | undefined> {
    while (this.#received.length === 0 && !this.#ended && !this.#failure) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    if (this.#received.length > 0) return this.#received.shift();
    if (this.#failure) throw this.#failure;
    return undefined;
  }

  /** What comes next. Rejects if the socket closes instead, or nothing comes for long. */
  async next(): Promise<Received> {
    let timer: NodeJS.Timeout | undefined;
    const received = await Promise.race([
      this.take(),
      new Promise<never>((_resolve, reject) => {
        timer = setTimeout(() => reject(new Error('waited in vain for a frame')), PATIENCE_MS);
      }),
    ]);
    clearTimeout(timer);
    if (!received) throw new Error('the socket closed where a frame was expected');
    return received;
  }

  /** All that comes until the socket is closed. */
  async rest(): Promise<Received[]> {
    const all: Received[] = [];
    for (let received = await this.take(); received; received = await this.take()) all.push(received);
    return all;
  }

  /** Sends FIN: nothing more will be sent. */
  end(): void {
    this.#socket.end();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  /** Stops, or resumes, reading what comes. */
  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  #push(chunk: Buffer): void {
    try {
      this.#rest = this.#rest.length > 0 ? Buffer.concat([this.#rest, chunk]) : chunk;
      this.#split();
    } catch (error) {
      this.#failure ??= error;
      this.#socket.destroy();
    }
    this.#wake?.();
  }

  #split(): void {
    const bytes = this.#rest;
    let at = 0;
    for (;;) {
      const missing = bytes.length - at;
      if (missing >= PROTOCOL_HEADER_SIZE && bytes[at] === 0x41) {
        this.#received.push({ type: 'protocol-header', bytes: bytes.subarray(at, at + PROTOCOL_HEADER_SIZE) });
        at += PROTOCOL_HEADER_SIZE;
      } else if (missing >= FRAME_PREFIX_SIZE && missing >= frameSize(bytes, at)) {
        const end = at + frameSize(bytes, at);
        this.#received.push(decodeFrame(bytes.subarray(at, end)));
        this.largestFrame = Math.max(this.largestFrame, end - at);
        at = end;
      } else {
        this.#rest = bytes.subarray(at);
        return;
      }
    }
  }
}

/** Every socket that is not closed yet. */
const open = new Set<AmqpSocket>();

/** Closes all sockets that tests of this file left open. */
export function destroyAllSockets(): void {
  for (const socket of open) socket.destroy();
}

/** One whole frame, decoded. Throws for what is none. */
export function decodeFrame(frame: Buffer): Received {
  const channel = frame.readUInt16BE(1);
  const [start, end] = [FRAME_PREFIX_SIZE, frame.length - 1];
  if (frame[end] !== FRAME_END) throw new Error(`a frame without frame-end came: ${frame.toString('hex')}`);
  const type = frameTypeName(frame[0]!);
  switch (type) {
    case 'method': {
      const { method, arguments: values } = decodeMethod(frame, start, end);
      return { type, channel, method: method.name, arguments: values };
    }
    case 'header': {
      const { bodySize, properties } = decodeContentHeader(frame, start, end);
      return { type, channel, bodySize: Number(bodySize), properties };
    }
    case 'body':
      return { type, channel, payload: frame.subarray(start, end) };
    case 'heartbeat':
      return { type, channel };
    default:
      throw new Error(`a frame of unknown type came: ${frame.toString('hex')}`);
  }
}

/** A method frame; missing arguments are empty, zero or false. */
export function encodeCall<M extends MethodName>(
  channel: number,
  method: M,
  values: Partial<ArgumentsOf<M>> = {},
): Uint8Array {
  const complete: FieldValues = {};
  for (const field of methodByName(method).fields) complete[field.name] = emptyValue(field);
  Object.assign(complete, values);
  return encodeFrame(FRAME_METHOD, channel, encodeMethod(method, complete as Partial<ArgumentsOf<M>>));
}

function emptyValue({ domain }: Field): FieldValues[string] {
  switch (domain) {
    case 'bit':
      return false;
    case 'shortstr':
    case 'longstr':
      return '';
    case 'table':
      return [];
    case 'longlong':
    case 'timestamp':
      return 0n;
    default:
      return 0;
  }
}
