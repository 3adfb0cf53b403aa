// CloudEvents 1.0: structured as JSON, or binary with the attributes in headers (`cloudEvents:type` or `cloudEvents_type`).

import { fieldOf } from '../../protocol/field-table.ts';
import { fromBase64 } from '../base64.ts';
import { type BodyValue, type DecodeContext, type Decoded, DecodeError, defineDecoder, recordOf } from '../decoder.ts';

const STRUCTURED = 'application/cloudevents+json';
const PREFIX = /^cloudEvents[:_]/;

export const cloudEvents = defineDecoder({
  id: 'cloudevents',
  title: 'CloudEvents',
  summary: 'CloudEvents, structured or binary: type, source, id and data',
  sort: 'envelope',
  contentTypes: [STRUCTURED],
  recognised: 'headers `cloudEvents:type` and the like',
  recognise: (_, context) => !context.truncated && (context.contentType?.type === STRUCTURED || hasAttributes(context)),
  decode(bytes, context) {
    return context.contentType?.type === STRUCTURED ? structured(bytes, context) : binary(bytes, context);
  },
});

function hasAttributes({ properties: { headers } }: DecodeContext): boolean {
  return headers !== undefined && ['cloudEvents:type', 'cloudEvents_type'].some((name) => fieldOf(headers, name));
}

function structured(bytes: Uint8Array, context: DecodeContext): Decoded {
  const inner = context.inner(bytes);
  const event = recordOf(inner.value);
  if (event?.['specversion'] === undefined) throw new DecodeError('lacks specversion');
  const { data_base64, datacontenttype } = event;
  if (typeof data_base64 !== 'string') return { kind: 'value', value: ordered(event), inner };
  const contentType = typeof datacontenttype === 'string' ? datacontenttype : '';
  const data = context.inner(fromBase64(data_base64), { contentType });
  const { data_base64: _, ...attributes } = event;
  const layers = [...inner.layers, 'base64', ...data.layers];
  return { kind: 'value', value: ordered({ ...attributes, data: contentOf(data) }), inner: { ...data, layers } };
}

function binary(bytes: Uint8Array, context: DecodeContext): Decoded {
  const attributes: { [name: string]: BodyValue } = {};
  for (const [name, { value }] of context.properties.headers ?? []) {
    if (PREFIX.test(name) && typeof value === 'string') attributes[name.replace(PREFIX, '')] = value;
  }
  const inner = context.inner(bytes);
  return { kind: 'value', value: ordered({ ...attributes, data: contentOf(inner) }), inner };
}

function contentOf({ kind, value, text, bytes }: ReturnType<DecodeContext['inner']>): BodyValue {
  return kind === 'value' ? value : kind === 'text' ? text : bytes;
}

function ordered({ type, source, id, data, ...rest }: { readonly [name: string]: BodyValue }): BodyValue {
  return Object.fromEntries(
    Object.entries({ type, source, id, data, ...rest }).filter(([, value]) => value !== undefined),
  );
}
