// What a filter costs: the time a frame takes to be judged, over a log of publishes with their headers and bodies; the time
// that the cursor takes to walk there is counted too.

import { NO_CONTEXT } from '../src/filter/context.ts';
import { parseFilter } from '../src/filter/filter.ts';
import { FilteredReader } from '../src/filter/filtered-reader.ts';
import { Cursor } from '../src/log/cursor.ts';
import { FrameLog } from '../src/log/frame-log.ts';
import { encodeContentHeaderFrame } from '../src/protocol/content-header.ts';
import { CLIENT_TO_SERVER, encodeFrame, FRAME_BODY } from '../src/protocol/frame.ts';
import { encodeMethodFrame } from '../src/protocol/method.ts';
import type { Round } from './goals.ts';

/** By the name of the number; the first decides on the method alone, the others wait for the header and the body. */
const FILTERS: Readonly<Record<string, string>> = {
  method: 'basic.publish && exchange == "orders"',
  header: 'headers["x-retry"] >= 3',
  body: 'body.total > 100',
};
const MESSAGES = 50_000;
const CHUNK = 64 << 10;
const PASSES = 5;

/** Times all filters, `rounds` times: ns a frame. */
export function measureFilters(rounds: number): Round[] {
  const log = publishes();
  return Array.from({ length: rounds }, () => {
    const times = Object.entries(FILTERS).map(([name, text]) => [name, timed(log, text)] as const);
    return { 'amqp-spy': Object.fromEntries(times) };
  });
}

/** Two of three publishes go to the exchange that is asked for. */
function publishes(): FrameLog {
  const log = new FrameLog({ size: 64 << 20 });
  const tape = log.openTape(1, CLIENT_TO_SERVER);
  tape.phase = 'frames';
  tape.secretive = false;
  const body = new TextEncoder().encode('{"total":42,"name":"alice"}');
  const frames: Uint8Array[] = [];
  for (let i = 0; i < MESSAGES; i++) {
    const exchange = i % 3 === 0 ? 'others' : 'orders';
    const headers = [['x-retry', { type: 'I', value: i % 5 }]] as const;
    frames.push(
      encodeMethodFrame(1, 'basic.publish', { exchange, routing_key: 'eu.new', mandatory: false, immediate: false }),
      encodeContentHeaderFrame(1, BigInt(body.length), { content_type: 'application/json', headers, delivery_mode: 2 }),
      encodeFrame(FRAME_BODY, 1, body),
    );
  }
  const bytes = Buffer.concat(frames);
  for (let at = 0; at < bytes.length; at += CHUNK) log.append(tape, bytes.subarray(at, at + CHUNK), 0);
  return log;
}

/** The fastest of some passes over the log, ns a frame. */
function timed(log: FrameLog, text: string): number {
  let best = Number.POSITIVE_INFINITY;
  for (let pass = 0; pass < PASSES; pass++) {
    const reader = new FilteredReader(log, parseFilter(text), NO_CONTEXT, { record() {}, missed() {} });
    const cursor = new Cursor(log, log.firstId);
    const start = performance.now();
    while (cursor.next()) reader.record(cursor);
    best = Math.min(best, ((performance.now() - start) * 1e6) / (3 * MESSAGES));
  }
  return best;
}
