// Celery's task messages, protocols 1 and 2, whatever their serialiser; and kombu's own wrapping, as its transports without
// headers use it. Counterpart: docs.celeryq.dev, "Message Protocol".
//
//   protocol 2   headers: task, id, …           body: [args, kwargs, embed]
//   protocol 1                                  body: {task, id, args, kwargs, …}
//   kombu        body: {body, content-type, content-encoding, headers, properties: {body_encoding: base64}}

import { ascii } from '../../log/json-bytes.ts';
import { fromBase64 } from '../base64.ts';
import type { DecodedBody } from '../decode-body.ts';
import {
  type BodyValue,
  type DecodeContext,
  type Decoded,
  DecodeError,
  defineDecoder,
  recordOf,
  textHeader,
} from '../decoder.ts';

type Record = { readonly [name: string]: BodyValue };

const PROTOCOL_1 = ['task', 'kwargs', 'args'].map(ascii);
const KOMBU = ['body_encoding', 'content-type'].map(ascii);
/** Names of the wrapped values come soon; a body that has none is not searched to its end. */
const SEARCHED = 4096;
/** Shown beside the call, where they say something. */
const EXTRAS = ['eta', 'expires', 'retries', 'group', 'parent_id', 'root_id'];

export const celery = defineDecoder({
  id: 'celery',
  title: 'Celery',
  summary: 'Celery tasks (protocols 1 and 2): task, id, args, kwargs; kombu’s base64 bodies',
  sort: 'envelope',
  contentTypes: [],
  recognised: 'headers `task` and `id`, or a body with `task`, `id`, `args` and `kwargs`, or kombu’s `body_encoding`',
  recognise(bytes, context) {
    if (context.truncated) return false;
    if (isProtocol2(context)) return true;
    if (!holdsAll(bytes, PROTOCOL_1) && !holdsAll(bytes, KOMBU)) return false;
    const record = recordOf(context.inner(bytes).value);
    return record !== undefined && (isTask(record) || isWrapped(record));
  },
  decode(bytes, context) {
    const inner = context.inner(bytes);
    const record = recordOf(inner.value);
    if (record && isWrapped(record)) return unwrap(record, inner, context);
    if (isProtocol2(context)) {
      const headers: Record = {
        task: textHeader(context.properties, 'task'),
        id: textHeader(context.properties, 'id'),
      };
      return { kind: 'value', value: call(inner.value, headers), inner };
    }
    if (record && isTask(record)) return { kind: 'value', value: ordered(record), inner };
    throw new DecodeError('is no task message');
  },
});

function isProtocol2({ properties }: DecodeContext): boolean {
  return textHeader(properties, 'task') !== undefined && textHeader(properties, 'id') !== undefined;
}

function isTask({ task, id, args, kwargs }: Record): boolean {
  return typeof task === 'string' && typeof id === 'string' && Array.isArray(args) && recordOf(kwargs) !== undefined;
}

function isWrapped(record: Record): boolean {
  return typeof record['body'] === 'string' && recordOf(record['properties'])?.['body_encoding'] !== undefined;
}

/** Kombu's wrapping: the body within has a content type and an encoding of its own. */
function unwrap(record: Record, wrapper: DecodedBody, context: DecodeContext): Decoded {
  const isBase64 = recordOf(record['properties'])?.['body_encoding'] === 'base64';
  const body = record['body'] as string;
  const bytes = isBase64 ? fromBase64(body) : new TextEncoder().encode(body);
  const content = context.inner(bytes, {
    contentType: String(record['content-type'] ?? ''),
    contentEncoding: String(record['content-encoding'] ?? ''),
  });
  const layers = [...wrapper.layers, ...(isBase64 ? ['base64'] : []), ...content.layers];
  const inner = { ...content, layers };
  const headers = recordOf(record['headers']) ?? {};
  const within = recordOf(content.value);
  if (within && isTask(within)) return { kind: 'value', value: ordered(within), inner };
  return { kind: 'value', value: call(content.value, headers), inner };
}

/** Protocol 2. */
function call(value: BodyValue, headers: Record): BodyValue {
  if (!Array.isArray(value) || value.length !== 3) throw new DecodeError('is not [args, kwargs, embed]');
  const [args, kwargs, embed] = value as readonly BodyValue[];
  const callbacks = Object.values(recordOf(embed) ?? {}).some((member) => member !== null);
  return ordered({ ...headers, args, kwargs, ...(callbacks && { embed }) });
}

/** What a person asks first comes first; what is null is left out. */
function ordered({ task, id, args, kwargs, ...rest }: Record): BodyValue {
  const { embed, ...others } = rest;
  const extras = Object.entries(others).filter(
    ([name, value]) => EXTRAS.includes(name) && value !== null && value !== 0,
  );
  return new Map<string, BodyValue>([
    ...Object.entries({ task, id, args, kwargs }),
    ...(embed === undefined ? [] : [['embed', embed] as const]),
    ...extras,
  ]);
}

function holdsAll(bytes: Uint8Array, names: readonly Uint8Array[]): boolean {
  const searched = bytes.length > 2 * SEARCHED ? [bytes.subarray(0, SEARCHED), bytes.subarray(-SEARCHED)] : [bytes];
  return names.every((name) => searched.some((piece) => holds(piece, name)));
}

function holds(bytes: Uint8Array, name: Uint8Array): boolean {
  for (let at = bytes.indexOf(name[0]!); at >= 0; at = bytes.indexOf(name[0]!, at + 1)) {
    if (name.every((byte, i) => bytes[at + i] === byte)) return true;
  }
  return false;
}
