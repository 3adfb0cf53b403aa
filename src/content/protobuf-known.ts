// Google's well-known types as what they mean (the ProtoJSON mapping): timestamps as dates, wrappers as their values.
// Counterpart: protobuf-message.ts. Invariant: what does not fit stays the message that it is.

import type { BodyValue } from './decoder.ts';

type Message = ReadonlyMap<string, BodyValue>;
type Open = (name: string, bytes: Uint8Array) => BodyValue;

const PREFIX = 'google.protobuf.';
const LAST_SECOND = 8.64e12;
const BILLION = 1_000_000_000;
/** Wrappers leave their value out where it is zero. */
const WRAPPER_DEFAULTS: { readonly [type: string]: BodyValue } = {
  BoolValue: false,
  StringValue: '',
  BytesValue: new Uint8Array(0),
  DoubleValue: 0,
  FloatValue: 0,
  Int32Value: 0,
  Int64Value: 0,
  UInt32Value: 0,
  UInt64Value: 0,
};

/** The meaning of a message of that type; the message itself, for all other types. */
export function knownValue(type: string, message: Message, open: Open): BodyValue {
  if (!type.startsWith(PREFIX)) return message;
  const name = type.slice(PREFIX.length);
  const zero = WRAPPER_DEFAULTS[name];
  if (zero !== undefined) return message.get('value') ?? zero;
  switch (name) {
    case 'Timestamp':
      return timestamp(message);
    case 'Duration':
      return duration(message);
    case 'Struct':
      return message.get('fields') ?? new Map();
    case 'ListValue':
      return message.get('values') ?? [];
    case 'Value':
      return structValue(message);
    case 'Any':
      return anyValue(message, open);
    default:
      return message;
  }
}

function timestamp(message: Message): BodyValue {
  const seconds = Number(message.get('seconds') ?? 0);
  const nanos = Number(message.get('nanos') ?? 0);
  if (Math.abs(seconds) >= LAST_SECOND || nanos < 0 || nanos >= BILLION) return message;
  const date = new Date(seconds * 1000 + Math.floor(nanos / 1e6));
  if (nanos % 1e6 === 0) return date;
  return date.toISOString().replace(/\.\d+Z$/, `.${String(nanos).padStart(9, '0')}Z`);
}

/** `1.5s` */
function duration(message: Message): BodyValue {
  const seconds = Number(message.get('seconds') ?? 0);
  const nanos = Number(message.get('nanos') ?? 0);
  if (!Number.isSafeInteger(seconds) || Math.abs(nanos) >= BILLION) return message;
  const sign = seconds < 0 || nanos < 0 ? '-' : '';
  const fraction = String(Math.abs(nanos)).padStart(9, '0').replace(/0+$/, '');
  return `${sign}${Math.abs(seconds)}${fraction === '' ? '' : `.${fraction}`}s`;
}

/** One of nullValue, numberValue, stringValue, boolValue, structValue and listValue. */
function structValue(message: Message): BodyValue {
  for (const [name, value] of message) if (!name.startsWith('#')) return /^null/.test(name) ? null : value;
  return null;
}

function anyValue(message: Message, open: Open): BodyValue {
  const url = message.get('type_url');
  const bytes = message.get('value') ?? new Uint8Array(0);
  if (typeof url !== 'string' || !(bytes instanceof Uint8Array)) return message;
  const value = open(url.slice(url.lastIndexOf('/') + 1), bytes);
  if (value === bytes) return message;
  return value instanceof Map
    ? new Map<BodyValue, BodyValue>([['@type', url], ...value])
    : new Map([
        ['@type', url],
        ['value', value],
      ] as [string, BodyValue][]);
}
