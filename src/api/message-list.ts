// GET /api/messages and /api/messages/:id: messages that passed lately and what became of each, newest last; bounded in
// count and in bytes. The search is made in slices, between which the traffic goes on.

import { setImmediate as nextTurn } from 'node:timers/promises';
import type { MessageRow } from '../session/message-row.ts';
import type { MessageTable } from '../session/messages.ts';
import type { Session } from '../session/session.ts';
import { ApiError } from './api-error.ts';
import type { MessagesJson } from './json.ts';
import { messageJson } from './message-json.ts';
import { MESSAGE_STATES, messageStateTest } from './message-state.ts';
import { checkParameters, choiceParameter, integerParameter, pathNumber } from './query.ts';
import { type ApiContext, jsonListReply, jsonReply, type Reply, type RouteRequest, sessionOf } from './route.ts';

const DEFAULT_LIMIT = 100;
const LARGEST_LIMIT = 1000;
/** An answer ends with the message that makes it longer than this, in characters. */
const ENOUGH = 2 << 20;
/** Messages looked at in one go: a fraction of a millisecond. */
const SLICE = 500;

type Test = (message: MessageRow) => boolean;

/** `next_from` asks for what follows; `missed` says how many of the messages asked for are gone. */
export async function messageList(context: ApiContext, { query }: RouteRequest): Promise<Reply> {
  checkParameters(query, ['message_id', 'connection', 'exchange', 'queue', 'state', 'from', 'limit']);
  const session = sessionOf(context);
  const limit = integerParameter(query, 'limit', 1, LARGEST_LIMIT) ?? DEFAULT_LIMIT;
  const from = integerParameter(query, 'from', 1);
  const test = testOf(query, session);
  const { messages } = session;
  const { oldest, next } = messages;
  const { texts, end } =
    from === undefined
      ? await newest(messages, test, limit)
      : await onward(messages, test, limit, Math.max(from, oldest));
  const missed = from === undefined || from >= oldest ? undefined : oldest - from;
  const head: Omit<MessagesJson, 'messages'> = { v: 1, first_seq: oldest, next_seq: next, next_from: end, missed };
  return jsonListReply(head, 'messages', texts);
}

/** Throws ApiError 400 for what is no number, 404 for a message that is gone or has not come yet. */
export function messageDetail(context: ApiContext, { id: text, query }: RouteRequest): Reply {
  checkParameters(query, []);
  const { messages } = sessionOf(context);
  const seq = pathNumber(text, 'the number of a message');
  if (seq >= messages.next) {
    throw new ApiError(404, `message ${seq} has not come yet: the next one will be ${messages.next}`);
  }
  if (seq < 1) throw new ApiError(404, 'there is no message 0: numbers begin at 1');
  const message = messages.get(seq);
  if (!message) throw new ApiError(404, `message ${seq} is gone: the oldest is now ${messages.oldest}`);
  return jsonReply({ v: 1, ...messageJson(message) });
}

/** All that is asked for must be true of a message. */
function testOf(query: URLSearchParams, session: Session): Test {
  const messageId = query.get('message_id');
  const connection = integerParameter(query, 'connection', 1);
  const exchange = query.get('exchange');
  const queue = query.get('queue');
  const state = choiceParameter(query, 'state', MESSAGE_STATES);
  const isInState = state === undefined ? undefined : messageStateTest(state, session);
  return (message) =>
    (messageId === null || message.messageId === messageId) &&
    (exchange === null || message.exchange === exchange) &&
    (connection === undefined || isOf(message, connection)) &&
    (queue === null || message.deliveries.some((delivery) => delivery.queue === queue)) &&
    (isInState === undefined || isInState(message));
}

/** The connection published it, or it was delivered there. */
function isOf({ record, connection, deliveries }: MessageRow, wanted: number): boolean {
  return (record > 0 && connection === wanted) || deliveries.some((delivery) => delivery.connection === wanted);
}

interface Stretch {
  /** JSON, oldest first. */
  readonly texts: string[];
  /** Where to go on. */
  readonly end: number;
}

/** The last `limit` of those that pass the test. */
async function newest(messages: MessageTable, test: Test, limit: number): Promise<Stretch> {
  const end = messages.next;
  const texts: string[] = [];
  let size = 0;
  for (let seq = end - 1; texts.length < limit && size < ENOUGH; seq--) {
    const message = messages.get(seq);
    if (!message) break;
    if (test(message)) {
      const text = JSON.stringify(messageJson(message));
      texts.push(text);
      size += text.length;
    }
    if (seq % SLICE === 0) await nextTurn();
  }
  return { texts: texts.reverse(), end };
}

/** The first `limit` of them from a number on. Those that leave the table meanwhile are passed over. */
async function onward(messages: MessageTable, test: Test, limit: number, from: number): Promise<Stretch> {
  const last = messages.next;
  const texts: string[] = [];
  let size = 0;
  let seq = Math.min(from, last);
  for (; seq < last && texts.length < limit && size < ENOUGH; seq++) {
    if (seq % SLICE === 0) await nextTurn();
    const message = messages.get(seq);
    if (!message || !test(message)) continue;
    const text = JSON.stringify(messageJson(message));
    texts.push(text);
    size += text.length;
  }
  return { texts, end: seq };
}
