// Where a consumer begins to read a stream: what its argument `x-stream-offset` means.

import type { FieldValue } from '../../protocol/field-table.ts';
import { parseMaxAge, typedTerm } from '../queue/queue-arguments.ts';
import { ReplyError } from '../reply-error.ts';
import { integerOf } from '../term-text.ts';
import type { StreamLog } from './stream-log.ts';

/**
 * The offset of the first message to deliver. `first`, `last` (the last message there is), `next` (the default), an
 * offset, a timestamp (the first message that is not older), or an age (`7D`, `1h`: not older than that).
 * `now` in ms since the epoch. Throws ReplyError 406 for anything else.
 */
export function startOffset(value: FieldValue | undefined, log: StreamLog, now: number, queueText: string): number {
  if (value === undefined) return log.next;
  if (value.type === 'T') return log.offsetAt(Number(value.value) * 1000);
  const text = value.type === 'S' ? value.value : value.type === 'x' ? Buffer.from(value.value).toString() : undefined;
  if (text === 'first') return log.first;
  if (text === 'last') return Math.max(log.first, log.next - 1);
  if (text === 'next') return log.next;
  const age = value.type === 'S' ? parseMaxAge(value.value) : undefined;
  if (age !== undefined) return log.offsetAt(now - age);
  const offset = integerOf(value);
  if (offset !== undefined) return Math.max(log.first, offset);
  throw new ReplyError(
    406,
    `invalid arg 'x-stream-offset' for ${queueText}: {invalid_stream_offset_arg,${typedTerm(value)}}`,
  );
}
