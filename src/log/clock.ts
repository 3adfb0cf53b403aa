// The log's clock: µs since the Unix epoch, never stepping back while the program runs.

import { performance } from 'node:perf_hooks';

const origin = performance.timeOrigin * 1000;

/** Now, in µs since the Unix epoch, with fractions dropped. */
export function nowMicros(): number {
  return Math.floor(origin + performance.now() * 1000);
}
