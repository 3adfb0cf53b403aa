// What is wrong with a frame, in RabbitMQ's words: reply texts that show octets as an Erlang binary.
// Counterparts: frame-input.ts and connection.ts, which find out.

import type { FieldValues } from '../../protocol/fields.ts';
import type { Method } from '../../protocol/method-table.ts';
import { hasEscapes } from '../../protocol/text.ts';
import { binaryTerm } from '../erlang-term.ts';
import { type Culprit, NO_METHOD, ReplyError } from '../reply-error.ts';

/** Content is the fault of the method that announced it. */
export const PUBLISH: Culprit = { classId: 60, methodId: 40 };

/** How many octets of a payload are shown. */
const SHOWN = 16;
/** More than this would not fit into a reply text. */
const LONGEST_TERM = 256;

/** 501 for what is no frame of the protocol; `why` is an Erlang term. The payload stands in `bytes[start, end)`. */
export function frameError(type: number, bytes: Uint8Array, start: number, end: number, why: string): ReplyError {
  return new ReplyError(501, `${payloadText(type, bytes, start, end)}: ${why}`, 'connection', NO_METHOD);
}

/** 505 for a frame that cannot come now. */
export function unexpectedFrame(type: number, bytes: Uint8Array, start: number, end: number): ReplyError {
  return new ReplyError(505, payloadText(type, bytes, start, end), 'connection', NO_METHOD);
}

/** 505 for content that no method announced. */
export function unannouncedContent(): ReplyError {
  return new ReplyError(505, 'expected method frame, got non method frame instead', 'connection', NO_METHOD);
}

/** 501 for a method whose arguments `bytes[start, end)` do not decode. */
export function undecodable(bytes: Uint8Array, start: number, end: number): ReplyError {
  return new ReplyError(501, `cannot decode ${binaryText(bytes, start, end)}`, 'connection');
}

/** Throws 501 for arguments that are not UTF-8. RabbitMQ does not ask that of basic.publish. */
export function assertText({ fields }: Method, values: FieldValues): void {
  for (const { name, domain } of fields) {
    if (domain !== 'shortstr' || !hasEscapes(values[name] as string)) continue;
    throw new ReplyError(501, 'Malformed UTF-8 in shortstr', 'connection', NO_METHOD);
  }
}

function payloadText(type: number, bytes: Uint8Array, start: number, end: number): string {
  const which = end - start > SHOWN ? `first ${SHOWN}` : 'all';
  return `type ${type}, ${which} octets = ${binaryText(bytes, start, Math.min(end, start + SHOWN))}`;
}

function binaryText(bytes: Uint8Array, start: number, end: number): string {
  return binaryTerm(bytes.subarray(start, Math.min(end, start + LONGEST_TERM)));
}
