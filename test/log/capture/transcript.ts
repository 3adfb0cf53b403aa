// A capture sink that writes down what it is told, one line an event; and ways to feed a reader.
// Data of one direction that comes in a row is one line, so that a transcript does not depend on packet boundaries.

import { expect } from 'vitest';
import { CaptureFormatError } from '../../../src/errors.ts';
import { CaptureReader, type CaptureReaderOptions } from '../../../src/log/capture/capture-reader.ts';
import type { CaptureEnd, CaptureEndpoint, CaptureSink } from '../../../src/log/capture/capture-sink.ts';
import type { CaptureSummary } from '../../../src/log/capture/capture-summary.ts';
import { START } from './packets.ts';

interface Row {
  readonly connection: number;
  readonly direction: number;
  text: string;
  readonly merges: boolean;
}

/** Lines such as `1: open 10.0.0.1:40000 > 10.0.0.2:5672`, `1: > AMQP`, `1: < lost 5`, `1: closed`. */
export class Transcript implements CaptureSink<number> {
  readonly times: number[] = [];
  private readonly rows: Row[] = [];
  private readonly streams: string[][] = [];

  get lines(): string[] {
    return this.rows.map((row) => `${row.connection}: ${row.text}`);
  }

  /** All bytes of one direction, as a Latin-1 string. */
  stream(connection: number, direction: 0 | 1): string {
    return this.streams[connection * 2 + direction]?.join('') ?? '';
  }

  open(client: CaptureEndpoint, server: CaptureEndpoint, midway: boolean, time: number): number {
    const connection = this.rows.reduce((most, row) => Math.max(most, row.connection), 0) + 1;
    const route = `${client.address}:${client.port} > ${server.address}:${server.port}`;
    this.note(connection, 2, `open ${route}${midway ? ' midway' : ''}`, time);
    return connection;
  }

  data(connection: number, direction: 0 | 1, bytes: Uint8Array, time: number): void {
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
    const last = this.rows.at(-1);
    if (last?.merges && last.connection === connection && last.direction === direction) {
      last.text += text;
      this.times.push(time);
    } else {
      this.note(connection, direction, `${'><'[direction]} ${text}`, time, true);
    }
    const index = connection * 2 + direction;
    this.streams[index] ??= [];
    this.streams[index].push(text);
  }

  gap(connection: number, direction: 0 | 1, bytes: number, time: number): void {
    this.note(connection, direction, `${'><'[direction]} lost ${bytes}`, time);
  }

  end(connection: number, how: CaptureEnd, time: number): void {
    this.note(connection, 2, how, time);
  }

  private note(connection: number, direction: number, text: string, time: number, merges = false): void {
    this.times.push(time);
    this.rows.push({ connection, direction, text, merges });
  }
}

export interface Reading {
  readonly lines: string[];
  readonly transcript: Transcript;
  readonly summary: CaptureSummary;
  readonly error: CaptureFormatError | undefined;
  /** Times of all events in milliseconds since START. */
  readonly times: number[];
}

/** Reads a capture in the given chunks. Rethrows anything but a CaptureFormatError. */
export function readChunks(chunks: Iterable<Uint8Array>, options: CaptureReaderOptions = {}): Reading {
  const transcript = new Transcript();
  const reader = new CaptureReader(transcript, options);
  let error: CaptureFormatError | undefined;
  try {
    for (const chunk of chunks) {
      // A chunk belongs to its owner again as soon as write() returns: wipe it.
      const lent = chunk.slice();
      reader.write(lent);
      lent.fill(0x55);
    }
    reader.end();
  } catch (caught) {
    if (!(caught instanceof CaptureFormatError)) throw caught;
    error = caught;
  }
  const times = transcript.times.map((time) => (time - START) / 1000);
  return { lines: transcript.lines, transcript, summary: reader.end(), error, times };
}

function* pieces(bytes: Uint8Array, size: number): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

/** Reads a capture whole, byte by byte and split in two at every place; all must tell the same. */
export function readEveryWay(bytes: Uint8Array, options: CaptureReaderOptions = {}): Reading {
  const whole = readChunks([bytes], options);
  const expected = { lines: whole.lines, summary: whole.summary, error: whole.error?.message };
  const alike = (chunks: Iterable<Uint8Array>): void => {
    const { lines, summary, error } = readChunks(chunks, options);
    expect({ lines, summary, error: error?.message }).toEqual(expected);
  };
  alike(pieces(bytes, 1));
  for (let at = 1; at < bytes.length; at++) alike([bytes.subarray(0, at), bytes.subarray(at)]);
  return whole;
}
