// A channel that puts back most of what it is given, at a great rate.

import { countText } from '../../log/quantity.ts';
import type { Channel } from '../channel.ts';
import { defineFinding } from '../finding.ts';
import { watchChannels } from './channel-watch.ts';
import { SECOND } from './micros.ts';
import { capital, channelName, span } from './wording.ts';

/** Requeues a second that are no work any more. */
const PER_SECOND = 100;
/** Of what is delivered. */
const SHARE = 0.5;
/** As long as it goes on, in µs. */
const LONG = 3 * SECOND;

interface Sample {
  /** Since when all samples were those of a storm; as it stood then. */
  readonly since: number;
  readonly sinceRequeued: number;
  readonly time: number;
  readonly requeued: number;
  readonly delivered: number;
}

export const requeueStorm = defineFinding({
  id: 'requeue-storm',
  severity: 'warning',
  title: 'Most deliveries are put back at once',
  explanation:
    'Messages that are requeued come straight back. Where a program requeues most of what it gets, broker, network and ' +
    'program are busy with the same messages, and nothing is done.',
  advice: 'Stop consuming while the work cannot be done, or dead-letter with a delay instead of requeueing at once.',
  watch: ({ tables, report }) => {
    const samples = new WeakMap<Channel, Sample>();
    return watchChannels(tables, (channel, time, closure) => {
      const { requeued } = channel;
      const before = samples.get(channel);
      if (closure || (requeued === 0 && !before)) return false;
      const delivered = channel.delivered + channel.got;
      const isStorm = before !== undefined && stormy(before, time, requeued, delivered);
      const { since, sinceRequeued } = isStorm ? before : { since: time, sinceRequeued: requeued };
      samples.set(channel, { since, sinceRequeued, time, requeued, delivered });
      if (time - since < LONG) return false;
      const many = requeued - sinceRequeued;
      report({
        connection: channel.connection,
        channel,
        text:
          `${capital(channelName(channel))} has put back ${countText(many)} deliveries in ${span(time - since)} ` +
          `(${countText(Math.round((many * SECOND) / (time - since)))} a second), most of what it was given.`,
        evidence: [channel.contents[1].record],
        time,
      });
      return true;
    });
  },
});

function stormy(before: Sample, time: number, requeued: number, delivered: number): boolean {
  const many = requeued - before.requeued;
  const seconds = (time - before.time) / SECOND;
  return many > PER_SECOND * seconds && many > SHARE * (delivered - before.delivered);
}
