// JSON values as RabbitMQ writes them into its error texts: as Erlang terms (`~p`), `<<"5">>` for the string "5".
// Deviation: long terms are not broken into lines.

import { decodeText, encodeText } from '../protocol/text.ts';

/** Strings become binaries, objects maps, lists of character codes strings, as Erlang's shell has it. */
export function erlangTerm(value: unknown): string {
  if (typeof value === 'string') return binary(value);
  if (typeof value === 'number') return number(value);
  if (Array.isArray(value)) {
    if (value.length > 0 && value.every(isPrintable)) return quoted(String.fromCharCode(...(value as number[])));
    return `[${value.map(erlangTerm).join(',')}]`;
  }
  if (typeof value === 'object' && value !== null) {
    return `#{${entries(value)
      .map(([key, member]) => `${binary(key)} => ${erlangTerm(member)}`)
      .join(',')}}`;
  }
  return String(value);
}

/** A list of key and value: `[{<<"key">>,1}]`. */
export function erlangPairs(pairs: readonly (readonly [string, unknown])[]): string {
  return `[${pairs.map(([key, value]) => `{${binary(key)},${erlangTerm(value)}}`).join(',')}]`;
}

/** Entries in the order of Erlang's small maps. */
function entries(value: object): [string, unknown][] {
  return Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
}

function binary(text: string): string {
  return binaryTerm(encodeText(text));
}

/** Bytes: as text if each of them is a printable character of Latin-1, else as numbers. */
export function binaryTerm(bytes: Uint8Array): string {
  if (bytes.length === 0) return '<<>>';
  return bytes.every(isPrintable) ? `<<${quoted(decodeText(bytes, 0, bytes.length))}>>` : `<<${bytes.join(',')}>>`;
}

/** What `~p` takes for a character of Latin-1 text. */
function isPrintable(code: unknown): boolean {
  if (typeof code !== 'number' || !Number.isInteger(code)) return false;
  return (code >= 0x20 && code < 0x7f) || (code >= 0xa0 && code <= 0xff) || (code >= 8 && code <= 13) || code === 27;
}

const ESCAPED: Readonly<Record<string, string>> = {
  '"': '\\"',
  '\\': '\\\\',
  '\b': '\\b',
  '\t': '\\t',
  '\n': '\\n',
  '\v': '\\v',
  '\f': '\\f',
  '\r': '\\r',
  '\x1b': '\\e',
};

function quoted(text: string): string {
  return `"${[...text].map((char) => ESCAPED[char] ?? char).join('')}"`;
}

function number(value: number): string {
  return Number.isInteger(value) && Math.abs(value) < 1e21 ? String(value) : floatTerm(value);
}

/** A float as Erlang has it: the shortest digits that stand for it, with an exponent where that is shorter: `1.0e3`. */
export function floatTerm(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  const sign = value < 0 || Object.is(value, -0) ? '-' : '';
  const [mantissa = '', exponentText] = Math.abs(value).toExponential().split('e');
  const digits = mantissa.replace('.', '');
  const exponent = Number(exponentText);
  const count = digits.length;
  const scientific = `${digits[0]}.${digits.slice(1) || '0'}e${exponent}`;
  const cost = String(exponent).length + 1 + (count === 1 ? 2 : 1);
  if (exponent < -1) return sign + (1 - exponent <= cost ? `0.${'0'.repeat(-exponent - 1)}${digits}` : scientific);
  if (exponent === -1) return `${sign}0.${digits}`;
  if (exponent + 1 < count) return `${sign}${digits.slice(0, exponent + 1)}.${digits.slice(exponent + 1)}`;
  return sign + (3 + exponent - count <= cost ? `${digits.padEnd(exponent + 1, '0')}.0` : scientific);
}
