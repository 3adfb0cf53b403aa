// The sequences of a Zstandard block (RFC 8878 §3.1.1.3.2): copy so many literals, then so many bytes from before.
// Counterparts: literals.ts, frames.ts. Invariant: a block makes no more than it may, whatever its sequences say.

import { DecodeError } from '../decoder.ts';
import type { GrowingBytes } from '../growing-bytes.ts';
import { BackwardBits, MOST_BITS } from './bits.ts';
import { buildTable, constantTable, FseState, type FseTable, readTable } from './fse.ts';

/** Lengths are a base and some bits more. Their bases follow from the bits of those before. */
const LITERAL_BITS = [...zeros(16), 1, 1, 1, 1, 2, 2, 3, 3, 4, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16];
const MATCH_BITS = [...zeros(32), 1, 1, 1, 1, 2, 2, 3, 3, 4, 4, 5, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16];
const LITERAL_BASES = basesOf(LITERAL_BITS, 0);
const MATCH_BASES = basesOf(MATCH_BITS, 3);
/** Larger offsets reach beyond what is ever kept. */
const LARGEST_OFFSET_CODE = 31;

/** §3.1.1.3.2.2: the distributions that need no description. */
const PREDEFINED = {
  literals: buildTable(
    [4, 3, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 3, 2, 1, 1, 1, 1, 1, -1, -1, -1, -1],
    6,
  ),
  offsets: buildTable([1, 1, 1, 1, 1, 1, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1], 5),
  matches: buildTable(
    [1, 4, 3, 2, 2, 2, 2, 2, 2, ...new Array<number>(37).fill(1), ...new Array<number>(7).fill(-1)],
    6,
  ),
};
const LIMITS = {
  literals: { accuracy: 9, symbols: LITERAL_BITS.length },
  offsets: { accuracy: 8, symbols: LARGEST_OFFSET_CODE + 1 },
  matches: { accuracy: 9, symbols: MATCH_BITS.length },
};
/** In the order in which their modes and descriptions stand. */
const KINDS = ['literals', 'offsets', 'matches'] as const;

export type SequenceTables = { readonly [K in (typeof KINDS)[number]]: FseTable };

/** The last three offsets, which sequences may name by number (§3.1.1.5). */
export type RecentOffsets = [number, number, number];

export interface SequenceContext {
  /** Of the block before: its tables may be used again. */
  readonly tables: SequenceTables | undefined;
  readonly recent: RecentOffsets;
  /** Where the frame starts in `out`: matches reach no further back. */
  readonly frameStart: number;
  readonly largest: number;
}

/** Carries out the sequences at `start`. Gives the tables, for the next block. Throws DecodeError. */
export function runSequences(
  block: Uint8Array,
  start: number,
  literals: Uint8Array,
  out: GrowingBytes,
  context: SequenceContext,
): SequenceTables | undefined {
  const { count, end } = readCount(block, start);
  if (count === 0) {
    out.push(literals);
    return context.tables;
  }
  const { tables, end: bitsStart } = readTables(block, end, context.tables);
  const bits = new BackwardBits(block.subarray(bitsStart));
  const literalState = new FseState(tables.literals, bits);
  const offsetState = new FseState(tables.offsets, bits);
  const matchState = new FseState(tables.matches, bits);
  const writer = new BlockWriter(literals, out, context);
  for (let left = count; left > 0; left--) {
    const offsetCode = offsetState.symbol;
    const offset = 2 ** offsetCode + readWide(bits, offsetCode);
    const match = MATCH_BASES[matchState.symbol]! + bits.read(MATCH_BITS[matchState.symbol]!);
    const run = LITERAL_BASES[literalState.symbol]! + bits.read(LITERAL_BITS[literalState.symbol]!);
    if (!(bits.left >= 0)) throw new DecodeError('has sequences that end too soon');
    writer.copy(run, match, offset);
    if (left === 1) break;
    literalState.advance(bits);
    matchState.advance(bits);
    offsetState.advance(bits);
  }
  if (bits.left !== 0) throw new DecodeError('has sequences that do not end with their bits');
  writer.finish();
  return tables;
}

