// One line a command or frame, for people's eyes, in Wireshark's idiom plus what that omits.
// Counterparts: layout.ts (where the columns are), details.ts (what a method says), line.ts (what may reach a terminal).
// Invariant: a record makes one line of at most the terminal's width, but for why something was closed, which is never
// cut; the raw view adds lines of hex below it.

import type { Cursor } from '../log/cursor.ts';
import { noteOf } from '../log/frame-event.ts';
import type { FindingNote } from '../log/note.ts';
import { countText } from '../log/quantity.ts';
import { KIND_FRAMES, KIND_NOTE } from '../log/runs.ts';
import type { ContentHeader } from '../protocol/content-header.ts';
import { FRAME_HEARTBEAT } from '../protocol/frame.ts';
import { CommandAssembler } from '../session/command-assembler.ts';
import type { ConnectionTable } from '../session/connection-table.ts';
import type { Links } from '../session/links.ts';
import type { BodyDecoding } from './body-decoding.ts';
import { previewOf } from './body-preview.ts';
import { columnsOf } from './columns.ts';
import { type Detail, methodDetails, propertyDetails } from './details.ts';
import { FINDING_MARK, findingLines, severityPaint } from './finding-lines.ts';
import { hexDump } from './hex-dump.ts';
import { Layout, WIDE } from './layout.ts';
import { Line, shortenTo } from './line.ts';
import { isErrorClose, methodPaint } from './method-paint.ts';
import { type NoteWeight, noteText } from './note-text.ts';
import type { Output } from './output.ts';
import type { Paint, Palette } from './palette.ts';
import type { Printer } from './printer.ts';
import { latencyText } from './quantity-text.ts';
import { type Settlement, SLOW, settlementOf } from './settlement.ts';
import { type Shown, shownBytes, shownCommand, shownFrame } from './shown.ts';
import { visibleText } from './visible-text.ts';

export type View = 'commands' | 'frames' | 'raw';

/** Bytes of a body that are shown where lines are not cut. */
const UNCUT_PREVIEW = 4096;
/** No value takes more than this part of the room, so that one does not hide the others; less of it beside a body. */
const LARGEST_VALUE = 0.6;
const LARGEST_VALUE_BESIDE_BODY = 0.35;
/** A value always gets this many columns. */
const SHORTEST_CUT = 16;
/** Most bytes that a column can show. */
const BYTES_PER_COLUMN = 4;

/** Where less is left, the size of a body would take too much of it. */
const ROOM_FOR_SIZE = 30;
/** Columns of ` │ `. */
const BODY_MARK = 3;
/** Of larger frames the raw view shows this many bytes; a line of hex takes five times as many. */
const LONGEST_DUMP = 1 << 20;
/** The body gets at least this part of a line. */
const SMALLEST_BODY = 0.25;
/** And why it could not be decoded this part of what the body has. */
const SMALLEST_NOTE = 0.3;

/** From this width on, a finding says which records show it. */
const ROOM_FOR_EVIDENCE = 140;

const MARKS: { readonly [W in NoteWeight]: string } = { opened: '●', closed: '○', warning: '!', error: '✗' };

export interface PrettyOptions {
  readonly view: View;
  readonly palette: Palette;
  readonly connections: ConnectionTable;
  readonly showSecrets: boolean;
  /** Shows bodies as what they mean; without it, as text or hex. Only the commands view uses it. */
  readonly bodies?: BodyDecoding | undefined;
  /** What answers what; without it, lines say nothing of it. */
  readonly links?: Links | undefined;
}

export class PrettyPrinter implements Printer {
  readonly #output: Output;
  readonly #options: PrettyOptions;
  readonly #palette: Palette;
  readonly #layout: Layout;
  readonly #assembler: CommandAssembler | undefined;
  #date = '';

