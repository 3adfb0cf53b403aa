// What the management API refuses, and how it says so: an HTTP status and `{"error": …, "reason": …}`, worded as
// RabbitMQ's management does, since scripts match on it. Counterpart: server.ts, which turns it into an answer.

import type { ExactJson } from '../definitions/exact-json.ts';

export class HttpError extends Error {
  readonly status: number;
  /** `bad_request`, `not_found`, …; undefined: an answer without a body. */
  readonly error: string | undefined;
  /** Text, or what RabbitMQ prints for an Erlang tuple: a list. */
  readonly reason: ExactJson;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, error?: string, reason: ExactJson = '', headers: Readonly<Record<string, string>> = {}) {
    super(typeof reason === 'string' ? reason : JSON.stringify(reason));
    this.name = 'HttpError';
    this.status = status;
    this.error = error;
    this.reason = reason;
    this.headers = headers;
  }
}

/** No such path, or nothing there. */
export function notThere(): HttpError {
  return new HttpError(404, 'Object Not Found', 'Not Found');
}

export function notFound(reason: string): HttpError {
  return new HttpError(404, 'not_found', reason);
}

export function badRequest(reason: ExactJson): HttpError {
  return new HttpError(400, 'bad_request', reason);
}

/** The user is known and may not do this. RabbitMQ answers 401, not 403. */
export function notAuthorised(reason: string): HttpError {
  return new HttpError(401, 'not_authorised', reason);
}

const CHALLENGE = { 'WWW-Authenticate': 'Basic realm="RabbitMQ Management"' };

/** No credentials were given. */
export function askForLogin(): HttpError {
  return new HttpError(401, undefined, '', CHALLENGE);
}

/** The credentials are wrong. */
export function loginFailed(): HttpError {
  return new HttpError(401, 'not_authorized', 'Login failed', CHALLENGE);
}
