// Requests and their replies: a message with reply_to and correlation_id, and the one that comes back to that queue with
// the same correlation_id. Fed with each publish; findings ask it for what stayed alone.
// Invariant: bounded; the oldest requests are forgotten.

import { Histogram } from './histogram.ts';
import { OldestFirst } from './oldest-first.ts';

/** Requests that wait for their reply, and answered ones that are remembered for late twins. */
export const MOST_REQUESTS = 10_000;
/** RabbitMQ's direct reply-to: a name of its own stands for each channel. */
const DIRECT = 'amq.rabbitmq.reply-to';

export interface RpcRequest {
  /** Number of the message, record id and time (µs) of its publish. */
  readonly message: number;
  readonly record: number;
  readonly time: number;
  readonly connection: number;
  readonly channel: number;
  readonly replyTo: string;
  replies: number;
}

export class Rpc {
  /** Requests by correlation_id. */
  readonly requests = new Map<string, RpcRequest>();
  readonly #oldest = new OldestFirst(() => this.requests.keys());
  readonly latency = new Histogram();
  /** Every queue that was named as reply_to: what is published there is a reply. */
  readonly #replyQueues = new Set<string>();

  request(correlationId: string, request: RpcRequest): void {
    if (this.requests.size >= MOST_REQUESTS) this.requests.delete(this.#oldest.take()!);
    this.requests.set(correlationId, request);
    if (this.#replyQueues.size < MOST_REQUESTS) this.#replyQueues.add(request.replyTo);
  }

  /** Whether something that is published to the default exchange with this routing key is a reply to somebody. */
  isReplyQueue(routingKey: string): boolean {
    return this.#replyQueues.has(routingKey) || routingKey.startsWith(DIRECT);
  }

  /** The request that this reply answers; undefined: an orphan. */
  reply(correlationId: string, routingKey: string, time: number): RpcRequest | undefined {
    const request = this.requests.get(correlationId);
    if (!request) return undefined;
    const isDirect = request.replyTo === DIRECT && routingKey.startsWith(DIRECT);
    if (!isDirect && request.replyTo !== routingKey) return undefined;
    if (request.replies++ === 0) this.latency.record(time - request.time);
    return request;
  }
}
