// Routes as data: a path, what it gives, and the function that answers. routes.ts lists them, server.ts serves them.
// Invariant: a route changes nothing; all are GET.

import type { Schemas } from '../content/decoder.ts';
import { connectionContext, type FilterContext } from '../filter/context.ts';
import type { FrameLog } from '../log/frame-log.ts';
import type { ConnectionTable } from '../session/connection-table.ts';
import type { Session } from '../session/session.ts';
import { ApiError } from './api-error.ts';
import type { Metrics } from './metrics.ts';
import type { Stream } from './stream.ts';

/** What routes speak about. */
export interface ApiContext {
  readonly log: FrameLog;
  readonly connections: ConnectionTable;
  /** What the traffic means, if the API was given somebody who knows. */
  readonly session: Session | undefined;
  /** Of bodies, as the user gave them. */
  readonly schemas: Schemas | undefined;
  readonly stream: Stream;
  readonly metrics: Metrics;
  /** When the API began to listen, in ms of performance.now(). */
  readonly startedAt: number;
}

export interface RouteRequest {
  readonly query: URLSearchParams;
  /** What stands for `:id` in the path. */
  readonly id: string;
}

export interface Reply {
  readonly contentType: string;
  readonly body: string;
}

export interface Route {
  /** `/api/frames/:id`; `:id` stands for one segment. */
  readonly path: string;
  readonly summary: string;
  /** Throws ApiError for what it refuses. */
  readonly answer: (context: ApiContext, request: RouteRequest) => Reply | Promise<Reply>;
}

/** Throws ApiError 501 where the API has no session. */
export function sessionOf({ session }: ApiContext): Session {
  return checkSession(session);
}

/** Throws ApiError 501 where there is none. */
export function checkSession(session: Session | undefined): Session {
  if (session) return session;
  throw new ApiError(501, 'this API knows frames only: it was started without a session');
}

/** What filters may ask about the traffic: without a session no more than the handshakes. */
export function contextOf({ session, connections }: Pick<ApiContext, 'session' | 'connections'>): FilterContext {
  return session ?? connectionContext((id) => connections.get(id));
}

/** The value as JSON; members that are undefined are left out. */
export function jsonReply<Json extends object>(value: Json): Reply {
  return jsonTextReply(JSON.stringify(value));
}

/** The members of `head`, and behind them a list under that name, whose items are JSON already. */
export function jsonListReply(head: object, name: string, items: readonly string[]): Reply {
  return jsonTextReply(`${JSON.stringify(head).slice(0, -1)},${JSON.stringify(name)}:[${items.join(',')}]}`);
}

function jsonTextReply(text: string): Reply {
  return { contentType: 'application/json; charset=utf-8', body: `${text}\n` };
}

/** Plain text. */
export function textReply(body: string): Reply {
  return { contentType: 'text/plain; charset=utf-8', body };
}

/** The route of this path and its `:id`, or undefined. */
export function findRoute(routes: readonly Route[], path: string): { route: Route; id: string } | undefined {
  const slash = path.lastIndexOf('/');
  const last = path.slice(slash + 1);
  const parent = `${path.slice(0, slash)}/:id`;
  for (const route of routes) {
    if (route.path === path) return { route, id: '' };
    if (route.path === parent && last !== '') return { route, id: last };
  }
  return undefined;
}
