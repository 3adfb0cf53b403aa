// Finds where frames end in a stream of chunks, for the path that needs frames one by one (faults).
// Counterpart of the frame log's scan, which does the same in place; both follow `unitEnd`.
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
  #held: Uint8Array[] = [];
  #heldSize = 0;
  /** Bytes to hold before looking at them again. */
  #wanted = 1;
  /** Bytes still to come of a frame that is handed out in pieces. */
  #pieces = 0;

  constructor(sink: UnitSink) {
    this.#sink = sink;
  }

  push(chunk: Uint8Array): void {
    if (this.#heldSize + chunk.length < this.#wanted) return this.#hold(chunk);
    const bytes = this.#join(chunk);
    const rest = this.#split(bytes);
    if (rest < bytes.length) this.#hold(bytes.subarray(rest));
  }

  /** The stream ended: what is held belongs to a unit that will never be complete. */
  end(): void {
    if (this.#heldSize > 0) this.#sink('opaque', this.#join(new Uint8Array(0)));
  }

  #hold(bytes: Uint8Array): void {
    this.#held.push(bytes.slice());
    this.#heldSize += bytes.length;
  }

  #join(chunk: Uint8Array): Uint8Array {
    if (this.#heldSize === 0) return chunk;
    const bytes = new Uint8Array(this.#heldSize + chunk.length);
    let at = 0;
    for (const part of this.#held) {
      bytes.set(part, at);
      at += part.length;
    }
    bytes.set(chunk, at);
    this.#held = [];
    this.#heldSize = 0;
    this.#wanted = 1;
    return bytes;
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
      const stop = frameEnd(bytes, at, bytes.length);
      if (stop === NOT_A_FRAME) {
        this.#phase = 'opaque';
      } else if (stop === INCOMPLETE) {
        const known = at + FRAME_PREFIX_SIZE <= bytes.length;
        this.#wanted = known ? frameSize(bytes, at) : FRAME_PREFIX_SIZE;
        if (this.#wanted <= LARGEST_HELD) return at;
        this.#pieces = this.#wanted;
        this.#wanted = 1;
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
