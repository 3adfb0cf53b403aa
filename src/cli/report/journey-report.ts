// `read --message-id X`: every step of the messages with that message_id, in order of time: published, confirmed or
// returned, delivered, settled, delivered again. Counterpart of messages-report.ts, which has a line for each message.

import { messageJson } from '../../api/message-json.ts';
import { CONFIRMED, type DeliveryRow, NACKED, RETURNED } from '../../session/message-row.ts';
import { jsonText } from '../details.ts';
import { jsonLine } from '../json-line.ts';
import { connectionLabel, WIDE } from '../layout.ts';
import { Line } from '../line.ts';
import { LocalTime } from '../local-time.ts';
import type { Paint } from '../palette.ts';
import { latencyText } from '../quantity-text.ts';
import { MessageFeed, type PassedMessage } from './message-feed.ts';
import { placeText, slowPaint } from './message-words.ts';
import type { Report, ReportSources } from './report.ts';

const WHAT = 11;
const RECORD = 7;
const LATENCY = 8;
const LABEL = 14;
/** Columns of ` after delivery`. */
const SINCE = 15;
/** In a narrow terminal. */
const SHORT_LABEL = 8;

interface Step {
  readonly what: string;
  readonly paint: Paint | undefined;
  readonly record: number;
  readonly time: number;
  readonly connection: number;
  readonly channel: number;
  /** µs since the step that it follows from, and which that is. */
  readonly latency?: { readonly micros: number; readonly since: string };
  readonly about?: string;
}

export class JourneyReport implements Report {
  readonly #sources: ReportSources;
  readonly #messageId: string;
  readonly #feed: MessageFeed;
  readonly #clock = new LocalTime();
  #count = 0;

  constructor(sources: ReportSources, messageId: string) {
    this.#sources = sources;
    this.#messageId = messageId;
    const { session, output, json } = sources;
    this.#feed = new MessageFeed(
      session,
      (message) => {
        if (json) output.line(jsonLine({ v: 1, ...messageJson(message) }));
        else this.#print(message);
        this.#count++;
      },
      messageId,
    );
  }

  get found(): boolean {
    return this.#count > 0;
  }

  end(): void {
    this.#feed.end();
    const { output, json, palette } = this.#sources;
    if (this.#count > 0 || json) return;
    output.line(
      new Line(output.columns)
        .add(`no message has the message_id ${jsonText(this.#messageId)}`, palette.warning)
        .toString(),
    );
  }

  #print(message: PassedMessage): void {
    const { output, palette } = this.#sources;
    if (this.#count > 0) output.line('');
    const { columns } = output;
    const title = new Line(columns).add('message ', palette.strong).add(jsonText(this.#messageId), palette.strong);
    title.add(`  ${placeText(message)}`, palette.publish).add(`  ${message.bodySize} bytes`, palette.faint);
    if (message.correlationId !== undefined)
      title.add(`  correlation_id=${jsonText(message.correlationId)}`, palette.faint);
    output.line(title.toString());
    if (message.ambiguous) {
      const text = '  other messages have the same ids, place and body: which delivery is whose is told by their order';
      output.line(new Line(columns).add(text, palette.warning).toString());
    }
    for (const step of this.#steps(message)) this.#printStep(step);
  }

  #steps(message: PassedMessage): Step[] {
    const { outcome, record, time, connection, channel } = message;
    const { palette } = this.#sources;
    const steps: Step[] = [];
    const publisher = { connection, channel };
    const since = (end: number) => ({ micros: end - time, since: 'publish' });
    if (record > 0) steps.push({ what: 'published', paint: palette.publish, record, time, ...publisher });
    if (outcome & RETURNED) {
      const { returnRecord, returnTime } = message;
      const latency = since(returnTime);
      steps.push({
        what: 'returned',
        paint: palette.warning,
        record: returnRecord,
        time: returnTime,
        ...publisher,
        latency,
      });
    }
    if (outcome & (CONFIRMED | NACKED)) {
      const [what, paint] =
        outcome & NACKED ? (['nacked', palette.error] as const) : (['confirmed', palette.settle] as const);
      const { outcomeRecord, outcomeTime } = message;
      steps.push({ what, paint, record: outcomeRecord, time: outcomeTime, ...publisher, latency: since(outcomeTime) });
    }
    for (const delivery of message.deliveries) steps.push(...this.#deliverySteps(message, delivery));
    return steps.sort((a, b) => a.time - b.time || a.record - b.record);
  }

  #deliverySteps(message: PassedMessage, delivery: DeliveryRow): Step[] {
    const { palette } = this.#sources;
    const { record, time, connection, channel, queue, consumerTag, deliveryTag, settlement } = delivery;
    const about = [
      queue === undefined ? '' : `q=${jsonText(queue)}`,
      consumerTag === undefined ? 'basic.get' : `ctag=${jsonText(consumerTag)}`,
      `tag=${deliveryTag}`,
      delivery.redelivered ? 'redelivered' : '',
      settlement === 'no-ack' ? 'no-ack' : settlement === 'none' ? 'not acknowledged when the capture ends' : '',
    ];
    const delivered: Step = {
      what: 'delivered',
      paint: palette.deliver,
      record,
      time,
      connection,
      channel,
      about: about.filter(Boolean).join(' '),
      ...(message.record > 0 && { latency: { micros: time - message.time, since: 'publish' } }),
    };
    if (settlement === 'none' || settlement === 'no-ack') return [delivered];
    const { settledRecord, settledTime } = delivery;
    const settled: Step = {
      what: { ack: 'acked', reject: 'rejected', requeue: 'requeued', closed: 'back' }[settlement],
      paint: settlement === 'ack' ? palette.settle : palette.warning,
      record: settledRecord,
      time: settledTime,
      connection,
      channel,
      latency: { micros: settledTime - time, since: 'delivery' },
      about: settlement === 'closed' ? 'in its queue: the channel closed' : `tag=${deliveryTag}`,
    };
    return [delivered, settled];
  }

  /** `  10:00:00.003000 delivered   #2 invoices       ch1  2.00 ms after publish  q=orders … ` */
  #printStep({ what, paint, record, time, connection, channel, latency, about = '' }: Step): void {
    const { output, palette, session } = this.#sources;
    const { columns } = output;
    const line = new Line(columns).add('  ');
    line.add(columns < WIDE ? this.#clock.shortTimeOf(time) : this.#clock.timeOf(time), palette.faint).add(' ');
    line.cell(what, WHAT, paint);
    const known = session.connections.get(connection);
    const connectionPaint = palette.connections[(connection - 1) % palette.connections.length];
    const label = columns < WIDE ? SHORT_LABEL : LABEL;
    line.cell(`#${connection} ${known ? connectionLabel(known) : ''}`, label + 3, connectionPaint).add(' ');
    line.cell(`ch${channel}`, 3).add(' ');
    line.right(`@${record}`, RECORD, palette.faint);
    if (latency) {
      line.add(' ').right(latencyText(latency.micros), LATENCY, slowPaint(latency.micros, palette));
      line.add(` after ${latency.since}`.padEnd(about === '' ? 0 : SINCE), palette.faint);
    } else line.skip(1 + LATENCY + SINCE);
    if (about !== '') line.add(' ').add(about);
    output.line(line.toString());
  }
}
