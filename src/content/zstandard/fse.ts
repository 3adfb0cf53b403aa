// Finite state entropy tables of Zstandard (RFC 8878 §4.1). Counterpart: sequences.ts and huffman.ts, which walk them.
// Invariant: a table has 2^accuracy states, and each leads only to states of the table.

import { DecodeError } from '../decoder.ts';
import { type BackwardBits, ForwardBits, highestBit } from './bits.ts';

export interface FseTable {
  readonly accuracy: number;
  readonly symbols: Uint8Array;
  /** Bits to read for the next state, and what they are added to. */
  readonly bits: Uint8Array;
  readonly bases: Uint16Array;
}

const SMALLEST_ACCURACY = 5;

/** The only symbol, which takes no bits. */
export function constantTable(symbol: number): FseTable {
  return { accuracy: 0, symbols: Uint8Array.of(symbol), bits: Uint8Array.of(0), bases: Uint16Array.of(0) };
}

/** Reads a table's description at `start`. Throws DecodeError. */
export function readTable(
  bytes: Uint8Array,
  start: number,
  limits: { readonly accuracy: number; readonly symbols: number },
): { readonly table: FseTable; readonly end: number } {
  const bits = new ForwardBits(bytes, start);
  const accuracy = SMALLEST_ACCURACY + bits.read(4);
  if (accuracy > limits.accuracy) throw new DecodeError(`has an entropy table of accuracy ${accuracy}`);
  const counts: number[] = [];
  let remaining = 1 << accuracy;
  while (remaining > 0 && counts.length < limits.symbols) {
    const count = readCount(bits, remaining);
    remaining -= Math.abs(count);
    counts.push(count);
    if (count === 0) readZeros(bits, counts);
  }
  const end = bits.nextByte;
  if (remaining !== 0 || counts.length > limits.symbols || end > bytes.length) {
    throw new DecodeError('has a broken entropy table');
  }
  return { table: buildTable(counts, accuracy), end };
}

/** How many states a symbol has; -1: less than one. Smaller values take a bit less. */
function readCount(bits: ForwardBits, remaining: number): number {
  const width = highestBit(remaining + 1) + 1;
  const value = bits.read(width);
  const lower = (1 << (width - 1)) - 1;
  const threshold = (1 << width) - 1 - (remaining + 1);
  if ((value & lower) < threshold) {
    bits.unread(1);
    return (value & lower) - 1;
  }
  return (value > lower ? value - threshold : value) - 1;
}

/** After a zero, two bits say how many more follow; three means that two more bits do. */
function readZeros(bits: ForwardBits, counts: number[]): void {
  let repeat: number;
  do {
    repeat = bits.read(2);
    for (let i = 0; i < repeat; i++) counts.push(0);
    // Beyond the bytes bits are zero, so this ends.
  } while (repeat === 3);
}

/** Spreads the symbols over the states. */
export function buildTable(counts: readonly number[], accuracy: number): FseTable {
  const size = 1 << accuracy;
  const symbols = new Uint8Array(size);
  const next = new Uint16Array(counts.length);
  let high = size;
  counts.forEach((count, symbol) => {
    next[symbol] = Math.abs(count);
    if (count === -1) symbols[--high] = symbol;
  });
  const step = (size >> 1) + (size >> 3) + 3;
  let at = 0;
  counts.forEach((count, symbol) => {
    for (let i = 0; i < count; i++) {
      symbols[at] = symbol;
      do at = (at + step) & (size - 1);
      while (at >= high);
    }
  });
  const bits = new Uint8Array(size);
  const bases = new Uint16Array(size);
  for (let state = 0; state < size; state++) {
    const number = next[symbols[state]!]!++;
    bits[state] = accuracy - highestBit(number);
    bases[state] = (number << bits[state]!) - size;
  }
  return { accuracy, symbols, bits, bases };
}

/** A place in a table. */
export class FseState {
  readonly #table: FseTable;
  #state: number;

  constructor(table: FseTable, bits: BackwardBits) {
    this.#table = table;
    this.#state = bits.read(table.accuracy);
  }

  get symbol(): number {
    return this.#table.symbols[this.#state]!;
  }

  advance(bits: BackwardBits): void {
    const { bits: widths, bases } = this.#table;
    this.#state = bases[this.#state]! + bits.read(widths[this.#state]!);
  }
}
