// 406 PRECONDITION_FAILED - unknown delivery tag 7: what became of delivery 7, or where it really belongs.

import { counted } from '../../log/quantity.ts';
import type { Channel } from '../channel.ts';
import { defineFinding } from '../finding.ts';
import type { SettlementEvent } from '../listener.ts';
import type { DeliveryRow } from '../message-row.ts';
import type { SessionTables } from '../tables.ts';
import type { TrackedConnection } from '../tracked-connection.ts';
import { onRefusal, type Refusal } from './refusal.ts';
import { at, capital, clientKey, clientName, clientNameById, serverName, span } from './wording.ts';

/** Settlements of one channel that settled nothing: the server closes for the first. */
const MOST_KEPT = 16;

/** A settlement that settled nothing. */
type Void = Pick<SettlementEvent, 'method' | 'tag' | 'multiple' | 'record' | 'time'>;

const VERBS = {
  'basic.ack': 'acknowledged',
  'basic.nack': 'nacked',
  'basic.reject': 'rejected',
} as const;

const SETTLED = { ack: 'acknowledged', reject: 'rejected', requeue: 'requeued' } as const;

interface Cause {
  readonly id: string;
  /** Goes on after `acknowledged delivery 7 on channel 1`. */
  readonly text: string;
  readonly advice: string;
  readonly evidence: readonly number[];
}

export const unknownDeliveryTag = defineFinding({
  id: 'unknown-delivery-tag',
  severity: 'error',
  title: 'A delivery was settled that its channel does not hold',
  explanation:
    'Every delivery has a number, its delivery tag, which counts from 1 on each channel and is settled once: by an ack, nack or reject on the very channel that delivered it. For any other tag the server closes the channel, and all that it had delivered and not heard about goes back to the queues.',
  advice: 'Settle each delivery once, on the channel that delivered it.',
  watch: ({ tables, report }) => {
    const voids = new WeakMap<Channel, Void[]>();
    return {
      ...onRefusal('unknown-delivery-tag', (refusal) => {
        const { connection, channel, closure, reason } = refusal;
        const tag = Number(/unknown delivery tag (\d+)/i.exec(reason)?.[1] ?? Number.NaN);
        const found = channel && voids.get(channel)?.find((other) => other.tag === tag);
        const cause = causeOf(tables, refusal, tag, found);
        report({
          connection,
          channel,
          subject: `${clientKey(connection)}/${cause.id}`,
          text: () => textOf(refusal, tag, found, cause),
          advice: cause.advice,
          evidence: [found?.record ?? 0, ...cause.evidence, closure.record],
          time: closure.time,
        });
      }),
      settledOddly({ channel, method, tag, multiple, result, record, time }) {
        if (result === 'settled' && (tag > 0 || multiple)) return;
        const kept = voids.get(channel) ?? [];
        if (kept.length < MOST_KEPT) kept.push({ method, tag, multiple, record, time });
        voids.set(channel, kept);
      },
    };
  },
});

function textOf({ connection, channel, closure }: Refusal, tag: number, found: Void | undefined, cause: Cause): string {
  const method = (found?.method ?? closure.method) as Void['method'];
  const verb = VERBS[method] ?? 'settled';
  const all = found?.multiple ? 'all deliveries up to' : 'delivery';
  const where = channel ? ` on channel ${channel.number}` : '';
  const what = `${clientName(connection)} ${verb} ${all} ${tag}${where}`;
  return `${what}, ${cause.text}. ${capital(serverName(connection))} closed the channel.`;
}

function causeOf(tables: SessionTables, refusal: Refusal, tag: number, found: Void | undefined): Cause {
  const { connection, channel, closure } = refusal;
  const time = found?.time ?? closure.time;
  if (tag === 0) {
    const text = 'but a tag of 0 stands for all deliveries so far, and only with multiple set';
    return { id: 'zero', text, advice: 'Give the delivery tag of the message, or set multiple.', evidence: [] };
  }
  const places = channel ? placesOf(tables, channel, tag) : NOWHERE;
  const { own } = places;
  if (own) return ownCause(own, time, found) ?? elsewhere(tables, connection, channel, places, time);
  return elsewhere(tables, connection, channel, places, time);
}

/** Deliveries under the tag: where they may belong. */
interface Places {
  readonly own?: DeliveryRow;
  /** On a channel of the same number before it was opened again. */
  readonly before?: DeliveryRow;
  readonly otherChannel?: DeliveryRow;
  /** On a connection that the same client had. */
  readonly earlierConnection?: DeliveryRow;
  readonly otherConnection?: DeliveryRow;
}

const NOWHERE: Places = {};

