// Synchronous methods that wait for their reply, in order, on their channel (AMQP 0-9-1 §2.2.2): each reply settles the
// oldest request that has it as a reply.
// Invariant: bounded; never throws.

import type { DecodedMethod } from '../protocol/method.ts';
import type { Method } from '../protocol/method-table.ts';

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

/** Takes out the request that this reply answers. */
export function takeRequest(requests: PendingRequest[], reply: Method): PendingRequest | undefined {
  const name = reply.name.slice(reply.name.indexOf('.') + 1);
  const at = requests.findIndex(
    ({ decoded: { method } }) => method.className === reply.className && method.spec.replies?.includes(name),
  );
  return at < 0 ? undefined : requests.splice(at, 1)[0];
}
