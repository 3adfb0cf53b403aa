// `read --messages`: a line a message, in the order of their publishes, and what became of it: outcome, deliveries,
// settlements. A message with more than the terminal's line holds takes a line more for each delivery; in a pipe it is one.

import { messageJson } from '../../api/message-json.ts';
import type { DeliveryRow } from '../../session/message-row.ts';
import { jsonText } from '../details.ts';
import { jsonLine } from '../json-line.ts';
import { connectionLabel, WIDE } from '../layout.ts';
import { Line } from '../line.ts';
import { LocalTime } from '../local-time.ts';
import { latencyText } from '../quantity-text.ts';
import { sizeText } from '../size-text.ts';
import { visibleText } from '../visible-text.ts';
import { MessageFeed, type PassedMessage } from './message-feed.ts';
import { outcomeWords, placeText, settlementWords, slowPaint } from './message-words.ts';
import type { Report, ReportSources } from './report.ts';

const SIZE = 6;
const LATENCY = 7;
/** Columns of `requeued 12.5 ms`. */
const SETTLEMENT = 16;
const NARROW_PLACE = 24;
/** Where lines are not cut, shorter ones are filled up to this. */
const UNCUT_PLACE = 40;
const LABEL = { narrow: 8, wide: 14, uncut: 20 } as const;
const DELIVERY_MARK = '⇒';

export class MessagesReport implements Report {
  readonly #sources: ReportSources;
  readonly #feed: MessageFeed;
  readonly #clock = new LocalTime();
  #date = '';

  constructor(sources: ReportSources) {
    this.#sources = sources;
    const { session, output, json } = sources;
    this.#feed = new MessageFeed(session, (message) => {
      if (json) output.line(jsonLine({ v: 1, ...messageJson(message) }));
      else this.#print(message);
    });
  }

  end(): void {
    this.#feed.end();
  }

  #print(message: PassedMessage): void {
    const { output } = this.#sources;
    this.#printDate(message.record > 0 ? message.time : (message.deliveries[0]?.time ?? 0));
    const { line, indent } = this.#head(message);
    const deliveries = message.deliveries.map((delivery) => this.#delivery(message, delivery, output.columns, false));
    const isOneLine = deliveries.reduce((left, delivery) => left - delivery.taken - 2, line.left) >= 0;
    if (isOneLine) for (const delivery of deliveries) line.add('  ').addLine(delivery);
    output.line(line.toString());
    if (isOneLine) return;
    for (const delivery of message.deliveries) {
      const below = new Line(output.columns).add(' '.repeat(indent));
      output.line(below.addLine(this.#delivery(message, delivery, below.left, true)).toString());
    }
  }

  #printDate(time: number): void {
    const date = this.#clock.dateOf(time);
    if (time === 0 || date === this.#date) return;
    this.#date = date;
    this.#sources.output.line(this.#sources.palette.faint(`── ${date} ──`));
  }

  /** Time, connection, channel, place, size, outcome; `indent`: where the place stands. */
  #head(message: PassedMessage): { line: Line; indent: number } {
    const { output, palette } = this.#sources;
    const { columns } = output;
    const line = new Line(columns);
    const isSeen = message.record > 0;
    const time = columns < WIDE ? this.#clock.shortTimeOf(message.time) : this.#clock.timeOf(message.time);
    line.cell(isSeen ? time : '', time.length, palette.faint).add(' ');
    this.#addConnection(line, isSeen ? message.connection : 0, message.channel);
    const indent = line.taken;
    const place = visibleText(placeText(message));
    if (columns === Number.POSITIVE_INFINITY) line.add(place.padEnd(UNCUT_PLACE), palette.publish);
    else line.cell(place, Math.max(NARROW_PLACE, Math.floor(columns / 4)), palette.publish);
    line.add(' ').right(sizeText(message.bodySize), SIZE, palette.faint);
    let separator = '  ';
    for (const { text, paint } of outcomeWords(message, palette)) {
      line.add(separator).add(text, paint);
      separator = ', ';
    }
    if (message.ambiguous) line.add(' (one of several alike)', palette.faint);
    return { line, indent };
  }

  #addConnection(line: Line, connection: number, channel: number): void {
    const { columns } = line;
    const { session, palette } = this.#sources;
    const known = session.connections.get(connection);
    const width = columns === Number.POSITIVE_INFINITY ? LABEL.uncut : columns < WIDE ? LABEL.narrow : LABEL.wide;
    const paint = palette.connections[(connection - 1) % palette.connections.length];
    line.cell(connection > 0 ? `#${connection}` : '', 3, paint).add(' ');
    line.cell(known ? connectionLabel(known) : '', width, paint).add(' ');
    line.cell(connection > 0 ? `ch${channel}` : '', 3).add(' ');
  }

  /** `⇒ 2.41 ms acked 3.20 ms  orders #2 invoices`, in columns where it has a line of its own. */
  #delivery(message: PassedMessage, delivery: DeliveryRow, columns: number, aligned: boolean): Line {
    const { session, palette } = this.#sources;
    const { connection, queue, redelivered } = delivery;
    const known = session.connections.get(connection);
    const line = new Line(columns).add(`${DELIVERY_MARK} `, palette.deliver);
    const latency = delivery.time - message.time;
    const latencyWords = message.record > 0 ? latencyText(latency) : '';
    if (aligned) line.right(latencyWords, LATENCY, slowPaint(latency, palette)).add(' ');
    else if (latencyWords !== '') line.add(latencyWords, slowPaint(latency, palette)).add(' ');
    const settled = settlementWords(delivery, palette);
    if (aligned) line.cell(settled.text, Math.max(SETTLEMENT, settled.text.length), settled.paint);
    else line.add(settled.text, settled.paint);
    if (redelivered) line.add(' again', palette.warning);
    if (queue !== undefined) line.add(' ').add(jsonText(queue), palette.deliver);
    const paint = palette.connections[(connection - 1) % palette.connections.length];
    return line.add(` #${connection}${known ? ` ${connectionLabel(known)}` : ''}`, paint);
  }
}
