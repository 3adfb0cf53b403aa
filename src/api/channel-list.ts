// GET /api/channels: channels of all connections or of one, those closed lately included; bounded in count.

import { nowMicros } from '../log/clock.ts';
import { BoundedTables } from './bounded-table.ts';
import { channelJson } from './channel-json.ts';
import { checkParameters, choiceParameter, integerParameter } from './query.ts';
import { type ApiContext, jsonReply, type Reply, type RouteRequest, sessionOf } from './route.ts';

/** Channels in one answer. */
const MOST = 5000;

/** `omitted` says how many more there are. */
export function channelList(context: ApiContext, { query }: RouteRequest): Reply {
  checkParameters(query, ['connection', 'state']);
  const connection = integerParameter(query, 'connection', 1);
  const state = choiceParameter(query, 'state', ['open', 'closed']);
  const tables = new BoundedTables();
  const now = nowMicros();
  const channels: object[] = [];
  let omitted = 0;
  for (const channel of sessionOf(context).channels()) {
    if (connection !== undefined && channel.connection.id !== connection) continue;
    if (state !== undefined && channel.isOpen !== (state === 'open')) continue;
    if (channels.length < MOST) channels.push(channelJson(channel, tables, now));
    else omitted++;
  }
  return jsonReply({ v: 1, channels, omitted: omitted > 0 ? omitted : undefined });
}
