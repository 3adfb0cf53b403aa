// Routes that speak of what the traffic means: connections, channels, messages, topology, findings, latencies.
// Part of routes.ts' list; each asks the session, and refuses where there is none.

import { nowMicros } from '../log/clock.ts';
import { SEVERITIES } from '../log/note.ts';
import { FINDINGS } from '../session/findings/registry.ts';
import type { Findings } from '../session/findings.ts';
import { LATENCY_KINDS } from '../session/latencies.ts';
import { ApiError } from './api-error.ts';
import { channelList } from './channel-list.ts';
import { connectionDetail } from './connection-detail.ts';
import { findingJson } from './finding-json.ts';
import type { FindingsJson, LatenciesJson } from './json.ts';
import { latencyJson } from './latency-json.ts';
import { messageDetail, messageList } from './message-list.ts';
import { checkParameters, choiceParameter } from './query.ts';
import { type ApiContext, jsonReply, type Reply, type Route, type RouteRequest, sessionOf } from './route.ts';
import { topologyJson } from './topology-json.ts';

/** Latencies in one answer: those with the most values. */
const MOST_LATENCIES = 1000;

export const SESSION_ROUTES: readonly Route[] = [
  {
    path: '/api/connections/:id',
    summary: 'one connection: limits, capabilities, heartbeats, rates, channels',
    answer: connectionDetail,
  },
  {
    path: '/api/channels',
    summary: 'channels, open and lately closed: ?connection=<id>&state=<open|closed>',
    answer: channelList,
  },
  {
    path: '/api/messages',
    summary: 'messages and what became of them: ?message_id=&connection=&exchange=&queue=&state=&from=&limit=<1..1000>',
    answer: messageList,
  },
  { path: '/api/messages/:id', summary: 'one message by its number (seq)', answer: messageDetail },
  { path: '/api/topology', summary: 'exchanges, queues and bindings as declared and used', answer: topology },
  {
    path: '/api/findings',
    summary: 'what is wrong with the traffic: ?severity=<error|warning|info>&finding=<id>',
    answer: findings,
  },
  { path: '/api/latency', summary: `latencies in µs: ?kind=<${LATENCY_KINDS.join('|')}>`, answer: latencies },
];

function topology(context: ApiContext, { query }: RouteRequest): Reply {
  checkParameters(query, []);
  return jsonReply(topologyJson(sessionOf(context), nowMicros()));
}

function findings(context: ApiContext, { query }: RouteRequest): Reply {
  checkParameters(query, ['severity', 'finding']);
  const severity = choiceParameter(query, 'severity', SEVERITIES);
  const { findings: all } = sessionOf(context);
  const id = findingParameter(query, all);
  const found = all
    .list()
    .filter((found) => (severity ?? found.severity) === found.severity)
    .filter(({ definition }) => (id ?? definition.id) === definition.id);
  return jsonReply<FindingsJson>({
    v: 1,
    findings: found.map(findingJson),
    counts: all.counts,
    overflow: all.overflow > 0 ? all.overflow : undefined,
  });
}

/** The id of a finding that there is, or that was found. Throws ApiError 400. */
function findingParameter(query: URLSearchParams, all: Findings): string | null {
  const id = query.get('finding');
  const isKnown =
    id === null ||
    FINDINGS.some((definition) => definition.id === id) ||
    all.list().some(({ definition }) => definition.id === id);
  if (isKnown) return id;
  throw new ApiError(400, `finding: there is none called '${id}'`);
}

function latencies(context: ApiContext, { query }: RouteRequest): Reply {
  checkParameters(query, ['kind']);
  const kind = choiceParameter(query, 'kind', LATENCY_KINDS);
  const all = sessionOf(context)
    .latencies()
    .filter((latency) => (kind ?? latency.kind) === latency.kind);
  const omitted = all.length - MOST_LATENCIES;
  return jsonReply<LatenciesJson>({
    v: 1,
    latencies: all.slice(0, MOST_LATENCIES).map(latencyJson),
    omitted: omitted > 0 ? omitted : undefined,
  });
}
