// What a method or a content header says, in short: Wireshark's keys (x= rk= q= …), flags as words, tables last.
// Made from the decoded fields, so that no method can be forgotten; counterpart of pretty-printer.ts.
// Invariant: secrets are redacted as in the frame event; nothing is made visible or cut here, see line.ts.

import { type Json, type JsonObject, jsonFields } from '../log/json-value.ts';
import type { ContentHeader } from '../protocol/content-header.ts';
import type { FieldValues } from '../protocol/fields.ts';
import type { DecodedMethod } from '../protocol/method.ts';
import { BASIC_PROPERTIES, type Field, type Method, methodById } from '../protocol/method-table.ts';
import { saslUser, secretArgument } from '../protocol/secrets.ts';

/** `key=value`, or a lone word. */
export interface Detail {
  readonly key: string | undefined;
  readonly value: string;
  /** Not to be cut in favour of what follows. */
  readonly whole?: true;
}

/** Wireshark's keys, and some in their spirit. Other arguments go by their name. */
const SHORT_KEYS: { readonly [argument: string]: string } = {
  exchange: 'x',
  routing_key: 'rk',
  queue: 'q',
  destination: 'dx',
  source: 'sx',
  virtual_host: 'vhost',
  consumer_tag: 'ctag',
  delivery_tag: 'tag',
  message_count: 'messages',
  consumer_count: 'consumers',
  prefetch_count: 'prefetch',
  arguments: 'args',
  client_properties: 'client',
  server_properties: 'server',
};
/** What arguments nearly always say; they are shown only when they say something else. Empty tables are never shown. */
const USUAL: { readonly [argument: string]: Json } = {
  version_major: 0,
  version_minor: 9,
  prefetch_size: 0,
  consumer_tag: '',
  class_id: 0,
};
/** Where a message went comes before how it was handed over. */
const LATE = ['delivery_tag', 'redelivered', 'message_count', 'consumer_tag'];
/** Shown by other means: `reply=404 …`, `for=queue.declare`. */
const MERGED = new Set(['reply_text', 'method_id']);

export interface MethodDetails {
  readonly main: readonly Detail[];
  /** What may be cut to make room for the body. */
  readonly rest: readonly Detail[];
}

/** The arguments of a method. */
export function methodDetails(decoded: DecodedMethod, showSecrets: boolean): MethodDetails {
  const { method } = decoded;
  const secret = showSecrets ? undefined : secretArgument(method.name);
  const values = jsonFields(method.fields, decoded.arguments, secret);
  const main: Detail[] = [];
  const rest: Detail[] = [];
  for (const { name, domain } of inOrder(method)) {
    const value = values[name];
    if (value === undefined || MERGED.has(name) || value === USUAL[name] || isEmptyTable(value)) continue;
    const details = domain === 'table' || (method.spec.content && LATE.includes(name)) ? rest : main;
    if (domain === 'bit') addFlag(details, name, value === true, method.name === 'channel.flow');
    else if (name === 'reply_code') details.push(replyDetail(value, values['reply_text']));
    else if (name === 'class_id') details.push({ key: 'for', value: methodText(value, values['method_id']) });
    else details.push({ key: keyOf(name, method.name), value: jsonText(value) });
  }
  if (method.name === 'connection.start-ok') addUser(main, decoded);
  return { main, rest };
}

function replyDetail(code: Json, text: Json | undefined): Detail {
  return { key: 'reply', value: `${code} ${quoted(text)}`, whole: true };
}

function inOrder(method: Method): readonly Field[] {
  if (!method.spec.content) return method.fields;
  return [...method.fields].sort((a, b) => LATE.indexOf(a.name) - LATE.indexOf(b.name));
}

/** The properties of a content header. */
export function propertyDetails(header: ContentHeader): Detail[] {
  const values = jsonFields(BASIC_PROPERTIES, header.properties as FieldValues);
  const details: Detail[] = [];
  for (const { name } of BASIC_PROPERTIES) {
    const value = values[name];
    if (value === undefined || name === 'headers') continue;
    if (name === 'delivery_mode' && (value === 1 || value === 2)) {
      details.push({ key: undefined, value: value === 2 ? 'persistent' : 'transient' });
    } else details.push({ key: name, value: jsonText(value) });
  }
  const headers = values['headers'];
  if (headers !== undefined && !isEmptyTable(headers)) details.push({ key: 'headers', value: jsonText(headers) });
  return details;
}

/** `{x-queue-type=quorum, x-expires=60000}`: a value as one reads it, quoted only where it must be, nested ones last. */
export function jsonText(value: Json): string {
  if (typeof value === 'string') return quoted(value);
  if (Array.isArray(value)) return `[${value.map(jsonText).join(', ')}]`;
  if (!isTable(value)) return String(value);
  const tagged = taggedText(value);
  if (tagged !== undefined) return tagged;
  const entries = Object.entries(value).sort(([, a], [, b]) => Number(isNested(a)) - Number(isNested(b)));
  return `{${entries.map(([key, item]) => `${quoted(key)}=${jsonText(item)}`).join(', ')}}`;
}

/** What json-value.ts writes as `{"type": …}`. A table that only looks like it is shown as shortly. */
function taggedText(table: JsonObject): string | undefined {
  const { type, value, base64, scale } = table;
  if (Object.keys(table).length > 3) return undefined;
  if (type === 'bytes' || type === 'string') return base64 === undefined ? undefined : `base64:${base64}`;
  if (type === 'decimal') return `${value}e-${scale}`;
  return (type === 'timestamp' || type === 'double') && value !== undefined ? String(value) : undefined;
}

function isNested(value: Json): boolean {
  return typeof value === 'object' && value !== null;
}

/** In quotes where one could not tell that it is there, or where it ends. */
function quoted(value: Json | undefined): string {
  const text = String(value ?? '');
  return text === '' || /[\s"{}=,]/.test(text) ? `"${text.replaceAll('"', '\\"')}"` : text;
}

function keyOf(argument: string, method: string): string {
  if (argument === 'routing_key' && method.endsWith('bind')) return 'bk';
  return SHORT_KEYS[argument] ?? argument;
}

function addFlag(details: Detail[], name: string, value: boolean, always: boolean): void {
  if (always) details.push({ key: name, value: String(value) });
  else if (value) details.push({ key: undefined, value: name.replaceAll('_', '-') });
}

function addUser(details: Detail[], decoded: DecodedMethod): void {
  const { mechanism, response } = decoded.arguments as { mechanism: string; response: string };
  const user = saslUser(mechanism, response);
  if (user !== undefined) details.unshift({ key: 'user', value: quoted(user) });
}

/** The method that an error is about. */
function methodText(classId: Json, methodId: Json | undefined): string {
  return methodById(Number(classId), Number(methodId))?.name ?? `${classId}.${methodId}`;
}

function isEmptyTable(value: Json): boolean {
  return isTable(value) && Object.keys(value).length === 0;
}

function isTable(value: Json): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
