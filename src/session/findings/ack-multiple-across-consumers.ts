// An ack with multiple sweeps away deliveries of another consumer, which acknowledges its own one by one.

import { counted } from '../../log/quantity.ts';
import type { Channel } from '../channel.ts';
import { defineFinding } from '../finding.ts';
import type { SettlementEvent } from '../listener.ts';
import type { DeliveryRow } from '../message-row.ts';
import type { SessionTables } from '../tables.ts';
import { MILLISECOND } from './micros.ts';
import { clientKey, clientName, quoted } from './wording.ts';

/** Acks of single deliveries that show how a consumer does it. */
const ENOUGH = 10;
/** Deliveries that are looked back at. */
const MOST = 2000;
/** Between looks, in µs: batches come fast. */
const PAUSE = 100 * MILLISECOND;

export const ackMultipleAcrossConsumers = defineFinding({
  id: 'ack-multiple-across-consumers',
  severity: 'warning',
  title: "An ack with multiple settles another consumer's deliveries",
  explanation:
    'Delivery tags count for the channel, not for the consumer: an ack with multiple settles all that is unacknowledged on ' +
    'the channel up to its tag, whoever is working on it. If that work fails the message is lost, and its own ack closes ' +
    'the channel (406).',
  advice: 'Give each consumer a channel of its own, or acknowledge without multiple.',
  watch: ({ tables, report }) => {
    let next = 0;
    return {
      settledOddly(event) {
        if (!event.multiple || event.count < 2 || event.method !== 'basic.ack') return;
        if (event.channel.consumers.size < 2 || event.time < next) return;
        next = event.time + PAUSE;
        const swept = sweptBy(tables, event);
        if (!swept) return;
        const { channel, tag, record, time } = event;
        const { connection } = channel;
        const [first] = swept.rows;
        report({
          connection,
          channel,
          subject: `${clientKey(connection)} ${connection.vhost} ${first!.queue}`,
          text: () =>
            `${clientName(connection)} acknowledged delivery ${tag} of consumer ${quoted(swept.by)} with multiple, and with it ` +
            `${counted(swept.rows.length, 'delivery', 'deliveries')} of consumer ${quoted(first!.consumerTag!)} from ` +
            `${quoted(first!.queue ?? '')}, which had acknowledged its own one by one.`,
          evidence: [record, ...swept.rows.map((row) => row.record)],
          time,
        });
      },
    };
  },
});

interface Swept {
  /** The consumer whose delivery the ack names. */
  readonly by: string;
  /** Deliveries of another one. */
  readonly rows: readonly DeliveryRow[];
}

function sweptBy({ messages }: SessionTables, { channel, tag, record }: SettlementEvent): Swept | undefined {
  const rows = rowsOf({ messages }, channel);
  const settled = rows.filter((row) => row.settledRecord === record);
  const by = settled.find((row) => row.deliveryTag === tag)?.consumerTag;
  if (by === undefined) return undefined;
  const other = settled.find((row) => row.consumerTag !== undefined && row.consumerTag !== by)?.consumerTag;
  if (other === undefined || !acknowledgesSingly(rows, other, record)) return undefined;
  return { by, rows: settled.filter((row) => row.consumerTag === other).reverse() };
}

/** The channel's deliveries, newest first. */
function rowsOf({ messages }: Pick<SessionTables, 'messages'>, { connection, number }: Channel): DeliveryRow[] {
  const rows: DeliveryRow[] = [];
  for (let seq = messages.deliveries.next - 1; seq > messages.deliveries.next - MOST; seq--) {
    const row = messages.deliveries.get(seq);
    if (!row) break;
    if (row.connection === connection.id && row.channel === number) rows.push(row);
  }
  return rows;
}

/** Whether each ack before this one settled one delivery of that consumer alone. */
function acknowledgesSingly(rows: readonly DeliveryRow[], consumer: string, before: number): boolean {
  const times = new Map<number, number>();
  for (const { settledRecord } of rows) {
    if (settledRecord > 0 && settledRecord !== before) {
      times.set(settledRecord, (times.get(settledRecord) ?? 0) + 1);
    }
  }
  const own = rows.filter((row) => row.consumerTag === consumer && times.has(row.settledRecord));
  return own.length >= ENOUGH && own.every((row) => row.settlement === 'ack' && times.get(row.settledRecord) === 1);
}
