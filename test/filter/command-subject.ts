// A second way to a filter's subject, for comparison with src/filter/record-subject.ts: made from a command that is decoded
// and put together already. What is decoded is encoded again where a field asks for it.

import type { FilterContext } from '../../src/filter/context.ts';
import type { Payload, RecordKind, Subject } from '../../src/filter/subject.ts';
import type { NoteFields } from '../../src/log/note.ts';
import type { Origin } from '../../src/log/runs.ts';
import { encodeContentHeader } from '../../src/protocol/content-header.ts';
import type { Direction } from '../../src/protocol/frame.ts';
import { encodeMethod } from '../../src/protocol/method.ts';
import type { Method } from '../../src/protocol/method-table.ts';
import type { Command } from '../../src/session/command-assembler.ts';

export class CommandSubject implements Subject {
  readonly context: FilterContext;
  readonly note: NoteFields | undefined = undefined;
  readonly #command: Command;
  #methodPayload: Payload | undefined;
  #headerPayload: Payload | undefined;

  constructor(command: Command, context: FilterContext) {
    this.context = context;
    this.#command = command;
  }

  get kind(): RecordKind {
    const { name, header } = this.#command;
    if (name !== undefined) return 'method';
    return header ? 'header' : 'body';
  }

  get id(): number {
    return this.#command.firstId;
  }

  get time(): number {
    return this.#command.startedAt;
  }

  get connection(): number {
    return this.#command.connection;
  }

  get direction(): Direction {
    return this.#command.direction;
  }

  get channel(): number {
    return this.#command.channel;
  }

  get origin(): Origin {
    return this.#command.origin;
  }

  get frames(): number {
    return this.#command.frames;
  }

  get size(): number {
    return this.#command.size;
  }

  /** A command does not say how its bytes fell into frames: unknown unless it is one. */
  get largestFrame(): number {
    return this.frames === 1 ? this.size : 0;
  }

  get method(): Method | undefined {
    return this.#command.method?.method;
  }

  get methodPayload(): Payload | undefined {
    const { method } = this.#command;
    if (method) this.#methodPayload ??= whole(encodeMethod(method.method.name, method.arguments));
    return this.#methodPayload;
  }

  get headerPayload(): Payload | undefined {
    const { header } = this.#command;
    if (header) this.#headerPayload ??= whole(encodeContentHeader(header.bodySize, header.properties));
    return this.#headerPayload;
  }

  get bodySize(): number {
    return this.#command.bodySize;
  }

  get body(): Uint8Array | undefined {
    return this.bodySize > 0 ? this.#command.body : undefined;
  }
}

function whole(bytes: Uint8Array): Payload {
  return { bytes, start: 0, end: bytes.length };
}
