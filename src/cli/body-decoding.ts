// Bodies as they are shown on a line: decoded, with what was taken off them before the text, and what failed after it.
// Counterparts: body-options.ts, content/body-line.ts; body-preview.ts, which shows bytes that stay bytes. Loaded only by
// views that show bodies.
// Invariant: never throws over a body; a line that shows something else than the bytes as they came says so.

import { readFile } from 'node:fs/promises';
import { HOST_CODECS } from '../api/host-codecs.ts';
import { parseAvro } from '../content/avro-schema.ts';
import { bodyLine } from '../content/body-line.ts';
import { decodeBody, RAW } from '../content/decode-body.ts';
import { DecodeError, type Schemas } from '../content/decoder.ts';
import { DECODERS, decoderById } from '../content/registry.ts';
import { ConfigError } from '../errors.ts';
import type { BodyOptions } from './body-options.ts';
import { type BodyPreview, previewOf } from './body-preview.ts';
import { fileReason } from './file-reason.ts';
import type { Shown } from './shown.ts';

/** Bytes of a body that are decoded for its line; of longer ones the beginning, as far as that says something. */
const DECODED_LIMIT = 64 << 10;
/** What these may unpack to: a line shows little of it. */
const MAX_OUTPUT = 1 << 20;
/** And what values they may hold: a few milliseconds' work, for a line that shows a few dozen. */
const MAX_VALUES = 20_000;

const NO_OPTIONS: BodyOptions = { decoder: undefined, protoFiles: [], protoMap: [], avroFiles: [] };

/** The content of a command. */
type ShownContent = Pick<Shown, 'method' | 'header' | 'body' | 'bodySize'>;

export interface BodyDecoding {
  /** Bytes of a body that it looks at. */
  readonly needs: number;
  /** About `limit` characters of a body. */
  preview(content: ShownContent, limit: number): BodyPreview;
}

/** Makes what decodes bodies, with the schemas that the options name. Rejects with ConfigError; undefined if bodies are to be left as they are. */
export async function loadBodyDecoding(options: BodyOptions = NO_OPTIONS): Promise<BodyDecoding | undefined> {
  const { decoder } = options;
  if (decoder === RAW) return undefined;
  if (decoder !== undefined && !decoderById(decoder)) {
    const known = DECODERS.map(({ id }) => id).join(', ');
    throw new ConfigError('--decode', `expected ${known} or ${RAW}, found '${decoder}'`);
  }
  const schemas = await loadSchemas(options);
  return { needs: DECODED_LIMIT, preview: (content, limit) => preview(content, limit, decoder, schemas) };
}

/** Reads the schemas that the options name. Rejects with ConfigError. */
export async function loadSchemas({ protoFiles, protoMap, avroFiles }: BodyOptions): Promise<Schemas> {
  const schemas: { -readonly [K in keyof Schemas]: Schemas[K] } = {};
  if (protoFiles.length > 0) {
    const files = await Promise.all(protoFiles.map((name) => readText('--proto', name)));
    const { loadProtobuf } = await import('../content/protobuf-schemas.ts');
    schemas.protobuf = await loadProtobuf(files, protoMap);
  }
  if (avroFiles.length > 0) {
    const files = await Promise.all(avroFiles.map((name) => readText('--avro', name)));
    try {
      schemas.avro = parseAvro(files.map(({ text }) => text));
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      throw new ConfigError('--avro', error.message, { cause: error });
    }
  }
  return schemas;
}

async function readText(option: string, name: string): Promise<{ name: string; text: string }> {
  try {
    return { name, text: await readFile(name, 'utf8') };
  } catch (error) {
    throw new ConfigError(option, `cannot read ${name}: ${fileReason(error)}`, { cause: error });
  }
}

function preview(content: ShownContent, limit: number, decoder: string | undefined, schemas: Schemas): BodyPreview {
  const { body, bodySize, header, method } = content;
  if (header === undefined || limit === 0) return previewOf(body, limit);
  const routingKey = method?.arguments['routing_key'];
  const decoded = decodeBody(body, header.properties, {
    decoder,
    schemas,
    routingKey: typeof routingKey === 'string' ? routingKey : undefined,
    truncated: body.length < bodySize,
    maxOutput: MAX_OUTPUT,
    maxValues: MAX_VALUES,
    codecs: HOST_CODECS,
  });
  const line = bodyLine(decoded, limit);
  const note = decoded.notes.length > 0 ? { note: `(${decoded.notes[0]})` } : undefined;
  const mark = line.mark === '' ? '' : `${line.mark} `;
  if (line.text !== undefined) {
    return { text: mark + line.text, bytes: line.whole ? bodySize : Math.min(limit, bodySize - 1), ...note };
  }
  const rest = previewOf(decoded.bytes ?? body, limit);
  const isWhole = decoded.complete && rest.bytes === decoded.bytes?.length;
  return { text: mark + rest.text, bytes: isWhole ? bodySize : Math.min(rest.bytes, bodySize - 1), ...note };
}
