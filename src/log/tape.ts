// One direction of one connection, as the frame log hears it: where in the stream it is, and what is unfinished.
// Only frame-log.ts writes to it.

import type { Direction } from '../protocol/frame.ts';
import type { LargeFrame } from './large-frame.ts';

const SMALLEST_CARRY = 64;

/**
 * start: nothing came yet · frames: at a frame boundary or inside a frame · seeking: joined in the middle, looking for
 * a boundary · opaque: not AMQP 0-9-1 from here on.
 */
export type Phase = 'start' | 'frames' | 'seeking' | 'opaque';

export class Tape {
  readonly connection: number;
  readonly direction: Direction;
  phase: Phase;
  /** Records and bytes so far. */
  frames = 0;
  bytes = 0;
  /** What passes may hold credentials: nothing but frames is kept in clear (see FrameLog). */
  secretive: boolean;

  /** The first bytes of a small unit that is not complete. */
  carry: Uint8Array | undefined;
  carried = 0;
  /** A large frame that is not complete. */
  large: LargeFrame | undefined;
  /** Bytes passed over while seeking. */
  skipped = 0;
  /** While seeking: bytes to have before looking for a boundary again. */
  wanted = 0;

  constructor(connection: number, direction: Direction, phase: Phase, secretive: boolean) {
    this.connection = connection;
    this.direction = direction;
    this.phase = phase;
    this.secretive = secretive;
  }

  /** Bytes of a unit that is not complete. */
  get unfinished(): number {
    return this.large ? this.large.filled : this.carried;
  }

  /** Keeps `bytes[start, end)` for the next chunk, behind what is kept already. */
  hold(bytes: Uint8Array, start: number, end: number): void {
    const { carried } = this;
    const size = carried + end - start;
    if (!this.carry || this.carry.length < size) {
      const grown = new Uint8Array(Math.max(SMALLEST_CARRY, 2 * size));
      if (this.carry) grown.set(this.carry.subarray(0, carried));
      this.carry = grown;
    }
    this.carry.set(bytes.subarray(start, end), carried);
    this.carried = size;
  }
}
