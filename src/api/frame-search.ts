// Which records of a stretch of the log pass a filter. Part of frame-list.ts. The search is made in slices, between which
// the traffic goes on. Invariant: what is found is in order, and a command is found whole or, beyond `end`, not yet.

import { performance } from 'node:perf_hooks';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { FilterContext } from '../filter/context.ts';
import type { Filter } from '../filter/filter.ts';
import { FilteredReader } from '../filter/filtered-reader.ts';
import { Cursor } from '../log/cursor.ts';
import type { FrameLog } from '../log/frame-log.ts';

/** ms that the traffic may have to wait. */
const SLICE_MS = 1;
/** Records between looks at the clock: a filter may look into the body of each. */
const RECORDS_PER_LOOK = 16;
/** Records that one search looks at; who wants more goes on from `end`. */
const LONGEST_SEARCH = 500_000;
/** Records looked at before the first that is wanted: content that stands there belongs to the methods among them. */
const LOOK_BACK = 2000;
/** Where the newest are wanted, the search begins this far back, and further if that gives too few. */
const FIRST_WINDOW = 5000;
const WINDOW_GROWTH = 10;

export interface Search {
  readonly log: FrameLog;
  readonly filter: Filter;
  readonly context: FilterContext;
}

export interface Stretch {
  /** Ids of the records that pass, in order. */
  readonly ids: readonly number[];
  /** Where to go on. */
  readonly end: number;
}

/** The last `limit` records that pass. */
export async function findNewest(search: Search, limit: number): Promise<Stretch> {
  const { log } = search;
  const last = log.nextId - 1;
  for (let window = FIRST_WINDOW; ; window *= WINDOW_GROWTH) {
    const from = Math.max(log.firstId, last + 1 - Math.min(window, LONGEST_SEARCH));
    const { ids, end } = await find(search, from, last, Number.POSITIVE_INFINITY);
    if (ids.length >= limit || window >= LONGEST_SEARCH || from === log.firstId) return { ids: ids.slice(-limit), end };
  }
}

/** The first `limit` records from an id on that pass. */
export function findOnward(search: Search, from: number, limit: number): Promise<Stretch> {
  return find(search, from, Math.min(search.log.nextId, from + LONGEST_SEARCH) - 1, limit);
}

async function find({ log, filter, context }: Search, from: number, last: number, limit: number): Promise<Stretch> {
  const ids: number[] = [];
  const reader = new FilteredReader(log, filter, context, {
    record: ({ id }) => {
      if (id >= from) ids.push(id);
    },
    missed() {},
  });
  const cursor = new Cursor(log, Math.max(from - LOOK_BACK, log.firstId));
  let seen = 0;
  let begin = performance.now();
  while (cursor.id < last && !(ids.length >= limit && isSettled(reader, ids, limit)) && cursor.next()) {
    const missed = cursor.takeMissed();
    if (missed > 0) reader.missed(missed);
    reader.record(cursor);
    if (++seen % RECORDS_PER_LOOK === 0 && performance.now() - begin >= SLICE_MS) {
      await nextTurn();
      begin = performance.now();
    }
  }
  let end = cursor.id + 1;
  const held = reader.oldestHeld;
  // A command that is still under way is left to the next search, unless that would get no further.
  if (held !== undefined && held > from) end = held;
  else reader.end();
  const found = ids.filter((id) => id < end).sort((a, b) => a - b);
  if (found.length <= limit) return { ids: found, end };
  return { ids: found.slice(0, limit), end: found[limit - 1]! + 1 };
}

/** Whether nothing that waits can come before the first `limit` that were found. */
function isSettled(reader: FilteredReader, ids: readonly number[], limit: number): boolean {
  const held = reader.oldestHeld;
  return held === undefined || held > Math.max(...ids.slice(0, limit));
}
