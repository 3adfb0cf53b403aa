// A consumer that holds all that its prefetch allows and settles nothing any more.

import { counted } from '../../log/quantity.ts';
import type { Channel } from '../channel.ts';
import type { Consumer } from '../consumer.ts';
import { defineFinding } from '../finding.ts';
import { oldestOf } from '../oldest-delivery.ts';
import { watchConsumers } from './channel-watch.ts';
import { MINUTE } from './micros.ts';
import { clientKey, clientName, quoted, span } from './wording.ts';

/** How long nothing was settled, in µs. */
const LONG = MINUTE;

/** A prefetch that is used up: `held` deliveries of `prefetch`. */
interface Exhausted {
  readonly held: number;
  readonly prefetch: number;
  readonly isGlobal: boolean;
}

/** Since when nothing changed, in µs, and what the channel had settled then. */
interface Standstill {
  readonly since: number;
  readonly settled: number;
}

export const prefetchExhausted = defineFinding({
  id: 'prefetch-exhausted',
  severity: 'info',
  title: 'A consumer has used up its prefetch',
  explanation:
    'RabbitMQ sends a consumer no more than prefetch_count messages that it has not settled. Each ack that is forgotten, and ' +
    'each handler that hangs, uses up one of them for good; after the last the consumer looks alive and gets nothing more.',
  advice:
    'Find the path that forgets the ack or hangs: an error handler, an early return, a call without a time limit.',
  watch: ({ tables, report }) => {
    const standstills = new WeakMap<Consumer, Standstill>();
    return watchConsumers(tables, (consumer, channel, time, closure) => {
      const exhausted = closure ? undefined : exhaustedBy(consumer, channel);
      const before = standstills.get(consumer);
      if (!exhausted) {
        if (before) standstills.delete(consumer);
        return false;
      }
      const settled = settledOn(channel);
      if (before?.settled !== settled) {
        standstills.set(consumer, { since: time, settled });
        return false;
      }
      if (time - before.since < LONG) return false;
      const { connection } = channel;
      const oldest = oldestOf(channel, consumer);
      const queue = consumer.queue?.name;
      report({
        connection,
        channel,
        subject: `${clientKey(connection)} ${connection.vhost} ${queue}`,
        text: () => describe(channel, queue, exhausted, time - before.since),
        evidence: [oldest ? tables.messages.deliveries.recordOf(oldest.delivery) : consumer.record],
        time,
      });
      return true;
    });
  },
});

/** With a prefetch of 1 the work on one message may be what takes so long. */
function exhaustedBy(consumer: Consumer, channel: Channel): Exhausted | undefined {
  const { prefetch, unacked } = consumer;
  if (consumer.cancelled || consumer.noAck || unacked === 0 || channel.mode === 'tx') return undefined;
  if (prefetch > 1 && unacked >= prefetch) return { held: unacked, prefetch, isGlobal: false };
  const { globalPrefetch, consumers } = channel;
  if (globalPrefetch < 2) return undefined;
  let held = 0;
  for (const each of consumers.values()) held += each.unacked;
  return held >= globalPrefetch ? { held, prefetch: globalPrefetch, isGlobal: true } : undefined;
}

/** Grows with each settlement. */
function settledOn({ acked, nacked, rejected, requeued }: Channel): number {
  return acked + nacked + rejected + requeued;
}

function describe(
  { connection, number }: Channel,
  queue: string | undefined,
  { held, prefetch, isGlobal }: Exhausted,
  quiet: number,
): string {
  const from = isGlobal ? ` on channel ${number}` : queue === undefined ? '' : ` of queue ${quoted(queue)}`;
  const whose = isGlobal ? "the channel's" : 'its';
  return (
    `${clientName(connection)} holds ${counted(held, 'unacknowledged delivery', 'unacknowledged deliveries')}${from}, all ` +
    `that ${whose} prefetch of ${prefetch} allows, and has settled none for ${span(quiet)}: it gets nothing more until it ` +
    'acknowledges.'
  );
}
