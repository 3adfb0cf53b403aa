// How a queue behaves: what its arguments and its policy ask for, as one record.

import { parseMaxAge } from './queue-arguments.ts';

export type Overflow = 'drop-head' | 'reject-publish' | 'reject-publish-dlx';

/** -1 or undefined: not set. */
export interface QueueSettings {
  /** The queue goes when unused for so long, in ms. */
  readonly expires: number;
  /** Messages go after so long, in ms. */
  readonly messageTtl: number;
  readonly maxLength: number;
  readonly maxLengthBytes: number;
  readonly overflow: Overflow;
  readonly deadLetterExchange: string | undefined;
  readonly deadLetterRoutingKey: string | undefined;
  /** Highest priority; 0: the queue knows none. */
  readonly maxPriority: number;
  readonly singleActiveConsumer: boolean;
  readonly deliveryLimit: number;
  /** A stream's: how old its messages may get, in ms. */
  readonly maxAge: number;
  /** A stream's: bytes of a segment. */
  readonly segmentSize: number;
}

/** Settings by their names without `x-`, as policy/effective.ts resolves arguments and policies to. */
export function queueSettings(effective: Readonly<Record<string, unknown>>): QueueSettings {
  const number = (key: string): number => (effective[key] as number | undefined) ?? -1;
  const text = (key: string): string | undefined => effective[key] as string | undefined;
  return {
    expires: number('expires'),
    messageTtl: number('message-ttl'),
    maxLength: number('max-length'),
    maxLengthBytes: number('max-length-bytes'),
    overflow: (text('overflow') as Overflow | undefined) ?? 'drop-head',
    deadLetterExchange: text('dead-letter-exchange'),
    deadLetterRoutingKey: text('dead-letter-routing-key'),
    maxPriority: Math.max(0, number('max-priority')),
    singleActiveConsumer: effective['single-active-consumer'] === true,
    deliveryLimit: number('delivery-limit'),
    maxAge: parseMaxAge(text('max-age') ?? '') ?? -1,
    segmentSize: number('stream-max-segment-size-bytes'),
  };
}
