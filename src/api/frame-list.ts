// GET /api/frames: a stretch of the log as events, oldest first, bounded in count and in bytes.

import { Cursor } from '../log/cursor.ts';
import { boundedEventOf } from './bounded-event.ts';
import { checkParameters, integerParameter } from './query.ts';
import { type ApiContext, jsonTextReply, type Reply, type RouteRequest } from './route.ts';

const DEFAULT_LIMIT = 100;
const LARGEST_LIMIT = 1000;
/** An answer ends with the event that makes it longer than this: it is made in one go, while the traffic waits. */
const ENOUGH = 2 << 20;

/** `next_from` asks for what follows; `missed` says how many of the records asked for are gone. */
export function frameList({ log }: ApiContext, { query }: RouteRequest): Reply {
  checkParameters(query, ['from', 'limit']);
  const limit = integerParameter(query, 'limit', 1, LARGEST_LIMIT) ?? DEFAULT_LIMIT;
  const from = integerParameter(query, 'from', 1) ?? Math.max(log.firstId, log.nextId - limit);
  const cursor = new Cursor(log, from);
  const missed = Math.max(0, cursor.id + 1 - from);
  const events: string[] = [];
  let size = 0;
  while (events.length < limit && size < ENOUGH && cursor.next()) {
    const text = JSON.stringify(boundedEventOf(cursor, log.showSecrets));
    events.push(text);
    size += text.length;
  }
  const ids = { first_id: log.firstId, next_id: log.nextId, next_from: cursor.id + 1 };
  const head = JSON.stringify(missed > 0 ? { v: 1, ...ids, missed } : { v: 1, ...ids });
  return jsonTextReply(`${head.slice(0, -1)},"events":[${events.join(',')}]}`);
}
