// Judges records one by one so that the frames of a command share its fate: method, content header and bodies pass together
// or not at all. What cannot be judged before its content came is held back, and let through as a whole.
// Part of filtered-reader.ts. Invariant: bounded, and never throws; what was begun and never ends is judged by what came.
//
//   method ──▶ judged ────────────────────────▶ header, bodies: the same
//          └─▶ not yet ──▶ header ──▶ body … ──▶ judged, at the latest by the last byte

import type { Cursor } from '../log/cursor.ts';
import { KIND_FRAMES, KIND_NOTE } from '../log/runs.ts';
import { claimedBodySize } from '../protocol/content-header.ts';
import { type DirectionName, directionName, FRAME_BODY, FRAME_HEADER, FRAME_HEARTBEAT } from '../protocol/frame.ts';
import type { FilterContext } from './context.ts';
import type { Filter } from './filter.ts';
import { HeldCommand } from './held-command.ts';
import { RecordSubject } from './record-subject.ts';
import { AT_HEADER, AT_METHOD, type Stage } from './subject.ts';

/** A record passes, or is withheld, or shares the fate of a command that is not judged yet. */
export type Verdict = 'pass' | 'withhold' | 'later';

/** Bytes of methods, headers and bodies that are held, all told; records that wait; commands that are begun. */
const HELD_BYTES = 64 << 20;
const HELD_RECORDS = 1 << 20;
const HELD_COMMANDS = 10_000;
/** Connections that are kept track of; a log that lost their ends must not make it grow. */
const CONNECTIONS = 50_000;

/** One channel in one direction: what became of its last method, and of the content that follows it. */
interface Lane {
  readonly direction: number;
  /** undefined: no content is to follow. */
  verdict: Verdict | undefined;
  held: HeldCommand | undefined;
}

export class CommandGate {
  readonly #filter: Filter;
  readonly #context: FilterContext;
  readonly #release: (ids: readonly number[]) => void;
  readonly #subject: RecordSubject;
  readonly #connections = new Map<number, Map<number, Lane>>();
  readonly #holding = new Set<Lane>();
  #heldBytes = 0;
  #heldRecords = 0;
  #lastConnection = -1;
  #lastKey = -1;
  #lastLane: Lane | undefined;

  /** `release` is told the ids of records that were held back and pass after all, in order. */
  constructor(filter: Filter, context: FilterContext, release: (ids: readonly number[]) => void) {
    this.#filter = filter;
    this.#context = context;
    this.#release = release;
    this.#subject = new RecordSubject(context);
  }

