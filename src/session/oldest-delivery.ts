// The delivery that has waited longest for its settlement, of a consumer or of a whole channel.
// Counterpart: outstanding.ts, which holds them.

import type { Channel, Holder } from './channel.ts';
import type { Consumer } from './consumer.ts';

export interface OldestDelivery {
  readonly tag: number;
  /** Its number in the message table. */
  readonly delivery: number;
  /** When it was delivered: µs since the Unix epoch. */
  readonly time: number;
  /** Who holds it. */
  readonly holder: Holder;
}

/** Undefined where none waits. */
export function oldestOf(channel: Channel, consumer?: Consumer): OldestDelivery | undefined {
  let found: OldestDelivery | undefined;
  channel.unacked.each((tag, delivery, time, holder) => {
    if (consumer === undefined || holder === consumer) found = { tag, delivery, time, holder };
    return found === undefined;
  });
  return found;
}
