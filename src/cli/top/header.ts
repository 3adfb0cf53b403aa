// The lines above the tabs: whose traffic it is, and how much of it there is.

import { counted, countText, formatByteSize } from '../../log/quantity.ts';
import { columnsOf } from '../columns.ts';
import { Line } from '../line.ts';
import { LocalTime } from '../local-time.ts';
import type { Paint } from '../palette.ts';
import { rateText } from '../quantity-text.ts';
import type { Moment } from './moment.ts';
import { Sparkline } from './sparkline.ts';
import type { Style } from './style.ts';

/** Lower terminals keep their lines for the table. */
const LINES_FOR_TOTALS = 10;
const LINES_FOR_BLANKS = 16;
/** Columns of the totals before the sparkline, after it, and of the least sparkline worth showing. */
const FLOW = 35;
const COUNTS = 18;
const FINDINGS = 14;
const LEAST_SPARKLINE = 8;
const MOST_SPARKLINE = 60;
const GAP = '   ';
/** Columns of `10:00:05`. */
const SECONDS = 8;

const clock = new LocalTime();

export class Header {
  readonly #where: string;
  readonly #style: Style;
  readonly #published = new Sparkline();
  readonly #delivered = new Sparkline();
  #moment: Moment | undefined;

  constructor(where: string, style: Style) {
    this.#where = where;
    this.#style = style;
  }

  update(moment: Moment): void {
    this.#moment = moment;
    this.#published.add(moment.totals.published);
    this.#delivered.add(moment.totals.delivered);
  }

  /** ` amqp-spy top   127.0.0.1:15673                        10:00:05`; a problem before the time. */
  title(columns: number, problem: string | undefined): string {
    const { heading, faint, warning } = this.#style;
    const time = this.#moment ? timeText(this.#moment.now) : '';
    const missed = this.#moment?.snapshot.missed;
    const said = [problem, missed ? `${countText(missed)} records missed` : undefined].filter(Boolean).join(', ');
    const line = new Line(columns).add(' ').add('amqp-spy top', heading).add(GAP).add(this.#where);
    const right = columnsOf(said) + GAP.length + time.length + 1;
    line.add(' '.repeat(Math.max(GAP.length, line.left - right))).add(said, warning);
    if (line.left > GAP.length + time.length) line.add(GAP).add(time, faint);
    return line.toString();
  }

  /** As many lines as the terminal's height leaves to them. */
  lines(columns: number, rows: number, problem: string | undefined): string[] {
    const title = this.title(columns, problem);
    if (rows < LINES_FOR_TOTALS || !this.#moment) return [title];
    const totals = this.#totals(columns, this.#moment);
    return rows < LINES_FOR_BLANKS ? [title, ...totals] : [title, '', ...totals, ''];
  }

  #totals(columns: number, { totals }: Moment): string[] {
    const { publish, deliver, error, warning } = this.#style;
    const { severities } = totals;
    const free = columns - FLOW - COUNTS - FINDINGS - 2 * GAP.length - 1;
    const width = free < LEAST_SPARKLINE ? 0 : Math.min(MOST_SPARKLINE, free);
    const line = (name: string, rate: number, bytes: number, spark: Sparkline, paint: Paint): Line =>
      new Line(columns)
        .add(' ')
        .cell(name, 9)
        .right(rateText(rate), 7, rate > 0 ? paint : undefined)
        .add(' msg/s')
        .right(`${formatByteSize(bytes)}/s`, 13)
        .add(width > 0 ? GAP : '')
        .add(spark.text(width), paint)
        .add(GAP);
    const withCounts = (line: Line, things: string, findings: string, paint: Paint | undefined): string => {
      if (line.left < COUNTS + FINDINGS) return line.toString();
      return line.cell(things, COUNTS).add(findings, paint).toString();
    };
    return [
      withCounts(
        line('published', totals.published, totals.in, this.#published, publish),
        countedOrNo(totals.connections, 'connection'),
        countedOrNo(severities.error, 'error'),
        severities.error > 0 ? error : undefined,
      ),
      withCounts(
        line('delivered', totals.delivered, totals.out, this.#delivered, deliver),
        countedOrNo(totals.channels, 'channel'),
        countedOrNo(severities.warning, 'warning'),
        severities.warning > 0 ? warning : undefined,
      ),
    ];
  }
}

/** `1 error`, `1,200 errors`, `no errors` */
function countedOrNo(count: number, noun: string): string {
  return count === 0 ? `no ${noun}s` : counted(count, noun);
}

/** The time of day in the user's zone, to the second. */
function timeText(ms: number): string {
  return clock.timeOf(ms * 1000).slice(0, SECONDS);
}
