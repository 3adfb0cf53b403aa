// Synchronous methods that wait for their reply, in order, on their channel (AMQP 0-9-1 §2.2.2): each reply settles the
// oldest request that has it as a reply.
// Invariant: bounded; never throws.

import type { DecodedMethod } from '../protocol/method.ts';
import { METHODS, type Method } from '../protocol/method-table.ts';

/** A client may send some before it waits; more than this is no client that waits at all. */
const MOST = 1000;

export interface PendingRequest {
  readonly decoded: DecodedMethod;
  readonly record: number;
  /** µs since the Unix epoch. */
  readonly time: number;
}

/** Notes a request. */
export function addRequest(requests: PendingRequest[], request: PendingRequest): void {
  if (requests.length >= MOST) requests.shift();
  requests.push(request);
}

/** Which requests a method can answer. */
const ANSWERED_BY = new Map<Method, Method[]>();

for (const request of METHODS) {
  for (const name of request.spec.replies ?? []) {
    const reply = METHODS.find((method) => method.name === `${request.className}.${name}`)!;
    ANSWERED_BY.set(reply, [...(ANSWERED_BY.get(reply) ?? []), request]);
  }
}

/** Takes out the request that this reply answers. */
export function takeRequest(requests: PendingRequest[], reply: Method): PendingRequest | undefined {
  const answered = requests.length > 0 ? ANSWERED_BY.get(reply) : undefined;
  if (!answered) return undefined;
  const at = requests.findIndex(({ decoded: { method } }) => answered.includes(method));
  return at < 0 ? undefined : requests.splice(at, 1)[0];
}
