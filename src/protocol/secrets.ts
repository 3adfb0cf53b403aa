// Where secrets stand in connection methods, and how they are blanked out: SASL responses (start-ok, secure-ok) and
// RabbitMQ's update-secret. The user name inside PLAIN and AMQPLAIN stays: it is no secret, and readers want it.
// Invariant: masking changes no length, so frames and byte offsets stay true; bytes it cannot follow are masked whole.

const CLASS_CONNECTION = 10;
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

function u32(bytes: Uint8Array, at: number): number {
  return bytes[at]! * 0x1000000 + ((bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!);
}

/** Masks, in place, the secrets of a method frame's payload `bytes[start, end)`. Other methods are left alone. */
export function maskSecrets(bytes: Uint8Array, start: number, end: number): void {
  if (end - start < 4 || u16(bytes, start) !== CLASS_CONNECTION) return;
  const arguments_ = start + 4;
  switch (u16(bytes, start + 2)) {
    case START_OK:
      return maskStartOk(bytes, arguments_, end);
    case SECURE_OK:
    case UPDATE_SECRET:
      return maskLongstr(bytes, arguments_, end);
  }
}

function maskLongstr(bytes: Uint8Array, at: number, end: number): void {
  const size = at + 4 <= end ? u32(bytes, at) : 0;
  const stop = Math.min(at + 4 + size, end);
  bytes.fill(FILLER, Math.min(at + 4, stop), stop);
}

/** client-properties table, mechanism shortstr, response longstr, locale shortstr. */
function maskStartOk(bytes: Uint8Array, start: number, end: number): void {
  const mechanismAt = start + 4 <= end ? start + 4 + u32(bytes, start) : end;
  if (mechanismAt >= end) return void bytes.fill(FILLER, Math.min(start + 4, end), end);
  const responseAt = mechanismAt + 1 + bytes[mechanismAt]!;
  if (responseAt + 4 > end || responseAt + 4 + u32(bytes, responseAt) > end) {
    return void bytes.fill(FILLER, Math.min(mechanismAt + 1, end), end);
  }
  const mechanism = String.fromCharCode(...bytes.subarray(mechanismAt + 1, responseAt));
  const responseStart = responseAt + 4;
  const responseEnd = responseStart + u32(bytes, responseAt);
  if (mechanism === 'PLAIN') maskPlain(bytes, responseStart, responseEnd);
  else if (mechanism === 'AMQPLAIN') maskAmqplain(bytes, responseStart, responseEnd);
  else bytes.fill(FILLER, responseStart, responseEnd);
}

/** RFC 4616: authzid NUL authcid NUL password. */
function maskPlain(bytes: Uint8Array, start: number, end: number): void {
  const first = bytes.indexOf(0, start);
  const second = first < 0 || first >= end ? -1 : bytes.indexOf(0, first + 1);
  const from = second < 0 || second >= end ? start : second + 1;
  bytes.fill(FILLER, from, end);
}

/** A field table without its length: LOGIN and PASSWORD as long strings. All but a leading LOGIN is masked. */
function maskAmqplain(bytes: Uint8Array, start: number, end: number): void {
  const LOGIN = '\x05LOGINS';
  const isLogin = String.fromCharCode(...bytes.subarray(start, start + LOGIN.length)) === LOGIN;
  const valueAt = start + LOGIN.length + 4;
  const after = isLogin && valueAt <= end ? valueAt + u32(bytes, valueAt - 4) : start;
  bytes.fill(FILLER, after <= end ? after : start, end);
}

/**
 * The user name of a start-ok's PLAIN or AMQPLAIN response, masked or not; undefined for other mechanisms.
 * `response` is the decoded argument.
 */
export function saslUser(mechanism: string, response: string): string | undefined {
  if (mechanism === 'PLAIN') return response.split('\0')[1];
  if (mechanism !== 'AMQPLAIN' || !response.startsWith('\x05LOGINS')) return undefined;
  const size = response.charCodeAt(9) * 256 + response.charCodeAt(10);
  return response.slice(11, 11 + size);
}
