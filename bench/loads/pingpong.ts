// Ping-pong: one publish of 94 bytes, one basic.ack back, and again. Each round trip is timed; what a peer adds to the
// direct path is its price for a frame that travels alone.

import { openConnection } from '../connection.ts';
import { ACK_SIZE, PUBLISH_94 } from '../frames.ts';
import { quantile } from '../statistics.ts';
import { type Sample, WARM_UP_SECONDS } from './sample.ts';

const MOST_ROUND_TRIPS = 1_000_000;

/** Runs the load through `port`: median and 99th percentile of a round trip in microseconds. */
export async function pingPong(port: number, seconds: number): Promise<Sample> {
  const connection = await openConnection(port);
  const times = new Float64Array(MOST_ROUND_TRIPS);
  const start = performance.now();
  let [count, received, sent] = [0, 0, 0];
  await new Promise<void>((resolve) => {
    const ping = (): void => {
      received = 0;
      sent = performance.now();
      connection.socket.write(PUBLISH_94);
    };
    connection.onChunk = (chunk) => {
      received += chunk.length;
      if (received < ACK_SIZE) return;
      const now = performance.now();
      const elapsed = (now - start) / 1000;
      if (elapsed > WARM_UP_SECONDS) times[count++] = now - sent;
      if (elapsed > WARM_UP_SECONDS + seconds || count === times.length) resolve();
      else ping();
    };
    ping();
  });
  connection.socket.destroy();
  const sorted = times.subarray(0, count).sort();
  return { median: quantile(sorted, 0.5) * 1000, p99: quantile(sorted, 0.99) * 1000, count };
}
