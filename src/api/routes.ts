// What can be asked over HTTP, one entry a route. The index at `/` is made from this list.

import { VERSION } from '../version.ts';
import { ApiError } from './api-error.ts';
import { connectionJson } from './connection-json.ts';
import { frameDetail } from './frame-detail.ts';
import { frameList } from './frame-list.ts';
import type { ConnectionsJson, HealthJson } from './json.ts';
import { checkParameters } from './query.ts';
import { type ApiContext, jsonReply, type Reply, type Route, type RouteRequest, textReply } from './route.ts';
import { SESSION_ROUTES } from './session-routes.ts';
import { STREAM_PATH } from './stream.ts';

export const ROUTES: readonly Route[] = [
  { path: '/', summary: 'this list', answer: index },
  { path: '/api/health', summary: 'whether the spy runs, since when, and what it holds', answer: health },
  { path: '/api/connections', summary: 'connections, open and lately closed', answer: connections },
  {
    path: '/api/frames',
    summary: 'events of the log: ?from=<id>&limit=<1..1000>&filter=<filter>; by default the newest 100',
    answer: frameList,
  },
  {
    path: '/api/frames/:id',
    summary: 'one event with its bytes, where each field stands in them, its links, and the body that it is part of',
    answer: frameDetail,
  },
  ...SESSION_ROUTES,
  { path: '/metrics', summary: 'Prometheus metrics', answer: metrics },
  {
    path: STREAM_PATH,
    summary:
      'WebSocket: events as they come; ?from=<id> replays, ?batch=1 sends arrays, ?heartbeats=0 omits those, ?filter= chooses, ?links=1 tells what answers what',
    answer: streamOverHttp,
  },
];

function index(_context: ApiContext, { query }: RouteRequest): Reply {
  checkParameters(query, []);
  const width = Math.max(...ROUTES.map(({ path }) => path.length));
  const lines = ROUTES.map(({ path, summary }) => `${path.padEnd(width)}  ${summary}\n`);
  return textReply(`amqp-spy ${VERSION}\n\n${lines.join('')}`);
}

function health({ log, connections: table, session, stream, startedAt }: ApiContext, { query }: RouteRequest): Reply {
  checkParameters(query, []);
  return jsonReply<HealthJson>({
    v: 1,
    status: 'ok',
    version: VERSION,
    uptime: Math.round(performance.now() - startedAt) / 1000,
    first_id: log.firstId,
    next_id: log.nextId,
    connections: { open: table.open, opened: table.opened },
    subscribers: { open: stream.subscribers, buffered_bytes: stream.buffered, missed: stream.missed },
    session: session && { missed: session.missed, findings: session.findings.counts, failure: session.failure },
  });
}

function connections({ connections: table }: ApiContext, { query }: RouteRequest): Reply {
  checkParameters(query, []);
  return jsonReply<ConnectionsJson>({
    v: 1,
    open: table.open,
    opened: table.opened,
    connections: table.list().map(connectionJson),
  });
}

async function metrics({ metrics: all }: ApiContext, { query }: RouteRequest): Promise<Reply> {
  checkParameters(query, []);
  return all.reply();
}

function streamOverHttp(): Reply {
  throw new ApiError(426, `${STREAM_PATH} speaks WebSocket: connect to it as ws://…${STREAM_PATH}`, {
    Upgrade: 'websocket',
  });
}