/** One to three bytes. */
function readCount(block: Uint8Array, start: number): { readonly count: number; readonly end: number } {
  const [first = 0, second = 0, third = 0] = block.subarray(start, start + 3);
  if (start >= block.length) throw new DecodeError('is cut short before its sequences');
  if (first < 128) return { count: first, end: start + 1 };
  if (first < 255) return { count: ((first - 128) << 8) + second, end: start + 2 };
  return { count: second + (third << 8) + 0x7f00, end: start + 3 };
}

function readTables(
  block: Uint8Array,
  start: number,
  before: SequenceTables | undefined,
): { readonly tables: SequenceTables; readonly end: number } {
  const modes = block[start] ?? 0;
  const tables: { -readonly [K in keyof SequenceTables]?: FseTable } = {};
  let at = start + 1;
  KINDS.forEach((kind, i) => {
    const mode = (modes >> (6 - 2 * i)) & 3;
    if (mode === 0) tables[kind] = PREDEFINED[kind];
    else if (mode === 1) {
      const symbol = block[at++] ?? 0;
      if (symbol >= LIMITS[kind].symbols) throw new DecodeError(`has the unknown code ${symbol} for ${kind}`);
      tables[kind] = constantTable(symbol);
    } else if (mode === 2) {
      const read = readTable(block, at, LIMITS[kind]);
      tables[kind] = read.table;
      at = read.end;
    } else if (before === undefined) throw new DecodeError('uses tables of a block before that are not there');
    else tables[kind] = before[kind];
  });
  return { tables: tables as SequenceTables, end: at };
}

/** Writes one block's output. */
class BlockWriter {
  readonly #literals: Uint8Array;
  readonly #out: GrowingBytes;
  readonly #context: SequenceContext;
  #taken = 0;
  #made = 0;

  constructor(literals: Uint8Array, out: GrowingBytes, context: SequenceContext) {
    this.#literals = literals;
    this.#out = out;
    this.#context = context;
  }

  copy(run: number, match: number, offsetValue: number): void {
    const offset = offsetOf(offsetValue, run, this.#context.recent);
    this.#literalRun(run);
    this.#made += match;
    if (this.#made > this.#context.largest) throw new DecodeError('has a block that is larger than it may be');
    const out = this.#out;
    const size = out.size;
    if (!(offset >= 1 && offset <= size - this.#context.frameStart)) {
      throw new DecodeError('copies from before its beginning');
    }
    const bytes = out.reserve(match);
    if (offset >= match) bytes.copyWithin(size, size - offset, size - offset + match);
    else for (let i = 0; i < match; i++) bytes[size + i] = bytes[size - offset + i]!;
    out.advance(match);
  }

  /** The literals that are left. */
  finish(): void {
    this.#literalRun(this.#literals.length - this.#taken);
  }

  #literalRun(run: number): void {
    const end = this.#taken + run;
    this.#made += run;
    if (end > this.#literals.length || this.#made > this.#context.largest) {
      throw new DecodeError('has sequences that use more literals than there are');
    }
    this.#out.push(this.#literals.subarray(this.#taken, end));
    this.#taken = end;
  }
}

/** Values up to 3 name a recent offset. */
function offsetOf(value: number, run: number, recent: RecentOffsets): number {
  const [first, second, third] = recent;
  if (value > 3) {
    recent.splice(0, 3, value - 3, first, second);
    return value - 3;
  }
  const index = value - 1 + (run === 0 ? 1 : 0);
  if (index === 0) return first;
  const offset = index === 1 ? second : index === 2 ? third : first - 1;
  recent.splice(0, 3, offset, first, index === 1 ? third : second);
  return offset;
}

function readWide(bits: BackwardBits, count: number): number {
  if (count <= MOST_BITS) return bits.read(count);
  const high = bits.read(count - MOST_BITS);
  return high * 2 ** MOST_BITS + bits.read(MOST_BITS);
}

function basesOf(bits: readonly number[], first: number): readonly number[] {
  let base = first;
  return bits.map((width) => {
    const own = base;
    base += 2 ** width;
    return own;
  });
}

function zeros(count: number): readonly number[] {
  return new Array<number>(count).fill(0);
}
