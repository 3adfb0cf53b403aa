// basic.get in a loop, where a consumer would be told.

import { countText } from '../../log/quantity.ts';
import type { Channel } from '../channel.ts';
import { defineFinding } from '../finding.ts';
import type { TrackedConnection } from '../tracked-connection.ts';
import { SECOND } from './micros.ts';
import { clientKey, clientName, quoted, span } from './wording.ts';

/** Gets that found nothing, in one unbroken loop … */
const MANY_EMPTY = 20;
/** … that goes on for so long, in µs: to drain a queue, or to wait for one answer, is no polling. */
const LONG = 5 * SECOND;
/** Gets of a loop that finds messages, and how long it goes on: it does a consumer's work. */
const MANY = 100;
const LONGER = 30 * SECOND;
/** A loop is broken by a longer pause than this, in µs. */
const PAUSE = SECOND;
/** Queues of one connection that are watched. */
const MOST_QUEUES = 100;

interface Loop {
  readonly since: number;
  readonly record: number;
  time: number;
  gets: number;
  empty: number;
}

export const pollingGet = defineFinding({
  id: 'polling-get',
  severity: 'warning',
  title: 'A queue is polled with basic.get',
  explanation:
    'Each basic.get is a round trip for one message or none. A consumer is sent messages as soon as they are there, many at ' +
    'a time, and costs nothing while there are none.',
  advice: 'Use basic.consume with a prefetch instead of basic.get in a loop.',
  watch: ({ report }) => {
    const loops = new WeakMap<TrackedConnection, Map<string, Loop>>();
    /** Which loop a get that was sent belongs to; get-empty does not name the queue. */
    const last = new WeakMap<Channel, Loop>();
    return {
      method({ connection, channel, decoded, record, time }) {
        const { name } = decoded.method;
        if (!channel || (name !== 'basic.get' && name !== 'basic.get-empty')) return;
        if (name === 'basic.get-empty') {
          const loop = last.get(channel);
          if (loop) loop.empty++;
          return;
        }
        const queue = String(decoded.arguments['queue']) || channel.lastQueue;
        const queues = loops.get(connection) ?? new Map<string, Loop>();
        loops.set(connection, queues);
        const before = queues.get(queue);
        const goesOn = before !== undefined && time - before.time <= PAUSE;
        const loop = goesOn ? before : { since: time, record, time, gets: 0, empty: 0 };
        loop.time = time;
        loop.gets++;
        last.set(channel, loop);
        if (!goesOn && (before || queues.size < MOST_QUEUES)) queues.set(queue, loop);
        if (!isPolling(loop)) return;
        report({
          connection,
          channel,
          subject: `${clientKey(connection)} ${connection.vhost} ${queue}`,
          text: () =>
            `${clientName(connection)} has asked for a message from ${quoted(queue)} ${countText(loop.gets)} times in ` +
            `${span(time - loop.since)} with basic.get, and found none ${countText(loop.empty)} times.`,
          evidence: [record, loop.record],
          time,
        });
      },
    };
  },
});

function isPolling({ since, time, gets, empty }: Loop): boolean {
  const length = time - since;
  if (empty >= MANY_EMPTY && empty > gets / 2 && length >= LONG) return true;
  return gets >= MANY && length >= LONGER;
}
