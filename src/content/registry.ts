// All body decoders, in the order in which they are asked whether they recognise a body.
// To add one: copy a decoder's file, add a line here, add its test.

import type { DecoderDefinition } from './decoder.ts';
import { avro } from './decoders/avro.ts';
import { brotli } from './decoders/brotli.ts';
import { cbor } from './decoders/cbor.ts';
import { celery } from './decoders/celery.ts';
import { cloudEvents } from './decoders/cloudevents.ts';
import { deflate } from './decoders/deflate.ts';
import { form } from './decoders/form.ts';
import { gzip } from './decoders/gzip.ts';
import { json } from './decoders/json.ts';
import { massTransit } from './decoders/masstransit.ts';
import { msgpack } from './decoders/msgpack.ts';
import { nServiceBus } from './decoders/nservicebus.ts';
import { protobuf } from './decoders/protobuf.ts';
import { text } from './decoders/text.ts';
import { xml } from './decoders/xml.ts';
import { zstd } from './decoders/zstd.ts';

export const DECODERS: readonly DecoderDefinition[] = [
  gzip,
  zstd,
  deflate,
  brotli,
  celery,
  massTransit,
  nServiceBus,
  cloudEvents,
  avro,
  json,
  xml,
  form,
  text,
  msgpack,
  cbor,
  protobuf,
];

const byId = new Map(DECODERS.map((decoder) => [decoder.id, decoder]));

/** The decoder of that id, or undefined. */
export function decoderById(id: string | undefined): DecoderDefinition | undefined {
  return id === undefined ? undefined : byId.get(id);
}
