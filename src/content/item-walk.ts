// Walks a tree of items that announce how many items they hold, as MessagePack and CBOR do, without building anything.
// A body that claims more than it has is refused here, before anything makes room for what it claims.
// Invariant: takes time in proportion to the bytes; depth is a counter, not the call stack.

import { DecodeError, MAX_DEPTH } from './decoder.ts';

/** What stands at a position: the end of its own bytes, and the items that follow as its members. */
export interface ItemHead {
  /** Just beyond the head and what it holds itself, such as a string's bytes. */
  readonly end: number;
  /** Items within; Infinity: up to a break. */
  readonly items: number;
  /** Ends the innermost container of Infinity items. */
  readonly isBreak?: true;
}

/** Reads the head at `at`. May read beyond the bytes: `end` tells. */
export type ReadHead = (bytes: Uint8Array, at: number) => ItemHead;

/** Where the item at `start` ends. Throws DecodeError if it is not whole, or nested deeper than 128. */
export function endOfItem(bytes: Uint8Array, start: number, readHead: ReadHead): number {
  const open: number[] = [];
  let at = start;
  do {
    if (at >= bytes.length) throw new DecodeError('is cut short');
    const head = readHead(bytes, at);
    if (!(head.end <= bytes.length)) throw new DecodeError('is cut short');
    at = head.end;
    if (head.isBreak) {
      if (open.pop() !== Number.POSITIVE_INFINITY)
        throw new DecodeError(`has a break at byte ${at - 1} that ends nothing`);
    } else if (head.items > 0) {
      if (Number.isFinite(head.items) && head.items > bytes.length - at) throw new DecodeError('is cut short');
      if (open.length >= MAX_DEPTH) throw new DecodeError(`nested more than ${MAX_DEPTH} deep`);
      open.push(head.items);
      continue;
    }
    // The item is whole; so may be what holds it.
    while (open.length > 0 && --open[open.length - 1]! === 0) open.pop();
  } while (open.length > 0);
  return at;
}

/** Throws DecodeError if the bytes are not exactly one item. */
export function checkWhole(bytes: Uint8Array, readHead: ReadHead): void {
  const end = endOfItem(bytes, 0, readHead);
  if (end < bytes.length) throw new DecodeError(`ends at byte ${end} of ${bytes.length}`);
}
