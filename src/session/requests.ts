// Synchronous methods that wait for their reply, in order, on their channel (AMQP 0-9-1 §2.2.2): each reply settles the
// oldest request that has it as a reply.
// Invariant: bounded, in number and in size; never throws.

import type { FieldTable, FieldValue } from '../protocol/field-table.ts';
import type { DecodedMethod } from '../protocol/method.ts';
import { METHODS, type Method } from '../protocol/method-table.ts';

/** A client may send some before it waits; more than this is no client that waits at all. */
const MOST = 1000;
/** Bytes of a method's frame that are kept whole. Decoded they may take fifty times as much. */
const LARGEST_WHOLE = 512;
/** What is kept of larger argument tables: the first entries, if they are flags, numbers or short texts. */
const MOST_ENTRIES = 50;
const LONGEST_TEXT = 255;

export interface PendingRequest {
  readonly decoded: DecodedMethod;
  readonly record: number;
  /** µs since the Unix epoch. */
  readonly time: number;
}

/** The method as it is kept, by whomever: of a table of arguments as nobody has them, those that may mean something. */
export function keptMethod(decoded: DecodedMethod, size: number): DecodedMethod {
  const table = decoded.arguments['arguments'] as FieldTable | undefined;
  if (size <= LARGEST_WHOLE || table === undefined) return decoded;
  const kept = table.filter(([, value]) => isShort(value)).slice(0, MOST_ENTRIES);
  return { method: decoded.method, arguments: { ...decoded.arguments, arguments: kept } };
}

function isShort({ type, value }: FieldValue): boolean {
  if (type === 'F' || type === 'A' || type === 'x') return false;
  return type !== 'S' || value.length <= LONGEST_TEXT;
}

/** Notes a request. */
export function addRequest(requests: PendingRequest[], request: PendingRequest): void {
  if (requests.length >= MOST) requests.shift();
  requests.push(request);
}

/** The request that a method answers. */
const ANSWERS = new Map<Method, Method>();

for (const request of METHODS) {
  for (const name of request.spec.replies ?? []) {
    ANSWERS.set(METHODS.find((method) => method.name === `${request.className}.${name}`)!, request);
  }
}

/** Takes out the request that this reply answers. */
export function takeRequest(requests: PendingRequest[], reply: Method): PendingRequest | undefined {
  const answered = requests.length > 0 ? ANSWERS.get(reply) : undefined;
  if (!answered) return undefined;
  const at = requests.findIndex(({ decoded }) => decoded.method === answered);
  return at < 0 ? undefined : requests.splice(at, 1)[0];
}
