// The filter of a recording: what passes, and what a reader of the file needs to make sense of it.

import type { Filter } from './filter.ts';
import { isNoteKind, type Subject } from './subject.ts';

/**
 * The same filter, which also passes how connections begin and end: notes, protocol headers and the methods of class
 * connection, of all connections. Without them, who talked to whom and as what would be lost.
 */
export function withHandshakes(filter: Filter): Filter {
  return {
    ...filter,
    matches: (subject) => isFraming(subject) || filter.matches(subject),
    foresee: (subject, stage) => isFraming(subject) || filter.foresee(subject, stage),
  };
}

function isFraming({ kind, method }: Subject): boolean {
  return method?.className === 'connection' || kind === 'protocol-header' || isNoteKind(kind);
}
