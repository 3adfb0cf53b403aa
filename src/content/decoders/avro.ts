// Avro: with the schema that the user gave, or that an object container file brings along (Avro 1.11 specification).
// Counterparts: avro-schema.ts, avro-reader.ts.
//
//   4f 62 6a 01 …                     object container file
//   c3 01, 8 bytes of fingerprint, …  single object
//   00, 4 bytes of schema id, …       Confluent's wire format
//   …                                 a value alone

import { AvroReader } from '../avro-reader.ts';
import { type AvroType, avroName, parseAvro } from '../avro-schema.ts';
import {
  type BodyValue,
  type Codecs,
  type DecodeContext,
  type Decoded,
  DecodeError,
  defineDecoder,
  required,
} from '../decoder.ts';
import { isVague, matchesType } from '../media-type.ts';
import { ValueBudget } from '../value-budget.ts';
import { unpackZstandard } from '../zstandard/frames.ts';

const CONTENT_TYPES = [
  'avro/binary',
  'application/avro',
  'application/x-avro',
  'application/vnd.apache.avro',
  'application/vnd.kafka.avro.v1',
  '+avro',
];
const SYNC = 16;
const SINGLE_OBJECT = 10;
const CONFLUENT = 5;
/** `Obj`, and the version. */
const CONTAINER = [0x4f, 0x62, 0x6a, 0x01];

export const avro = defineDecoder({
  id: 'avro',
  title: 'Avro',
  summary: 'Avro by the schema of `--avro`, with or without a wire prefix; container files by their own schema',
  sort: 'format',
  contentTypes: CONTENT_TYPES,
  schemaApplies: ({ schemas, contentType }) =>
    schemas.avro !== undefined &&
    (contentType === undefined || isVague(contentType) || matchesType(contentType, CONTENT_TYPES)),
  recognised: 'container files: begin with `4f 62 6a 01`',
  recognise: isContainer,
  decode(bytes, context) {
    if (context.truncated) throw new DecodeError('only the beginning of the body is at hand');
    if (isContainer(bytes)) return container(bytes, context);
    const candidates = context.schemas.avro?.candidates ?? [];
    if (candidates.length === 0) throw new DecodeError('needs a schema: --avro FILE.avsc');
    const starts = startsOf(bytes);
    let failure: unknown;
    for (const type of candidates) {
      for (const start of starts) {
        try {
          return { kind: 'value', value: single(bytes, start, type, context), label: `avro ${avroName(type)}` };
        } catch (error) {
          failure ??= error;
        }
      }
    }
    throw failure;
  },
});

function isContainer(bytes: Uint8Array): boolean {
  return CONTAINER.every((byte, i) => bytes[i] === byte);
}

/** Where the value may start, likeliest first. */
function startsOf(bytes: Uint8Array): readonly number[] {
  if (bytes[0] === 0xc3 && bytes[1] === 0x01 && bytes.length >= SINGLE_OBJECT) return [SINGLE_OBJECT, 0];
  if (bytes[0] === 0 && bytes.length > CONFLUENT) return [CONFLUENT, 0];
  return [0];
}

function single(bytes: Uint8Array, start: number, type: AvroType, { maxValues }: DecodeContext): BodyValue {
  const reader = new AvroReader(bytes, new ValueBudget(maxValues), start);
  const value = reader.value(type);
  if (reader.left > 0) throw new DecodeError(`does not fit ${avroName(type)}: ${reader.left} bytes are left over`);
  return value;
}

/** A header with schema and codec, then blocks: a count, a size, that many bytes, the sync marker. */
function container(bytes: Uint8Array, context: DecodeContext): Decoded {
  const reader = new AvroReader(bytes, new ValueBudget(context.maxValues), CONTAINER.length);
  const meta = new Map<string, Uint8Array>();
  reader.blocks(() => meta.set(reader.text(), reader.raw(reader.size())));
  reader.raw(SYNC);
  const text = new TextDecoder();
  const type = parseAvro([text.decode(meta.get('avro.schema'))]).candidates[0]!;
  const codec = text.decode(meta.get('avro.codec')) || 'null';
  const values: BodyValue[] = [];
  let room = context.maxOutput;
  while (reader.left > 0) {
    const count = reader.size();
    const block = unpackBlock(reader.raw(reader.size()), codec, room, context.codecs);
    room -= block.length;
    reader.raw(SYNC);
    const blockReader = reader.within(block);
    for (let i = 0; i < count; i++) values.push(blockReader.value(type));
    if (blockReader.left > 0) throw new DecodeError(`a block has ${blockReader.left} bytes left over`);
  }
  return { kind: 'value', value: values, label: `avro ${avroName(type)}` };
}

function unpackBlock(block: Uint8Array, codec: string, limit: number, codecs: Codecs): Uint8Array {
  switch (codec) {
    case 'null':
      return block;
    case 'deflate':
      return required(codecs.inflate, 'deflate')(block, limit, false);
    case 'zstandard':
      return (codecs.zstd ?? unpackZstandard)(block, limit, false);
    default:
      throw new DecodeError(`codec ${codec} is not known`);
  }
}
