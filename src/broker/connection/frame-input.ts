// Cuts what a client sends into frames and checks their form (AMQP 0-9-1 §4.2.3), without copying those that came whole.
// Invariant: `take` sees frames in order, each whole and well-formed; a malformed one raises ReplyError 501.

import { u32At } from '../../protocol/byte-reader.ts';
import { FRAME_END, FRAME_OVERHEAD, FRAME_PREFIX_SIZE } from '../../protocol/frame.ts';
import { frameError } from './frame-error.ts';

/** Takes the frame's type and channel, and its payload in `bytes[start, end)`, valid during the call only. */
export interface FrameTaker {
  frame(type: number, channel: number, bytes: Uint8Array, start: number, end: number): void;
  /** Frames are no longer wanted: what remains of the chunk is ignored. */
  readonly deaf: boolean;
}

export class FrameInput {
  /**
   * Largest frame allowed, in bytes with its overhead; 0: any. As RabbitMQ does, frames are let through whose payload
   * alone is that large, for some clients forget the overhead.
   */
  frameMax = 0;
  readonly #taker: FrameTaker;
  #held: Uint8Array = NOTHING;
  #heldSize = 0;

  constructor(taker: FrameTaker) {
    this.#taker = taker;
  }

  /** Takes the bytes `chunk[0, size)`, valid during the call only. */
  push(chunk: Uint8Array, size: number): void {
    let at = 0;
    while (this.#heldSize > 0 && at < size && !this.#taker.deaf) at = this.#complete(chunk, at, size);
    at = this.#frames(chunk, at, size);
    if (at < size && !this.#taker.deaf) this.#hold(chunk, at, size);
  }

  /** Hands out the whole frames of `bytes[at, size)`; returns where the unfinished one begins. */
  #frames(bytes: Uint8Array, at: number, size: number): number {
    const taker = this.#taker;
    while (at + FRAME_PREFIX_SIZE <= size && !taker.deaf) {
      const payload = u32At(bytes, at + 3);
      if (this.frameMax !== 0 && payload > this.frameMax) {
        const why = `{frame_too_large,${payload},${this.frameMax - FRAME_OVERHEAD}}`;
        throw frameError(bytes[at]!, bytes, at, at, why);
      }
      const end = at + FRAME_PREFIX_SIZE + payload;
      if (end >= size) return at;
      if (bytes[end] !== FRAME_END) {
        const why = `{invalid_frame_end_marker,${bytes[end]}}`;
        throw frameError(bytes[at]!, bytes, at + FRAME_PREFIX_SIZE, end, why);
      }
      taker.frame(bytes[at]!, (bytes[at + 1]! << 8) | bytes[at + 2]!, bytes, at + FRAME_PREFIX_SIZE, end);
      at = end + 1;
    }
    return at;
  }

  /** Adds to the frame that is held what it lacks; returns where the chunk goes on. */
  #complete(chunk: Uint8Array, at: number, size: number): number {
    const wanted = this.#heldSize < FRAME_PREFIX_SIZE ? FRAME_PREFIX_SIZE : u32At(this.#held, 3) + FRAME_OVERHEAD;
    const stop = Math.min(size, at + wanted - this.#heldSize);
    this.#hold(chunk, at, stop);
    if (this.#heldSize >= FRAME_PREFIX_SIZE) {
      const held = this.#held;
      const heldSize = this.#heldSize;
      this.#heldSize = 0;
      const rest = this.#frames(held, 0, heldSize);
      if (rest === 0) this.#heldSize = heldSize;
      else if (held.length > LARGEST_KEPT) this.#held = NOTHING;
    }
    return stop;
  }

  #hold(chunk: Uint8Array, start: number, end: number): void {
    const size = this.#heldSize + end - start;
    if (size > this.#held.length) {
      const grown = new Uint8Array(Math.max(64, size, 2 * this.#held.length));
      grown.set(this.#held.subarray(0, this.#heldSize));
      this.#held = grown;
    }
    this.#held.set(chunk.subarray(start, end), this.#heldSize);
    this.#heldSize = size;
  }
}

const NOTHING = new Uint8Array(0);
/** What held a larger frame is not kept for the next one. */
const LARGEST_KEPT = 64 << 10;
