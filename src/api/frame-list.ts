// GET /api/frames: a stretch of the log as events, oldest first, bounded in count and in bytes; all of them or those that
// pass a filter.

import { Cursor } from '../log/cursor.ts';
import type { FrameLog } from '../log/frame-log.ts';
import { boundedEventOf } from './bounded-event.ts';
import { findNewest, findOnward, type Search } from './frame-search.ts';
import type { FramesJson } from './json.ts';
import { checkParameters, filterParameter, integerParameter } from './query.ts';
import { type ApiContext, contextOf, jsonListReply, type Reply, type RouteRequest } from './route.ts';

const DEFAULT_LIMIT = 100;
const LARGEST_LIMIT = 1000;
/** An answer ends with the event that makes it longer than this: it is made in one go, while the traffic waits. */
const ENOUGH = 2 << 20;

/** `next_from` asks for what follows; `missed` says how many of the records asked for are gone. */
export async function frameList(context: ApiContext, { query }: RouteRequest): Promise<Reply> {
  checkParameters(query, ['from', 'limit', 'filter']);
  const { log } = context;
  const limit = integerParameter(query, 'limit', 1, LARGEST_LIMIT) ?? DEFAULT_LIMIT;
  const asked = integerParameter(query, 'from', 1);
  const filter = await filterParameter(query, 'filter');
  const missed = asked === undefined ? 0 : Math.max(0, Math.min(log.firstId, log.nextId) - asked);
  const { events, end } = filter
    ? await filteredEvents({ log, filter, context: contextOf(context) }, asked, limit)
    : allEvents(log, asked ?? Math.max(log.firstId, log.nextId - limit), limit);
  const ids = { first_id: log.firstId, next_id: log.nextId, next_from: end };
  const head: Omit<FramesJson, 'events'> = { v: 1, ...ids, missed: missed > 0 ? missed : undefined };
  return jsonListReply(head, 'events', events);
}

interface Stretch {
  /** JSON, oldest first. */
  readonly events: readonly string[];
  /** Where to go on. */
  readonly end: number;
}

function allEvents(log: FrameLog, from: number, limit: number): Stretch {
  const cursor = new Cursor(log, from);
  const events: string[] = [];
  let size = 0;
  while (events.length < limit && size < ENOUGH && cursor.next()) {
    const text = JSON.stringify(boundedEventOf(cursor, log.showSecrets));
    events.push(text);
    size += text.length;
  }
  return { events, end: cursor.id + 1 };
}

/** Those that leave the log meanwhile are passed over. */
async function filteredEvents(search: Search, asked: number | undefined, limit: number): Promise<Stretch> {
  const { log } = search;
  const found = asked === undefined ? await findNewest(search, limit) : await findOnward(search, asked, limit);
  const events: string[] = [];
  let size = 0;
  for (const id of found.ids) {
    const cursor = new Cursor(log, id);
    if (!cursor.next() || cursor.id !== id) continue;
    const text = JSON.stringify(boundedEventOf(cursor, log.showSecrets));
    events.push(text);
    size += text.length;
    if (size >= ENOUGH) return { events, end: id + 1 };
  }
  return { events, end: found.end };
}