  constructor(output: Output, options: PrettyOptions) {
    this.#output = output;
    this.#options = options;
    this.#palette = options.palette;
    this.#layout = new Layout(options.palette, (id) => options.connections.get(id));
    if (options.view === 'commands') {
      this.#assembler = new CommandAssembler((command) => this.#show(shownCommand(command)), {
        bodyLimit: options.bodies?.needs ?? UNCUT_PREVIEW + BYTES_PER_COLUMN,
      });
    }
  }

  record(cursor: Cursor): void {
    if (cursor.kind === KIND_NOTE) return this.#note(cursor);
    if (cursor.kind !== KIND_FRAMES) this.#show(shownBytes(cursor));
    else if (this.#assembler && cursor.frameType !== FRAME_HEARTBEAT) this.#assembler.record(cursor);
    else this.#show(shownFrame(cursor));
    if (this.#options.view === 'raw' && !cursor.withheld) this.#dump(cursor);
  }

  missed(count: number): void {
    this.#assembler?.missed();
    const text = `! ${countText(count)} records missed: this view could not keep up with the traffic`;
    this.#output.line(this.#palette.warning(text));
  }

  flush(): void {
    this.#output.flush();
  }

  #note(cursor: Cursor): void {
    this.#assembler?.record(cursor);
    const note = noteOf(cursor);
    if (note.type === 'finding') return this.#finding(cursor, note);
    const { weight, text } = noteText(note, this.#farewellOf(cursor.connection));
    const palette = this.#palette;
    const paint = { opened: palette.strong, closed: palette.strong, warning: palette.warning, error: palette.error }[
      weight
    ];
    const line = this.#begin(cursor.time, cursor.connection);
    this.#output.line(line.add(`${MARKS[weight]} `, paint).add(text, paint).toString());
  }

  #finding({ time, connection }: Cursor, note: FindingNote): void {
    const palette = this.#palette;
    const paint = severityPaint(note.severity, palette);
    const line = this.#begin(time, connection);
    const indent = line.taken + 2;
    line.add(`${FINDING_MARK} `, paint).add(note.title, paint);
    if (note.channel !== undefined) line.add(`  ch${note.channel}`, palette.faint);
    if (line.columns >= ROOM_FOR_EVIDENCE) line.add(`  ${evidenceText(note.evidence)}`, palette.faint);
    this.#output.line(line.toString());
    for (const text of findingLines(note, indent, line.columns, palette)) this.#output.line(text);
  }

  #show(shown: Shown): void {
    const palette = this.#palette;
    const failed = shown.problem !== undefined || isErrorClose(shown.method);
    const paint = failed ? palette.error : paintOf(shown, palette);
    const line = this.#begin(shown.time, shown.connection);
    this.#layout.addFrame(line, shown.direction, shown.channel, shown.name, shown.size, paint);
    if (isErrorClose(shown.method)) line.uncut();
    const { links } = this.#options;
    const settlement = links && settlementOf(links, shown);
    // Why something failed is worth more than a column kept free.
    if (settlement && !(failed && settlement.latency === undefined)) this.#latency(line, settlement);
    if (shown.origin !== 'wire') line.add(` [${shown.origin}]`, palette.warning);
    if (shown.problem !== undefined) line.add(' ').add(`✗ ${shown.problem}`, palette.error);
    if (shown.remark !== undefined) line.add(` ${shown.remark}`);
    this.#content(line, shown, settlement?.details ?? [], failed ? paint : undefined);
    this.#output.line(line.toString());
  }

  #latency(line: Line, { latency }: Settlement): void {
    const isSlow = latency !== undefined && latency >= SLOW;
    const text = latency === undefined ? '' : latencyText(latency);
    this.#layout.addLatency(line, text, isSlow ? this.#palette.warning : this.#palette.faint);
  }

  /** Arguments, properties and body; the less important arguments and the properties leave the body room. */
  #content(line: Line, shown: Shown, known: readonly Detail[], paint: Paint | undefined): void {
    const { method, header, body, bodySize } = shown;
    const hasBody = bodySize > 0 && this.#options.view !== 'raw';
    const room = hasBody ? Math.min(line.left * BYTES_PER_COLUMN, UNCUT_PREVIEW) : 0;
    const preview = this.#options.bodies?.preview(shown, room) ?? previewOf(body, room);
    const text = visibleText(preview.text);
    const note = preview.note === undefined ? '' : ` ${visibleText(preview.note)}`;
    const wanted = hasBody ? columnsOf(text) + columnsOf(note) + BODY_MARK : 0;
    const reserved = Math.min(wanted, line.columns * SMALLEST_BODY);
    const longest = Math.max(SHORTEST_CUT, line.left * (hasBody ? LARGEST_VALUE_BESIDE_BODY : LARGEST_VALUE));
    const details = method && methodDetails(method, this.#options.showSecrets);
    // How many are settled says more than a tag, should there be no room for both.
    const isUrgent = ({ whole }: Detail): boolean => line.columns < WIDE && whole === true;
    this.#details(line, known.filter(isUrgent), longest, undefined, paint);
    if (details) this.#details(line, details.main, longest, hasBody ? undefined : details.main.at(-1), paint);
    if (line.left > reserved) {
      const part = new Line(Math.floor(line.left - reserved));
      const rest = known.filter((detail) => !isUrgent(detail));
      this.#details(part, rest, longest, undefined, paint);
      if (details) this.#details(part, details.rest, longest, details.rest.at(-1), paint);
      if (header) this.#properties(part, header, longest);
      line.addLine(part);
    }
    if (hasBody) this.#body(line, text, note, { size: bodySize, shown: preview.bytes });
  }

  #begin(time: number, connection: number): Line {
    const date = this.#layout.dateOf(time);
    if (date !== this.#date) {
      this.#date = date;
      this.#output.line(this.#palette.faint(`── ${date} ──`));
    }
    return this.#layout.line({ time, connection }, this.#output.columns);
  }

  #properties(line: Line, header: ContentHeader, longest: number): void {
    const details = propertyDetails(header);
    this.#details(line, details, longest, details.at(-1), undefined);
  }

  /** Adds details, none but `exempt` longer than `longest`. */
  #details(
    line: Line,
    details: readonly Detail[],
    longest: number,
    exempt: Detail | undefined,
    paint: Paint | undefined,
  ): void {
    for (const detail of details) {
      if (line.left <= 0) return;
      const isWhole = detail.whole || detail === exempt;
      const value = isWhole ? detail.value : shortenTo(visibleText(detail.value), longest);
      line.add(' ');
      if (detail.key !== undefined) line.add(`${detail.key}=`, paint ?? this.#palette.faint);
      line.add(value, paint);
    }
  }

  /** `│ {"id":1}`; with its size where most of it is not shown, and the note after it, in what room the body leaves. */
  #body(line: Line, preview: string, note: string, { size, shown }: { size: number; shown: number }): void {
    if (line.left <= BODY_MARK) return;
    line.add(' │ ', this.#palette.faint);
    const noteRoom = Math.max(line.left - columnsOf(preview), line.left * SMALLEST_NOTE);
    const noteShown = shortenTo(note, Math.floor(Math.min(columnsOf(note), noteRoom)));
    const room = line.left - columnsOf(noteShown);
    const isWhole = shown >= size && columnsOf(preview) <= room;
    const saysSize = !isWhole && line.left > ROOM_FOR_SIZE && (size > 2 * line.left || shown < size);
    const sizeText = saysSize ? `(${size} bytes) ` : '';
    line.add(sizeText, this.#palette.faint);
    if (note === '') line.add(preview).add(isWhole ? '' : '…');
    else
      line
        .add(isWhole ? preview : shortenTo(`${preview}…`, room - sizeText.length))
        .add(noteShown, this.#palette.faint);
  }

  /** What was said when the connection closed, other than how its sockets did. */
  #farewellOf(connection: number): string | undefined {
    const reason = this.#options.connections.get(connection)?.closeReason;
    return reason?.includes(' closed: ') ? reason : undefined;
  }

  #dump(cursor: Cursor): void {
    const end = Math.min(cursor.end, cursor.start + LONGEST_DUMP);
    for (const text of hexDump(cursor.bytes, cursor.start, end)) {
      this.#output.line(`  ${this.#palette.faint(text)}`);
    }
    if (end < cursor.end) this.#output.line(`  ${this.#palette.faint(`… ${cursor.end - end} more bytes`)}`);
  }
}

/** `record 17`, `records 17, 19` */
function evidenceText(evidence: readonly number[]): string {
  return evidence.length === 0 ? '' : `record${evidence.length > 1 ? 's' : ''} ${evidence.join(', ')}`;
}

function paintOf(shown: Shown, palette: Palette): Paint {
  if (shown.method) return methodPaint(shown.method.method.name, shown.direction, palette);
  return palette.faint;
}
