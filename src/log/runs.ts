// The index of the frame log: one row for each run of records that lie side by side in the arena and share time,
// connection, direction, kind and origin. A chunk of 700 publishes is one row. Counterpart of cursor.ts, which walks it.
// Invariant: rows are numbered from 0 in order of time; record ids are consecutive across rows.

/** What a run holds. */
export const KIND_FRAMES = 0;
export const KIND_PROTOCOL_HEADER = 1;
/** Bytes that are no AMQP 0-9-1, or what is left of a frame that never ended. */
export const KIND_OPAQUE = 2;
/** An event about the traffic, as UTF-8 JSON. */
export const KIND_NOTE = 3;
export type Kind = typeof KIND_FRAMES | typeof KIND_PROTOCOL_HEADER | typeof KIND_OPAQUE | typeof KIND_NOTE;

/** How the bytes came to pass. The order is that of the numbers stored. */
export const ORIGINS = ['wire', 'injected', 'altered', 'dropped', 'delayed'] as const;
export type Origin = (typeof ORIGINS)[number];

// Layout of the flags octet, from the lowest bit: direction 1, kind 2, origin 3, cut 1, withheld 1.
const DIRECTION_BIT = 1;
const KIND_SHIFT = 1;
const ORIGIN_SHIFT = 3;
const CUT_BIT = 0x40;
const WITHHELD_BIT = 0x80;

/** Bytes that one row takes in the columns below. */
export const ROW_BYTES = 8 + 8 + 8 + 4 + 4 + 4 + 1;

export function packFlags(direction: number, kind: Kind, origin: number, cut: boolean, withheld: boolean): number {
  return (
    direction | (kind << KIND_SHIFT) | (origin << ORIGIN_SHIFT) | (cut ? CUT_BIT : 0) | (withheld ? WITHHELD_BIT : 0)
  );
}

export function directionOf(flags: number): 0 | 1 {
  return (flags & DIRECTION_BIT) as 0 | 1;
}

export function kindOf(flags: number): Kind {
  return ((flags >> KIND_SHIFT) & 3) as Kind;
}

export function originOf(flags: number): number {
  return (flags >> ORIGIN_SHIFT) & 7;
}

/** The run is one frame of which only the first bytes were kept. */
export function isCut(flags: number): boolean {
  return (flags & CUT_BIT) !== 0;
}

/** The run's bytes may hold secrets and were blanked out. */
export function isWithheld(flags: number): boolean {
  return (flags & WITHHELD_BIT) !== 0;
}

export class Runs {
  readonly capacity: number;
  /** Number of the next row. Row n lies at n modulo capacity. */
  next = 0;
  readonly firstId: Float64Array;
  readonly position: Float64Array;
  readonly time: Float64Array;
  readonly size: Uint32Array;
  readonly count: Uint32Array;
  readonly connection: Uint32Array;
  readonly flags: Uint8Array;

  constructor(capacity: number) {
    this.capacity = capacity;
    this.firstId = new Float64Array(capacity);
    this.position = new Float64Array(capacity);
    this.time = new Float64Array(capacity);
    this.size = new Uint32Array(capacity);
    this.count = new Uint32Array(capacity);
    this.connection = new Uint32Array(capacity);
    this.flags = new Uint8Array(capacity);
  }
}
