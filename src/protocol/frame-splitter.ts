// Finds where frames end in a stream of chunks, for the path that needs frames one by one (faults).
// Counterpart of the frame log's scan, which does the same in place, by the same rules.
// Invariant: the units handed out, joined, are the bytes pushed in; nothing is ever held back but an unfinished unit.

import { FRAME_END, FRAME_OVERHEAD, FRAME_PREFIX_SIZE, frameTypeName } from './frame.ts';
import { isFramedProtocol, PROTOCOL_HEADER_SIZE, protocolName, startsLikeProtocolHeader } from './protocol-header.ts';

/** The unit is not complete yet. */
export const INCOMPLETE = -1;
/** What stands here is no frame. */
export const NOT_A_FRAME = -2;

/** Offset behind the frame at `bytes[at]`, or INCOMPLETE, or NOT_A_FRAME. Looks no further than `end`. */
export function frameEnd(bytes: Uint8Array, at: number, end: number): number {
  if (at < end && frameTypeName(bytes[at]!) === undefined) return NOT_A_FRAME;
  if (at + FRAME_PREFIX_SIZE > end) return INCOMPLETE;
  const stop = at + frameSize(bytes, at);
  if (stop > end) return INCOMPLETE;
  return bytes[stop - 1] === FRAME_END ? stop : NOT_A_FRAME;
}

/** Size in bytes of the whole frame whose prefix stands at `bytes[at]`. */
export function frameSize(bytes: Uint8Array, at: number): number {
  return (
    bytes[at + 3]! * 0x1000000 + ((bytes[at + 4]! << 16) | (bytes[at + 5]! << 8) | bytes[at + 6]!) + FRAME_OVERHEAD
  );
}

/** A frame larger than this is handed out in pieces as it comes, so that no claim of size can grow memory. */
export const LARGEST_HELD = 1 << 20;

export type UnitKind =
  | 'protocol-header'
  | 'frame'
  /** A part of a frame larger than LARGEST_HELD. */
  | 'piece'
  /** Bytes that are no AMQP 0-9-1. */
  | 'opaque';
/** Takes one unit; `bytes` are valid during the call only. */
export type UnitSink = (kind: UnitKind, bytes: Uint8Array) => void;

/** One direction of one connection, cut into units. Once it meets what is no frame, the rest is opaque. */
export class FrameSplitter {
  readonly #sink: UnitSink;
  #phase: 'start' | 'frames' | 'opaque' = 'start';
  /** Room for an unfinished unit, and how much of it is filled. */
  #held = new Uint8Array(0);
  #heldSize = 0;
  /** Bytes to have before looking at them. */
  #wanted = 1;
  /** Bytes still to come of a frame that is handed out in pieces. */
  #pieces = 0;

  constructor(sink: UnitSink) {
    this.#sink = sink;
  }

  push(chunk: Uint8Array): void {
    const bytes = this.#heldSize > 0 ? this.#hold(chunk) : chunk;
    if (bytes.length < this.#wanted) return;
    this.#release();
    const rest = this.#split(bytes);
    if (rest < bytes.length) this.#hold(bytes.subarray(rest));
  }

  /** The stream ended: what is held belongs to a unit that will never be complete. */
  end(): void {
    const bytes = this.#held.subarray(0, this.#heldSize);
    this.#release();
    if (bytes.length > 0) this.#sink('opaque', bytes);
  }

  /** Adds to what is held; returns all of it. */
  #hold(bytes: Uint8Array): Uint8Array {
    const size = this.#heldSize + bytes.length;
    if (size > this.#held.length) {
      const grown = new Uint8Array(Math.max(size, 2 * this.#held.length));
      grown.set(this.#held.subarray(0, this.#heldSize));
      this.#held = grown;
    }
    this.#held.set(bytes, this.#heldSize);
    this.#heldSize = size;
    return this.#held.subarray(0, size);
  }

  #release(): void {
    this.#held = new Uint8Array(0);
    this.#heldSize = 0;
    this.#wanted = 1;
  }

  /** Hands out what is complete; returns where the unfinished unit begins. */
  #split(bytes: Uint8Array): number {
    let at = this.#phase === 'start' ? this.#splitStart(bytes) : 0;
    while (this.#phase === 'frames' && at < bytes.length) {
      if (this.#pieces > 0) {
        const stop = Math.min(bytes.length, at + this.#pieces);
        this.#pieces -= stop - at;
        this.#sink('piece', bytes.subarray(at, stop));
        at = stop;
        continue;
      }
      const size = at + FRAME_PREFIX_SIZE <= bytes.length ? frameSize(bytes, at) : 0;
      if (size > LARGEST_HELD && frameTypeName(bytes[at]!) !== undefined) {
        this.#pieces = size;
        continue;
      }
      const stop = frameEnd(bytes, at, bytes.length);
      if (stop === NOT_A_FRAME) {
        this.#phase = 'opaque';
      } else if (stop === INCOMPLETE) {
        this.#wanted = size || FRAME_PREFIX_SIZE;
        return at;
      } else {
        this.#sink('frame', bytes.subarray(at, stop));
        at = stop;
      }
    }
    if (this.#phase === 'opaque' && at < bytes.length) {
      this.#sink('opaque', bytes.subarray(at));
      at = bytes.length;
    }
    return at;
  }

  #splitStart(bytes: Uint8Array): number {
    if (bytes.length === 0) return 0;
    if (!startsLikeProtocolHeader(bytes, 0, bytes.length)) {
      this.#phase = 'frames';
      return 0;
    }
    if (bytes.length < PROTOCOL_HEADER_SIZE) return 0;
    this.#phase = isFramedProtocol(protocolName(bytes, 0)) ? 'frames' : 'opaque';
    this.#sink('protocol-header', bytes.subarray(0, PROTOCOL_HEADER_SIZE));
    return PROTOCOL_HEADER_SIZE;
  }
}