  /** Id of the oldest record that is held back. */
  get oldestHeld(): number | undefined {
    let oldest: number | undefined;
    for (const { held } of this.#holding) oldest = Math.min(oldest ?? Number.POSITIVE_INFINITY, held!.ids[0]!);
    return oldest;
  }

  /** Judges the record that the cursor shows. Records that it settles are released before it returns. */
  judge(cursor: Cursor): Verdict {
    if (cursor.kind !== KIND_FRAMES) return this.#noFrame(cursor);
    switch (cursor.frameType) {
      case FRAME_HEADER:
        return this.#header(cursor, this.#laneOf(cursor));
      case FRAME_BODY:
        return this.#body(cursor, this.#laneOf(cursor));
      case FRAME_HEARTBEAT:
        return this.#alone(cursor);
      default:
        return this.#method(cursor, this.#laneOf(cursor));
    }
  }

  /** Judges all that is held back by what came of it. */
  settle(): void {
    for (const lane of [...this.#holding]) this.#settle(lane);
  }

  /** Records were missed: what was begun will never be whole, and what comes may belong to no method. */
  missed(): void {
    this.settle();
    this.#connections.clear();
    this.#lastKey = -1;
  }

  #alone(cursor: Cursor): Verdict {
    this.#subject.show(cursor);
    return verdictOf(this.#filter.matches(this.#subject));
  }

  #noFrame(cursor: Cursor): Verdict {
    const subject = this.#subject;
    subject.show(cursor);
    if (cursor.kind !== KIND_NOTE) return verdictOf(this.#filter.matches(subject));
    const { note } = subject;
    const verdict = verdictOf(this.#filter.matches(subject));
    if (note?.type === 'connection.closed') this.#forget(cursor.connection);
    else if (note?.type === 'gap' || note?.type === 'opaque') this.#interrupt(cursor.connection, note.direction);
    return verdict;
  }

  #method(cursor: Cursor, lane: Lane): Verdict {
    if (lane.held) this.#settle(lane);
    const subject = this.#subject;
    subject.show(cursor);
    if (!subject.method?.spec.content) {
      lane.verdict = undefined;
      return verdictOf(this.#filter.matches(subject));
    }
    return this.#foresee(cursor, lane, AT_METHOD);
  }

  #header(cursor: Cursor, lane: Lane): Verdict {
    const { held } = lane;
    if (held?.hasHeader) this.#settle(lane);
    if (lane.held) return this.#addHeader(cursor, lane, lane.held);
    if (lane.verdict !== undefined && !held) return lane.verdict;
    this.#subject.show(cursor);
    if (bodySizeOf(cursor) > 0) return this.#foresee(cursor, lane, AT_HEADER);
    lane.verdict = undefined;
    return verdictOf(this.#filter.matches(this.#subject));
  }

  #body(cursor: Cursor, lane: Lane): Verdict {
    const { held } = lane;
    if (held && !held.hasHeader) this.#settle(lane);
    else if (held) return this.#addBody(cursor, lane, held);
    else if (lane.verdict !== undefined) return lane.verdict;
    this.#subject.show(cursor);
    if (this.#filter.needsBody) this.#subject.body = cursor.bytes.slice(cursor.payloadStart, cursor.payloadEnd);
    lane.verdict = undefined;
    return verdictOf(this.#filter.matches(this.#subject));
  }

  /** The subject shows the beginning of a command. */
  #foresee(cursor: Cursor, lane: Lane, stage: Stage): Verdict {
    const passes = this.#filter.foresee(this.#subject, stage);
    if (passes !== undefined) {
      lane.verdict = verdictOf(passes);
      return lane.verdict;
    }
    const held = new HeldCommand(this.#context, cursor, this.#filter.needsBody);
    lane.held = held;
    lane.verdict = 'later';
    this.#holding.add(lane);
    this.#heldRecords++;
    this.#hold(held.bytes);
    return 'later';
  }

  #addHeader(cursor: Cursor, lane: Lane, held: HeldCommand): Verdict {
    held.subject.count(cursor);
    held.subject.showHeader(cursor);
    if (bodySizeOf(cursor) === 0) return this.#complete(lane, held);
    const passes = this.#filter.foresee(held.subject, AT_HEADER);
    if (passes !== undefined) return this.#finish(lane, held, passes);
    return this.#wait(lane, held, cursor.id, held.keepHeader(cursor));
  }

  #addBody(cursor: Cursor, lane: Lane, held: HeldCommand): Verdict {
    held.subject.count(cursor);
    const kept = held.keepBody(cursor, HELD_BYTES - this.#heldBytes);
    if (!held.isWhole) return this.#wait(lane, held, cursor.id, kept);
    // What was kept now is released together with the rest.
    this.#heldBytes += kept;
    return this.#complete(lane, held);
  }

  #wait(lane: Lane, held: HeldCommand, id: number, bytes: number): Verdict {
    held.ids.push(id);
    this.#heldRecords++;
    this.#hold(bytes);
    if (held.isTooLarge && lane.held) {
      held.foreseeSize();
      this.#settle(lane);
    }
    return 'later';
  }

  /** Counts what is held more, and gives up the oldest where it becomes too much. */
  #hold(bytes: number): void {
    this.#heldBytes += bytes;
    while (this.#holding.size > HELD_COMMANDS || this.#heldBytes > HELD_BYTES || this.#heldRecords > HELD_RECORDS) {
      const [oldest] = this.#holding;
      this.#settle(oldest!);
    }
  }

  #settle(lane: Lane): void {
    const { held } = lane;
    if (held) this.#finish(lane, held, this.#filter.matches(held.subject));
  }

  /** All of it came: what follows belongs to something else. */
  #complete(lane: Lane, held: HeldCommand): Verdict {
    const verdict = this.#finish(lane, held, this.#filter.matches(held.subject));
    lane.verdict = undefined;
    return verdict;
  }

  #finish(lane: Lane, held: HeldCommand, passes: boolean): Verdict {
    this.#holding.delete(lane);
    this.#heldBytes -= held.bytes;
    this.#heldRecords -= held.ids.length;
    lane.held = undefined;
    lane.verdict = verdictOf(passes);
    if (passes) this.#release(held.ids);
    return lane.verdict;
  }

  #laneOf(cursor: Cursor): Lane {
    const { connection, direction, channel } = cursor;
    const key = direction * 0x10000 + channel;
    if (key === this.#lastKey && connection === this.#lastConnection) return this.#lastLane!;
    let lanes = this.#connections.get(connection);
    if (!lanes) {
      lanes = new Map();
      this.#connections.set(connection, lanes);
      if (this.#connections.size > CONNECTIONS) this.#forget(this.#connections.keys().next().value!);
    }
    let lane = lanes.get(key);
    if (!lane) {
      lane = { direction, verdict: undefined, held: undefined };
      lanes.set(key, lane);
    }
    this.#lastConnection = connection;
    this.#lastKey = key;
    this.#lastLane = lane;
    return lane;
  }

  #forget(connection: number): void {
    this.#interrupt(connection, undefined);
    this.#connections.delete(connection);
    this.#lastKey = -1;
  }

  #interrupt(connection: number, direction: DirectionName | undefined): void {
    for (const lane of this.#connections.get(connection)?.values() ?? []) {
      if (direction === undefined || direction === directionName(lane.direction === 0 ? 0 : 1)) this.#settle(lane);
    }
  }
}

/** Bytes of the body that the content header at the cursor announces. */
function bodySizeOf({ bytes, payloadStart, payloadEnd }: Cursor): number {
  return claimedBodySize(bytes, payloadStart, payloadEnd);
}

function verdictOf(passes: boolean): Verdict {
  return passes ? 'pass' : 'withhold';
}
