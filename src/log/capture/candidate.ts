// A TCP connection on a port that says nothing: what it sent so far, held until that shows whether it is AMQP.
// Counterpart of TcpConnection, which hands the held bytes on if it is, and lets go of them if not.
// Invariant: holds at most LARGEST bytes.

import { FRAME_METHOD, FRAME_OVERHEAD, FRAME_PREFIX_SIZE } from '../../protocol/frame.ts';
import { frameSize } from '../../protocol/frame-splitter.ts';
import { methodById } from '../../protocol/method-table.ts';
import { findFrameBoundary } from '../../protocol/resync.ts';
import type { Side } from './tcp-stream.ts';

export type Verdict = 'amqp' | 'other' | 'unknown';

/** Bytes of one side, or (`bytes` null) as many lost. */
export interface Held {
  readonly side: Side;
  readonly bytes: Uint8Array | null;
  readonly lost: number;
  readonly time: number;
}

/** Connections that show no frame in this many bytes are not AMQP. */
const LARGEST = 64 * 1024;
/** `AMQP`, with which the client begins (AMQP 0-9-1 §4.2.2); the server, too, where it refuses the version. */
const PROTOCOL_HEADER = [0x41, 0x4d, 0x51, 0x50];

/** The bytes of one side since it began, or since its last gap. */
class Run {
  /** Nothing came before. */
  leading = true;
  private buffer = new Uint8Array(0);
  private filled = 0;
  /** Bytes to have before they are worth another look. */
  private wanted = 0;

  get bytes(): Uint8Array {
    return this.buffer.subarray(0, this.filled);
  }

  /** Returns whether it has grown by a quarter since it last did, so that many small pieces do not make it slow. */
  append(bytes: Uint8Array): boolean {
    const size = this.filled + bytes.length;
    if (size > this.buffer.length) {
      const grown = new Uint8Array(2 * size);
      grown.set(this.bytes);
      this.buffer = grown;
    }
    this.buffer.set(bytes, this.filled);
    this.filled = size;
    if (size < this.wanted) return false;
    this.wanted = size + (size >> 2);
    return true;
  }

  breakOff(): void {
    this.filled = 0;
    this.wanted = 0;
    this.leading = false;
  }
}

export class Candidate {
  readonly held: Held[] = [];
  /** Which side is the client; undefined while nobody knows. */
  client: Side | undefined;
  private readonly startSeen: boolean;
  private readonly runs = [new Run(), new Run()] as const;
  private size = 0;

  /** @param client known if the connection's start was captured */
  constructor(client: Side | undefined) {
    this.client = client;
    this.startSeen = client !== undefined;
  }

  /** Takes the next bytes of a side (and keeps a copy). */
  hold(side: Side, bytes: Uint8Array, time: number): Verdict {
    this.held.push({ side, bytes: new Uint8Array(bytes), lost: 0, time });
    this.size += bytes.length;
    const run = this.runs[side];
    const full = this.size > LARGEST;
    const verdict = run.append(bytes) || full ? this.judge(side, run, false) : 'unknown';
    return verdict === 'unknown' && full ? 'other' : verdict;
  }

  holdGap(side: Side, lost: number, time: number): void {
    this.held.push({ side, bytes: null, lost, time });
    this.runs[side].breakOff();
  }

  /** No more bytes will come. */
  conclude(): Verdict {
    for (const side of [0, 1] as const) {
      if (this.judge(side, this.runs[side], true) === 'amqp') return 'amqp';
    }
    return 'other';
  }

  private judge(side: Side, run: Run, atEnd: boolean): Verdict {
    const { bytes, leading } = run;
    if (leading) {
      const matched = PROTOCOL_HEADER.findIndex((octet, at) => bytes[at] !== octet);
      if (matched < 0) {
        this.client ??= side;
        return 'amqp';
      }
      if (matched === bytes.length) return 'unknown';
      // From its very start a client begins with the protocol header, a server with a method frame.
      if (this.startSeen && (side === this.client || bytes[0] !== FRAME_METHOD)) return 'other';
    }
    const boundary = findFrameBoundary(bytes, 0, bytes.length, atEnd);
    if (boundary < 0) return 'unknown';
    this.client ??= clientByMethods(bytes, boundary, side);
    return 'amqp';
  }
}

/** Tells the client by the first method that only one role may send. */
function clientByMethods(bytes: Uint8Array, boundary: number, side: Side): Side | undefined {
  let at = boundary;
  while (at + FRAME_OVERHEAD <= bytes.length) {
    if (bytes[at] === FRAME_METHOD) {
      const ids = bytes.subarray(at + FRAME_PREFIX_SIZE, at + FRAME_PREFIX_SIZE + 4);
      const method = ids.length === 4 && methodById((ids[0]! << 8) | ids[1]!, (ids[2]! << 8) | ids[3]!);
      if (method && method.spec.from !== 'either') return method.spec.from === 'client' ? side : side === 0 ? 1 : 0;
    }
    at += frameSize(bytes, at);
  }
  return undefined;
}
