// One interface of a pcapng section: its link type and what its timestamps mean (draft-ietf-opsawg-pcapng §4.2).
// Counterpart of pcapng.ts, which keeps one for each interface description block.
// Invariant: times come out in whole microseconds, exact for the resolutions in use (seconds to picoseconds).

import { LATEST_TIME, readU16, readU32 } from './capture-format.ts';
import { INTERFACE_TIME_OFFSET, INTERFACE_TIME_RESOLUTION, OPTION_END, padded } from './pcapng-blocks.ts';

/** Up to this, a remainder times 2^32 is still an exact double. */
const LARGEST_EXACT_DIVISOR = 2 ** 21;

export class PcapngInterface {
  readonly linkType: number;
  /** Most bytes captured of a packet; 0: no limit. */
  readonly snaplen: number;
  /** Timestamp units in a microsecond; below 1 for coarse resolutions. */
  private divisor = 1;
  /** Microseconds to add to each timestamp. */
  private shift = 0;

  /** Reads the body of an interface description block, `bytes[start, end)`. */
  constructor(bytes: Uint8Array, start: number, end: number, littleEndian: boolean) {
    this.linkType = readU16(bytes, start, littleEndian);
    this.snaplen = readU32(bytes, start + 4, littleEndian);
    for (let at = start + 8; at + 4 <= end; ) {
      const code = readU16(bytes, at, littleEndian);
      const length = readU16(bytes, at + 2, littleEndian);
      const value = at + 4;
      if (code === OPTION_END || value + length > end) break;
      if (code === INTERFACE_TIME_RESOLUTION && length === 1) {
        const exponent = bytes[value]! & 0x7f;
        this.divisor =
          bytes[value]! & 0x80 ? 2 ** exponent / 1e6 : exponent < 6 ? 1 / 10 ** (6 - exponent) : 10 ** (exponent - 6);
      } else if (code === INTERFACE_TIME_OFFSET && length === 8) {
        const high = readU32(bytes, littleEndian ? value + 4 : value, littleEndian) | 0;
        const low = readU32(bytes, littleEndian ? value : value + 4, littleEndian);
        this.shift = (high * 2 ** 32 + low) * 1e6;
      }
      at = value + padded(length);
    }
  }

  /** Microseconds since the Unix epoch of a 64-bit timestamp. */
  time(high: number, low: number): number {
    const divisor = this.divisor;
    let time: number;
    if (divisor === 1) {
      time = high * 2 ** 32 + low;
    } else if (Number.isInteger(divisor) && divisor <= LARGEST_EXACT_DIVISOR) {
      const whole = Math.floor(high / divisor);
      time = whole * 2 ** 32 + Math.floor(((high - whole * divisor) * 2 ** 32 + low) / divisor);
    } else {
      time = Math.floor((high * 2 ** 32 + low) / divisor);
    }
    return Math.min(Math.max(time + this.shift, 0), LATEST_TIME);
  }
}
