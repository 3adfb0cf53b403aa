// All there is to say about one row, as a page that can be scrolled: headings, labelled values, paragraphs, lists.
// Counterparts: the views, which make it; dashboard.ts, which shows it.
// Invariant: its lines are as wide as the terminal at most; text is wrapped, not cut.

import { formatAddress } from '../../net/address.ts';
import { columnsOf } from '../columns.ts';
import { Line } from '../line.ts';
import { LocalTime } from '../local-time.ts';
import type { Paint } from '../palette.ts';
import { rateText } from '../quantity-text.ts';
import { visibleText } from '../visible-text.ts';
import { wrapText } from '../wrap.ts';
import type { Style } from './style.ts';

export type DetailLine =
  | { readonly heading: string }
  | { readonly label: string; readonly value: string }
  | { readonly text: string; readonly paint?: 'faint' | 'warning' | 'error' };

export interface Details {
  readonly title: string;
  readonly lines: readonly DetailLine[];
}

/** Labels wider than this push their value to the right. */
const WIDEST_LABEL = 20;
const MARGIN = 2;
const GAP = 2;
/** Narrower text is no longer wrapped by words. */
const LEAST_TEXT = 12;

const clock = new LocalTime();

/** The fields of an API object, in its order, named as the API and the filters name them. `omit`: what is shown elsewhere. */
export function fieldLines(object: object, omit: readonly string[] = []): DetailLine[] {
  return Object.entries(object)
    .filter(([name, value]) => value !== undefined && value !== null && !omit.includes(name))
    .map(([name, value]) => ({ label: name, value: valueText(name, value) }));
}

/** A heading and what stands below it; nothing at all if nothing does. */
export function section(heading: string, lines: readonly DetailLine[]): DetailLine[] {
  return lines.length === 0 ? [] : [{ text: '' }, { heading }, ...lines];
}

/** An object's fields on one line: `consumer_tag ctag1  queue orders`. */
export function inlineFields(object: object, omit: readonly string[] = []): string {
  return fieldLines(object, omit)
    .map((line) => ('label' in line ? `${line.label} ${line.value}` : ''))
    .join('  ');
}

/** The page, every line of it. */
export function detailLines({ lines }: Details, columns: number, style: Style): string[] {
  const labels = lines.map((line) => ('label' in line ? columnsOf(line.label) : 0));
  const label = Math.min(WIDEST_LABEL, Math.max(0, ...labels));
  return lines.flatMap((line) => {
    if ('heading' in line) return [new Line(columns).add(' ').add(line.heading, style.heading).toString()];
    if ('text' in line) {
      const paint = line.paint === undefined ? undefined : style[line.paint];
      return wrapped(line.text, columns - MARGIN - 1).map((text) =>
        indented(columns, MARGIN).add(text, paint).toString(),
      );
    }
    return labelled(line.label, line.value, label, columns, style.faint);
  });
}

function labelled(label: string, value: string, width: number, columns: number, paint: Paint): string[] {
  const taken = Math.max(width, columnsOf(label)) + GAP;
  return wrapped(value, columns - MARGIN - taken - 1).map((text, i) =>
    indented(columns, MARGIN)
      .cell(i === 0 ? label : '', taken, paint)
      .add(text)
      .toString(),
  );
}

function indented(columns: number, by: number): Line {
  return new Line(columns).add(' '.repeat(by));
}

/** Text of any kind in lines for that many columns, paragraph by paragraph. */
function wrapped(text: string, columns: number): string[] {
  const width = Math.max(LEAST_TEXT, columns);
  return text.split('\n').flatMap((paragraph) => wrapText(visibleText(paragraph), width));
}

function valueText(name: string, value: unknown): string {
  if (typeof value === 'number') return name.endsWith('_rate') ? `${rateText(value)}/s` : String(value);
  if (typeof value === 'string') return name.endsWith('_at') ? timeText(value) : value || "''";
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.map((item) => valueText('', item)).join(', ');
  if (typeof value === 'object' && value !== null) return objectText(value);
  return String(value);
}

function objectText(value: object): string {
  const { address, port } = value as { address?: unknown; port?: unknown };
  if (typeof address === 'string' && typeof port === 'number') {
    return formatAddress({ host: address, port });
  }
  return inlineFields(value) || 'none';
}

/** The time of day in the user's zone; what is no time stays as it is. */
function timeText(time: string): string {
  const ms = Date.parse(time);
  if (Number.isNaN(ms)) return time;
  return clock.shortTimeOf(ms * 1000);
}
