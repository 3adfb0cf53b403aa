// Routes as data: a path, who may ask, and what answers each method. routes.ts lists them, server.ts serves them.

import type { IncomingMessage } from 'node:http';
import { type ExactJson, formatJson } from '../definitions/exact-json.ts';
import type { Who } from './authorization.ts';
import type { Management } from './management.ts';
import { type JsonObject, parseObject, readBody } from './request-body.ts';

/** What is asked. */
export class ManagementRequest {
  readonly message: IncomingMessage;
  /** What stands in the path for `:vhost` and the like, decoded. */
  readonly parameters: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly who: Who;

  constructor(message: IncomingMessage, parameters: ManagementRequest['parameters'], query: URLSearchParams, who: Who) {
    this.message = message;
    this.parameters = parameters;
    this.query = query;
    this.who = who;
  }

  /** A part of the path that the route has. */
  parameter(name: string): string {
    return this.parameters[name] ?? '';
  }

  /** The JSON object in the body; empty if there is none. Throws HttpError 400, 413. */
  async object(): Promise<JsonObject> {
    return parseObject((await readBody(this.message)).toString());
  }
}

export interface Reply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly contentType?: string;
  readonly body?: string;
}

export type Answer = (management: Management, request: ManagementRequest) => Reply | Promise<Reply>;

/**
 * Who may ask. `anyone`: no login; `user`: any tag of RabbitMQ's; `vhost`: who has permissions on the virtual host in
 * the path; `visible-vhost`: monitoring users besides; `policies`: policymakers among them; `own`: whose connection it
 * is, checked by the answer.
 */
export type Audience =
  | 'anyone'
  | 'user'
  | 'own'
  | 'vhost'
  | 'visible-vhost'
  | 'policies'
  | 'policymaker'
  | 'monitor'
  | 'administrator';

export interface Route {
  /** `/api/queues/:vhost/:queue`; `:name` stands for one segment. */
  readonly path: string;
  readonly audience: Audience;
  readonly get?: Answer;
  readonly put?: Answer;
  readonly post?: Answer;
  readonly delete?: Answer;
}

export type Method = 'get' | 'put' | 'post' | 'delete';

export function json(value: ExactJson, status = 200): Reply {
  return { status, contentType: 'application/json', body: formatJson(value) };
}

export function created(location?: string): Reply {
  return location === undefined ? { status: 201 } : { status: 201, headers: { Location: location } };
}

export function noContent(): Reply {
  return { status: 204 };
}

/** The methods a route answers, as in an Allow header. */
export function allowedMethods(route: Route): string {
  const names = [route.get && 'HEAD', route.get && 'GET', route.post && 'POST', route.put && 'PUT'];
  return [...names, route.delete && 'DELETE', 'OPTIONS'].filter((name) => name !== undefined).join(', ');
}

export interface Found {
  readonly route: Route;
  readonly parameters: Readonly<Record<string, string>>;
}

/** Finds routes by path. The first that fits wins. */
export class RouteTable {
  /** By number of segments. */
  readonly #routes = new Map<number, { readonly route: Route; readonly segments: readonly string[] }[]>();

  constructor(routes: readonly Route[]) {
    for (const route of routes) {
      const segments = route.path.split('/').slice(1);
      const bucket = this.#routes.get(segments.length);
      if (bucket) bucket.push({ route, segments });
      else this.#routes.set(segments.length, [{ route, segments }]);
    }
  }

  /** `path` is as in the request, still encoded. A slash at its end is overlooked. */
  find(path: string): Found | undefined {
    const given = path
      .replace(/(?<=.)\/$/, '')
      .split('/')
      .slice(1);
    for (const { route, segments } of this.#routes.get(given.length) ?? []) {
      const parameters = match(segments, given);
      if (parameters) return { route, parameters };
    }
    return undefined;
  }
}

function match(segments: readonly string[], given: readonly string[]): Record<string, string> | undefined {
  const parameters: Record<string, string> = {};
  for (let i = 0; i < segments.length; i++) {
    const segment = segments[i]!;
    if (!segment.startsWith(':')) {
      if (segment !== given[i]) return undefined;
    } else {
      const value = decode(given[i]!);
      if (value === undefined) return undefined;
      parameters[segment.slice(1)] = value;
    }
  }
  return parameters;
}

function decode(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment);
  } catch {
    return undefined;
  }
}
