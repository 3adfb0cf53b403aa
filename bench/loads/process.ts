// The load's process: it takes orders (load, port, seconds) from traffic.ts and answers each with a sample. It stays up
// from round to round, so that its code is as warm for one peer as for the next.

import { blast } from './blast.ts';
import { deliver } from './delivery.ts';
import { pingPong } from './pingpong.ts';
import { fanOut, topic } from './routing.ts';
import type { Sample } from './sample.ts';

/** The loads by name. */
const LOADS: Readonly<Record<string, (port: number, seconds: number) => Promise<Sample>>> = {
  noack: (port, seconds) => deliver(port, seconds, { bodySize: 12, window: 2000 }),
  acked: (port, seconds) => deliver(port, seconds, { bodySize: 1024, window: 300, prefetch: 100 }),
  confirms: (port, seconds) => deliver(port, seconds, { bodySize: 12, window: 500, prefetch: 500, persistent: true }),
  fanout: fanOut,
  topic,
  blast,
  // Twice the time: a round of one second is to hold 20,000 round trips.
  pingpong: (port, seconds) => pingPong(port, 2 * seconds),
};

/** One order to the load's process. */
export interface Order {
  readonly load: string;
  readonly port: number;
  readonly seconds: number;
}

process.on('message', async ({ load, port, seconds }: Order) => {
  process.send?.(await LOADS[load]!(port, seconds));
});
process.on('disconnect', () => process.exit());
process.send?.({ port: 0 });
