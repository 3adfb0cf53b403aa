// Keeps what is written to standard error away from a full screen: it waits until that is gone.
// Invariant: nothing is held where standard error is no terminal, and no more than LIMIT anywhere: the oldest is dropped.

import type { Writable } from 'node:stream';

/** Characters; more than a screen full of them is not read afterwards anyway. */
const LIMIT = 64 << 10;

/** Holds what is written from here on; what it returns lets go of it. */
export function holdErrors(stream: Writable & { readonly isTTY?: boolean } = process.stderr): () => void {
  if (!stream.isTTY) return () => {};
  const { write } = stream;
  let held = '';
  stream.write = (piece: unknown, ...rest: unknown[]): boolean => {
    held = (held + String(piece)).slice(-LIMIT);
    const done = rest.at(-1);
    if (typeof done === 'function') done();
    return true;
  };
  return () => {
    stream.write = write;
    if (held !== '') stream.write(held);
  };
}
