// Where secrets stand in connection methods, and how they are blanked out: SASL responses (start-ok, secure-ok) and
// RabbitMQ's update-secret. The user name inside PLAIN and AMQPLAIN stays: it is no secret, and readers want it.
// Invariant: masking changes no length, so frames and byte offsets stay true; bytes it cannot follow are masked whole.

import { u32At } from './byte-reader.ts';
import { decodeText, encodeText } from './text.ts';

export const CLASS_CONNECTION = 10;
const START_OK = 11;
const SECURE_OK = 21;
const UPDATE_SECRET = 70;
const FILLER = 0x2a;

/** What stands for a secret in decoded output. */
export const REDACTED = '[redacted]';

/** Arguments that hold a secret, by method. */
const SECRET_ARGUMENTS: { readonly [method: string]: string } = {
  'connection.start-ok': 'response',
  'connection.secure-ok': 'response',
  'connection.update-secret': 'new_secret',
};

/** The argument of this method that holds a secret, if there is one. */
export function secretArgument(method: string): string | undefined {
  return SECRET_ARGUMENTS[method];
}

function u16(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 8) | bytes[at + 1]!;
}

/** Offset behind the long string, or table, at `at`. */
function longstrEnd(bytes: Uint8Array, at: number): number {
  return at + 4 + u32At(bytes, at);
}

/** Whether `bytes[at, end)` is one short string: what stands behind a secret that can be followed. */
function isShortstr(bytes: Uint8Array, at: number, end: number): boolean {
  return at < end && at + 1 + bytes[at]! === end;
}

function startsWith(bytes: Uint8Array, at: number, text: string): boolean {
  for (let i = 0; i < text.length; i++) if (bytes[at + i] !== text.charCodeAt(i)) return false;
  return true;
}

/** Masks, in place, the secrets of a method frame's payload `bytes[start, end)`. Other methods are left alone. */
export function maskSecrets(bytes: Uint8Array, start: number, end: number): void {
  if (end - start < 4 || u16(bytes, start) !== CLASS_CONNECTION) return;
  const arguments_ = bytes.subarray(start + 4, end);
  switch (u16(bytes, start + 2)) {
    case START_OK:
      return maskStartOk(arguments_);
    case SECURE_OK:
      return void arguments_.fill(FILLER, 4);
    case UPDATE_SECRET:
      return maskUpdateSecret(arguments_);
  }
}

/** new-secret longstr, reason shortstr. */
function maskUpdateSecret(bytes: Uint8Array): void {
  const reasonAt = longstrEnd(bytes, 0);
  bytes.fill(FILLER, 4, isShortstr(bytes, reasonAt, bytes.length) ? reasonAt : bytes.length);
}

/** client-properties table, mechanism shortstr, response longstr, locale shortstr. */
function maskStartOk(bytes: Uint8Array): void {
  const mechanismAt = longstrEnd(bytes, 0);
  const responseAt = mechanismAt + 1 + bytes[mechanismAt]!;
  const localeAt = longstrEnd(bytes, responseAt);
  if (!isShortstr(bytes, localeAt, bytes.length)) return void bytes.fill(FILLER);
  const mechanism = String.fromCharCode(...bytes.subarray(mechanismAt + 1, responseAt));
  const response = bytes.subarray(responseAt + 4, localeAt);
  response.fill(FILLER, mechanism === 'PLAIN' ? plainUserEnd(response) : amqplainUserEnd(mechanism, response));
}

/** RFC 4616: authzid NUL authcid NUL password. Returns where the password begins, 0 if that cannot be said. */
function plainUserEnd(response: Uint8Array): number {
  const userAt = response.indexOf(0) + 1;
  return userAt === 0 ? 0 : response.indexOf(0, userAt) + 1;
}

/** What an AMQPLAIN response begins with: a field table without its length, the user name as a long string. */
const LOGIN = '\x05LOGINS';
const PASSWORD = '\x08PASSWORDS';

/** Returns where LOGIN's value ends and PASSWORD's entry begins; 0 if they are not found, or for other mechanisms. */
function amqplainUserEnd(mechanism: string, response: Uint8Array): number {
  if (mechanism !== 'AMQPLAIN' || !startsWith(response, 0, LOGIN)) return 0;
  const end = longstrEnd(response, LOGIN.length);
  return startsWith(response, end, PASSWORD) ? end : 0;
}

/**
 * The user name of a start-ok's PLAIN or AMQPLAIN response, masked or not; undefined for other mechanisms.
 * `response` is the decoded argument.
 */
export function saslUser(mechanism: string, response: string): string | undefined {
  if (mechanism === 'PLAIN') return response.split('\0')[1];
  if (mechanism !== 'AMQPLAIN' || !response.startsWith(LOGIN)) return undefined;
  const bytes = encodeText(response);
  return decodeText(bytes, LOGIN.length + 4, Math.min(longstrEnd(bytes, LOGIN.length), bytes.length));
}
