// Traffic made by hand, written into a log and shown through a printer: what a terminal of a given width would get.

import { Writable } from 'node:stream';
import { Output } from '../../src/cli/output.ts';
import type { Printer } from '../../src/cli/printer.ts';
import { createPrinter, parseViewOptions } from '../../src/cli/view-options.ts';
import { Cursor } from '../../src/log/cursor.ts';
import { FrameLog } from '../../src/log/frame-log.ts';
import type { NoteFields } from '../../src/log/note.ts';
import type { Tape } from '../../src/log/tape.ts';
import { encodeContentHeaderFrame } from '../../src/protocol/content-header.ts';
import {
  CLIENT_TO_SERVER,
  type Direction,
  encodeFrame,
  FRAME_BODY,
  SERVER_TO_CLIENT,
} from '../../src/protocol/frame.ts';
import { encodeMethodFrame } from '../../src/protocol/method.ts';
import type { ArgumentsOf, BasicProperties, MethodName } from '../../src/protocol/method-table.ts';
import { ConnectionTable } from '../../src/session/connection-table.ts';

/** 2026-11-22T10:00:00Z in µs. */
export const START = Date.UTC(2026, 10, 22, 10) * 1000;

const encoder = new TextEncoder();

/** Collects what is written. */
export class Screen extends Writable {
  readonly isTTY: boolean;
  readonly columns: number | undefined;
  text = '';

  constructor(columns?: number) {
    super({ decodeStrings: false });
    this.isTTY = columns !== undefined;
    this.columns = columns;
  }

  override _write(chunk: string | Uint8Array, _encoding: string, done: () => void): void {
    this.text += typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString();
    done();
  }

  get lines(): string[] {
    return this.text.split('\n').slice(0, -1);
  }
}

/** A log with connections, and one step of the clock (1 ms) for each write. */
export class Traffic {
  readonly log: FrameLog;
  readonly connections = new ConnectionTable();
  readonly #tapes = new Map<number, readonly [Tape, Tape]>();
  #time = START;

  constructor(options: { readonly showSecrets?: boolean; readonly size?: number } = {}) {
    this.log = new FrameLog({ size: 1 << 20, ...options });
    this.log.onConnectionMethod = ({ connection, direction }, bytes, start, end) =>
      this.connections.method(connection, direction, bytes, start, end);
  }

  /** A connection whose handshake is over. */
  open(id = 1, name?: string): this {
    const tapes = [this.log.openTape(id, CLIENT_TO_SERVER), this.log.openTape(id, SERVER_TO_CLIENT)] as const;
    for (const tape of tapes) {
      tape.phase = 'frames';
      tape.secretive = false;
    }
    this.#tapes.set(id, tapes);
    this.connections.add({
      id,
      client: { address: '127.0.0.1', port: 50000 + id },
      server: { address: '127.0.0.1', port: 5672 },
      openedAt: this.#time,
      state: 'open',
      fromClient: tapes[0],
      fromServer: tapes[1],
      ...(name !== undefined && { name }),
    });
    return this;
  }

  bytes(direction: Direction, bytes: Uint8Array, id = 1, origin = 0): this {
    this.log.append(this.#tapes.get(id)![direction], bytes, this.#tick(), origin);
    return this;
  }

  client<M extends MethodName>(method: M, values: Partial<ArgumentsOf<M>>, channel = 1, id = 1): this {
    return this.bytes(CLIENT_TO_SERVER, encodeMethodFrame(channel, method, values), id);
  }

  server<M extends MethodName>(method: M, values: Partial<ArgumentsOf<M>>, channel = 1, id = 1): this {
    return this.bytes(SERVER_TO_CLIENT, encodeMethodFrame(channel, method, values), id);
  }

  /** A content header and one body. */
  content(direction: Direction, body: string | Uint8Array, properties: BasicProperties = {}, channel = 1): this {
    const bytes = typeof body === 'string' ? encoder.encode(body) : body;
    this.bytes(direction, encodeContentHeaderFrame(channel, BigInt(bytes.length), properties));
    return bytes.length === 0 ? this : this.bytes(direction, encodeFrame(FRAME_BODY, channel, bytes));
  }

  publish(exchange: string, routingKey: string, body: string | Uint8Array, properties?: BasicProperties): this {
    const values = { exchange, routing_key: routingKey, mandatory: false, immediate: false };
    return this.client('basic.publish', values).content(CLIENT_TO_SERVER, body, properties);
  }

  note(fields: NoteFields, id = 1): this {
    this.log.note(id, fields, this.#tick());
    return this;
  }

  end(direction: Direction, id = 1): this {
    this.log.end(this.#tapes.get(id)![direction], this.#tick());
    return this;
  }

  #tick(): number {
    this.#time += 1000;
    return this.#time;
  }

  /** What the options make of all that is in the log, in lines. */
  async lines(options: { columns?: number } & Parameters<typeof viewValues>[0] = {}): Promise<string[]> {
    const screen = new Screen(options.columns);
    const printer = await this.printer(screen, options);
    printAll(this.log, printer);
    return screen.lines;
  }

  printer(screen: Writable, options: Parameters<typeof viewValues>[0] = {}): Promise<Printer> {
    const { connections, log } = this;
    const sources = { log, connections, showSecrets: log.showSecrets };
    return createPrinter(parseViewOptions(viewValues(options)), new Output(screen), sources);
  }
}

export interface ViewChoices {
  readonly view?: string;
  readonly format?: string;
  readonly heartbeats?: boolean;
  readonly color?: boolean;
}

/** As commander would hand them over; without colour, unless asked for. */
function viewValues(choices: ViewChoices) {
  return { format: 'pretty', heartbeats: true, color: false, ...choices };
}

export function printAll(log: FrameLog, printer: Printer): void {
  for (const cursor = new Cursor(log, 1); cursor.next(); ) printer.record(cursor);
  printer.flush();
}
