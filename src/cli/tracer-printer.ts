// The lines of RabbitMQ's Java Tracer, for those who move over and for their scripts:
// `<ms>: <Tracer-N> ch#1 -> {#method<basic.publish>(…), #contentHeader<basic>(…), "body"}`.
// Views as its switches: commands by default, frames is NO_ASSEMBLE_FRAMES, raw is NO_DECODE_FRAMES.

import { ProtocolError } from '../errors.ts';
import type { Cursor } from '../log/cursor.ts';
import { noteOf } from '../log/frame-event.ts';
import { KIND_FRAMES, KIND_NOTE } from '../log/runs.ts';
import { decodeContentHeader } from '../protocol/content-header.ts';
import { type Direction, FRAME_HEADER, FRAME_HEARTBEAT, FRAME_METHOD, SERVER_TO_CLIENT } from '../protocol/frame.ts';
import { decodeMethod } from '../protocol/method.ts';
import { decodeText } from '../protocol/text.ts';
import { type Command, CommandAssembler } from '../session/command-assembler.ts';
import { noteText } from './note-text.ts';
import type { Output } from './output.ts';
import type { View } from './pretty-printer.ts';
import type { Printer } from './printer.ts';
import { tracerFrame, tracerHeader, tracerMethod } from './tracer-text.ts';
import { visibleText } from './visible-text.ts';

export class TracerPrinter implements Printer {
  readonly #output: Output;
  readonly #view: View;
  readonly #showSecrets: boolean;
  readonly #assembler: CommandAssembler;

  constructor(output: Output, view: View, options: { readonly showSecrets: boolean }) {
    this.#output = output;
    this.#view = view;
    this.#showSecrets = options.showSecrets;
    this.#assembler = new CommandAssembler((command) => this.#command(command));
  }

  record(cursor: Cursor): void {
    if (cursor.kind === KIND_NOTE) this.#note(cursor);
    else if (cursor.kind === KIND_FRAMES) this.#frame(cursor);
  }

  missed(count: number): void {
    this.#assembler.missed();
    this.#output.line(`${count} frames missed`);
  }

  flush(): void {
    this.#output.flush();
  }

  #note(cursor: Cursor): void {
    this.#assembler.record(cursor);
    this.#log(cursor.time, cursor.connection, noteText(noteOf(cursor)).text);
  }

  #frame(cursor: Cursor): void {
    const { frameType, channel } = cursor;
    if (this.#view === 'commands' && frameType !== FRAME_HEARTBEAT) return this.#assembler.record(cursor);
    let text = this.#view === 'frames' ? this.#decoded(cursor) : undefined;
    text ??= tracerFrame(frameType, channel, cursor.payloadSize);
    if (cursor.origin === 'dropped') text = `(withheld) ${text}`;
    this.#report(cursor, channel, cursor.direction, text);
  }

  #decoded(cursor: Cursor): string | undefined {
    const { bytes, payloadStart, payloadEnd } = cursor;
    try {
      if (cursor.frameType === FRAME_METHOD) {
        return tracerMethod(decodeMethod(bytes, payloadStart, payloadEnd), this.#showSecrets);
      }
      if (cursor.frameType !== FRAME_HEADER) return undefined;
      const header = decodeContentHeader(bytes, payloadStart, payloadEnd);
      return `Expected body size: ${header.bodySize}; ${tracerHeader(header)}`;
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      return undefined;
    }
  }

  #command(command: Command): void {
    const method = command.method
      ? tracerMethod(command.method, this.#showSecrets)
      : `#method<${command.name ?? '?'}>(?)`;
    const header = command.header ? tracerHeader(command.header) : 'null';
    const whole = command.bodySize === command.body.length;
    const body = whole
      ? `"${decodeText(command.body, 0, command.body.length)}"`
      : `${command.bodySize} bytes of payload`;
    const problem = command.problem === undefined ? '' : ` (${command.problem})`;
    this.#report(command, command.channel, command.direction, `{${method}, ${header}, ${body}}${problem}`);
  }

  #report(subject: { time: number; connection: number }, channel: number, direction: Direction, text: string): void {
    const arrow = direction === SERVER_TO_CLIENT ? '<-' : '->';
    this.#log(subject.time, subject.connection, `ch#${channel} ${arrow} ${text}`);
  }

  /** The Tracer numbers connections from 0. */
  #log(time: number, connection: number, text: string): void {
    this.#output.line(`${Math.floor(time / 1000)}: <Tracer-${connection - 1}> ${visibleText(text)}`);
  }
}
