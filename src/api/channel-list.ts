// GET /api/channels: channels of all connections or of one, those closed lately included.

import { nowMicros } from '../log/clock.ts';
import { channelsJson } from './channel-json.ts';
import { checkParameters, choiceParameter, integerParameter } from './query.ts';
import { type ApiContext, jsonReply, type Reply, type RouteRequest, sessionOf } from './route.ts';

/** `omitted` says how many more there are. */
export function channelList(context: ApiContext, { query }: RouteRequest): Reply {
  checkParameters(query, ['connection', 'state']);
  const connection = integerParameter(query, 'connection', 1);
  const state = choiceParameter(query, 'state', ['open', 'closed']);
  const channels = [...sessionOf(context).channels()].filter(
    (channel) =>
      (connection === undefined || channel.connection.id === connection) &&
      (state === undefined || channel.isOpen === (state === 'open')),
  );
  return jsonReply({ v: 1, ...channelsJson(channels, nowMicros()) });
}
