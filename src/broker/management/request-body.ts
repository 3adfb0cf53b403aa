// The body of a request: read up to a limit, and decoded as RabbitMQ's management does it, with its words for what is
// wrong. Counterpart: route.ts, whose requests offer it.

import type { IncomingMessage } from 'node:http';
import { type ExactJson, isJsonArray, JsonSyntaxError, parseJson, WholeDouble } from '../definitions/exact-json.ts';
import { badRequest, HttpError } from './http-error.ts';

/** Definitions of a large broker have some MB; RabbitMQ's later versions take as much. */
const LARGEST = 20_000_000;

export type JsonObject = { readonly [key: string]: ExactJson };

/** Reads it whole. Throws HttpError 413 if it is larger than `limit` bytes. */
export async function readBody(request: IncomingMessage, limit = LARGEST): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  if (Number(request.headers['content-length'] ?? 0) > limit) throw tooLarge(limit);
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > limit) throw tooLarge(limit);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, size);
}

function tooLarge(limit: number): HttpError {
  return new HttpError(413, 'request_entity_too_large', `expected no more than ${limit} bytes`, {
    Connection: 'close',
  });
}

/** An object; what clients send for none counts as an empty one. Throws HttpError 400. */
export function parseObject(text: string): JsonObject {
  if (text === '' || text === 'undefined') return {};
  const value = parse(text);
  if (typeof value === 'string') {
    throw badRequest('invalid payload: the request body JSON-decoded to a string. Is the input doubly-JSON-encoded?');
  }
  if (value === null || typeof value === 'boolean') return {};
  if (isObject(value)) return value;
  throw badRequest('not_json');
}

export function isObject(value: ExactJson | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !isJsonArray(value) && !(value instanceof WholeDouble);
}

function parse(text: string): ExactJson {
  try {
    return parseJson(text);
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error;
    throw badRequest('not_json');
  }
}

/** Throws HttpError 400 if one of the keys is missing. */
export function requireKeys(body: JsonObject, keys: readonly string[]): void {
  const missing = keys.filter((key) => body[key] === undefined);
  if (missing.length > 0) throw badRequest(missingText(missing));
}

const LINE_WIDTH = 60;

/** As Erlang prints the list: on one line where it fits, else one entry a line. */
function missingText(keys: readonly string[]): string {
  const entries = keys.map((key) => `{key_missing,${key}}`);
  const line = `[${entries.join(',')}]`;
  return line.length < LINE_WIDTH ? line : `[${entries.join(',\n ')}]`;
}

/** A truth value, also as text; undefined if absent. Throws HttpError 400. */
export function booleanField(body: JsonObject, key: string): boolean | undefined {
  const value = body[key];
  if (value === undefined || value === true || value === false) return value;
  if (value === 'true') return true;
  if (value === 'false') return false;
  throw badRequest(['not_boolean', value ?? null]);
}

/** A whole number, also as text. Throws HttpError 400. */
export function integerField(body: JsonObject, key: string): number {
  const value = body[key];
  const number = typeof value === 'string' && /^[+-]?\d+$/.test(value) ? Number(value) : value;
  if (typeof number === 'number' && Number.isSafeInteger(number)) return number;
  throw badRequest(['not_integer', value ?? null]);
}
