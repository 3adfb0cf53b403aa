// Methods, content headers and frames in the words of RabbitMQ's Java Tracer, for those who have scripts that read it:
// `#method<basic.publish>(ticket=0, exchange=logs, …)`, `#contentHeader<basic>(content-type=text/plain, …)`.
// Invariant: secrets are redacted, and control characters escaped, which the Tracer does not.

import { assertNever } from '../errors.ts';
import { LAST_SECOND } from '../log/timestamp.ts';
import type { ContentHeader } from '../protocol/content-header.ts';
import type { FieldTable, FieldValue } from '../protocol/field-table.ts';
import type { DecodedMethod } from '../protocol/method.ts';
import { BASIC_PROPERTIES, type Field } from '../protocol/method-table.ts';
import { REDACTED, secretArgument } from '../protocol/secrets.ts';
import { hexOf } from './body-preview.ts';

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

export function tracerMethod(decoded: DecodedMethod, showSecrets: boolean): string {
  const { method } = decoded;
  const secret = showSecrets ? undefined : secretArgument(method.name);
  const values = method.fields.map((field) => {
    const value = field.name === secret ? REDACTED : fieldText(field, decoded.arguments[field.name]);
    return `${dashed(field.name)}=${value}`;
  });
  return `#method<${method.name}>(${values.join(', ')})`;
}

export function tracerHeader(header: ContentHeader): string {
  const values = header.properties as { readonly [name: string]: never };
  const properties = BASIC_PROPERTIES.map((field) => `${dashed(field.name)}=${fieldText(field, values[field.name])}`);
  return `#contentHeader<basic>(${properties.join(', ')})`;
}

/** A frame that is not decoded. */
export function tracerFrame(type: number, channel: number, payload: number): string {
  return `Frame(type=${type}, channel=${channel}, ${payload} bytes of payload)`;
}

function dashed(name: string): string {
  return name.replaceAll('_', '-');
}

function fieldText({ domain }: Field, value: unknown): string {
  if (value === undefined) return 'null';
  if (domain === 'table') return tableText(value as FieldTable);
  return domain === 'timestamp' ? dateText(value as bigint) : String(value);
}

function tableText(table: FieldTable): string {
  return `{${table.map(([name, value]) => `${name}=${valueText(value)}`).join(', ')}}`;
}

function valueText(field: FieldValue): string {
  switch (field.type) {
    case 'F':
      return tableText(field.value);
    case 'A':
      return `[${field.value.map(valueText).join(', ')}]`;
    case 'T':
      return dateText(field.value);
    case 'D':
      return decimalText(field.value, field.scale);
    case 'f':
    case 'd':
      return Number.isInteger(field.value) ? field.value.toFixed(1) : String(field.value);
    case 'x':
      return `[${hexOf(field.value)}]`;
    case 't':
    case 'b':
    case 'B':
    case 's':
    case 'U':
    case 'u':
    case 'I':
    case 'i':
    case 'l':
    case 'L':
    case 'S':
    case 'V':
      return String(field.value);
    default:
      return assertNever(field);
  }
}

/** `12345`, scale 2: `123.45` */
function decimalText(value: number, scale: number): string {
  const digits = String(value).padStart(scale + 1, '0');
  return scale === 0 ? digits : `${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}

/** Java's Date.toString: `Sun Nov 22 10:00:00 UTC 2026` */
function dateText(seconds: bigint): string {
  if (seconds > LAST_SECOND) return String(seconds);
  const date = new Date(Number(seconds) * 1000);
  const day = String(date.getUTCDate()).padStart(2, '0');
  const time = date.toISOString().slice(-13, -5);
  return `${DAYS[date.getUTCDay()]} ${MONTHS[date.getUTCMonth()]} ${day} ${time} UTC ${date.getUTCFullYear()}`;
}