function placesOf(tables: SessionTables, channel: Channel, tag: number): Places {
  const places: { -readonly [P in keyof Places]: Places[P] } = {};
  const { id, facts, openedAt } = channel.connection;
  for (const row of tables.messages.deliveries.byTag(tag)) {
    const isHeld = row.settlement === 'none' || row.settlement === 'closed';
    if (row.connection === id && row.channel === channel.number) {
      if (row.time >= channel.openedAt) places.own ??= row;
      if (places.own && !isHeld) break;
      else if (isHeld) places.before ??= row;
    } else if (row.connection === id) {
      if (isHeld) places.otherChannel ??= row;
    } else if (isHeld) {
      const other = tables.factsOf(row.connection);
      const isSame = other?.name === facts.name && other?.clientProduct === facts.clientProduct;
      if (isSame && row.settlement === 'closed' && row.settledTime <= openedAt) places.earlierConnection ??= row;
      else if (row.settlement === 'none') places.otherConnection ??= row;
    }
  }
  return places;
}

/** The channel did hand it out. */
function ownCause(own: DeliveryRow, time: number, found: Void | undefined): Cause | undefined {
  const { settlement, record, settledRecord, settledTime } = own;
  if (settlement === 'no-ack') {
    const by = own.consumerTag === undefined ? 'basic.get' : `consumer '${own.consumerTag}'`;
    const text = `but ${by} asked for it with no_ack${at(record)}: it was settled when it was sent`;
    return { id: 'no-ack', text, advice: 'Consume without no_ack, or do not acknowledge.', evidence: [record] };
  }
  if (settlement === 'none' || settlement === 'closed' || settledRecord === found?.record) return undefined;
  const again = settlement === 'ack' && found?.method === 'basic.ack';
  const text = `which it had already ${SETTLED[settlement]} ${span(time - settledTime)} earlier${at(settledRecord)}`;
  const advice = again
    ? 'Acknowledge each delivery once: look for a second ack in an error handler, or after an ack with multiple.'
    : 'Settle each delivery once: an ack after a nack or reject, or the other way round, is a second settlement.';
  return { id: 'already', text, advice, evidence: [settledRecord, record] };
}

/** The channel did not hand it out, or not since it was opened. */
function elsewhere(
  tables: SessionTables,
  connection: TrackedConnection,
  channel: Channel | undefined,
  { before, otherChannel, earlierConnection, otherConnection }: Places,
  time: number,
): Cause {
  const ago = (row: DeliveryRow): string => `${span(time - row.time)} earlier${at(row.record)}`;
  if (before) {
    const text = `but got it ${ago(before)} from an earlier channel of that number, whose deliveries went back to the queue when it closed`;
    const advice = 'Forget unsettled deliveries when their channel closes: they will be delivered again.';
    return { id: 'reopened', text, advice, evidence: [before.record, channel?.record ?? 0] };
  }
  if (otherChannel) {
    const text = `but it is channel ${otherChannel.channel} of the same connection that delivered it, ${ago(otherChannel)}`;
    const advice = 'Acknowledge on the channel that the message came from: hand the channel on with the message.';
    return { id: 'other-channel', text, advice, evidence: [otherChannel.record] };
  }
  if (earlierConnection && connection.facts.name) {
    const text = `but got it ${ago(earlierConnection)} on its earlier connection ${earlierConnection.connection}, whose deliveries went back to the queue when it ended`;
    const advice = 'Forget unsettled deliveries when the connection is lost: they will be delivered again.';
    return { id: 'reconnected', text, advice, evidence: [earlierConnection.record] };
  }
  const count = channel ? channel.delivered + channel.got : 0;
  const handedOut = channel?.midway
    ? ''
    : `: it has handed out ${count === 0 ? 'none' : counted(count, 'delivery', 'deliveries')} so far`;
  if (earlierConnection) {
    // Without a name it is not certain that the two are one program.
    const earlier = clientNameById(tables, earlierConnection.connection);
    const text = `which that channel never delivered${handedOut}; ${earlier} got one of that tag ${ago(earlierConnection)}, and it went back to the queue when that connection ended`;
    const advice = 'Forget unsettled deliveries when the connection is lost: they will be delivered again.';
    return { id: 'reconnected', text, advice, evidence: [earlierConnection.record] };
  }
  if (otherConnection) {
    const other = clientNameById(tables, otherConnection.connection);
    const text = `which that channel never delivered${handedOut}; ${other} holds one of that tag, on channel ${otherConnection.channel}${at(otherConnection.record)}`;
    const advice = 'Acknowledge on the connection and channel that the message came from.';
    return { id: 'other-connection', text, advice, evidence: [otherConnection.record] };
  }
  const text = `which that channel never delivered${handedOut}`;
  const advice = `Acknowledge with the delivery tag of the message itself, as ${serverName(connection)} gave it.`;
  return { id: 'never', text, advice, evidence: [] };
}
