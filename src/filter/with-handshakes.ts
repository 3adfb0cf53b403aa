// The filter of a recording: what passes, and what a reader of the file needs to make sense of it.

import type { Filter } from './filter.ts';
import { isNoteKind, type Subject } from './subject.ts';

/** Classes of methods that tell how connections and channels begin and end. */
const FRAMING: ReadonlySet<string> = new Set(['connection', 'channel']);

/**
 * The same filter, which also passes how connections and channels begin and end: notes, protocol headers and the methods
 * of classes connection and channel, of all connections. Without them, who talked to whom and as what would be lost, and
 * what passed on a channel could not be made sense of.
 */
export function withHandshakes(filter: Filter): Filter {
  return {
    ...filter,
    matches: (subject) => isFraming(subject) || filter.matches(subject),
    foresee: (subject, stage) => isFraming(subject) || filter.foresee(subject, stage),
  };
}

function isFraming({ kind, method }: Subject): boolean {
  return (method !== undefined && FRAMING.has(method.className)) || kind === 'protocol-header' || isNoteKind(kind);
}
