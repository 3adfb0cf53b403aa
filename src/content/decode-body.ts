// Decodes the body of a message: takes off encodings and envelopes, then reads the format within.
// Choice: what the user asks for, the user's schemas, content-encoding and content-type, then the bytes themselves, then hex.
// Invariant: never throws, and bounded on any bytes; what fails leaves the bytes as they are, and a note that says why.

import type { BasicProperties } from '../protocol/method-table.ts';
import type { BodyValue, Codecs, DecodeContext, Decoded, DecoderDefinition, Schemas } from './decoder.ts';
import { LimitError, textHeader } from './decoder.ts';
import { type MediaType, matchesType, parseContentEncoding, parseMediaType } from './media-type.ts';
import { DECODERS, decoderById } from './registry.ts';

/** No real message has so many layers; each may unpack to the whole limit. */
const MOST_LAYERS = 8;
/** Holds any message that a person would look at, and takes a fraction of a second to unpack. */
const DEFAULT_MAX_OUTPUT = 8 << 20;
/** Takes a tenth of a second to decode, and tens of megabytes. */
const DEFAULT_MAX_VALUES = 100_000;
/** The value of `--decode` that leaves bodies alone. */
export const RAW = 'raw';

export interface DecodeOptions {
  /** A decoder's id, or `raw`: instead of the choice by content type and content. */
  readonly decoder?: string | undefined;
  /** Of the method that carried the message: says which schema is the body's. */
  readonly routingKey?: string | undefined;
  /** The bytes are only the beginning of the body. */
  readonly truncated?: boolean;
  /** Bytes that each layer may unpack to: 8 MiB by default. */
  readonly maxOutput?: number;
  /** Values that it may decode to: 100,000 by default. A body of more stays text or bytes. */
  readonly maxValues?: number;
  readonly codecs?: Codecs | undefined;
  readonly schemas?: Schemas | undefined;
}

export interface DecodedBody {
  /** The decoder of the innermost layer; `hex` if there is none. */
  readonly decoder: string;
  readonly kind: 'text' | 'value' | 'hex';
  /** Of kind text; of kind value, if the source says more than the value. */
  readonly text?: string;
  /** Of kind value. */
  readonly value?: BodyValue;
  /** Of kind hex: the body, or what was unpacked from it. */
  readonly bytes?: Uint8Array;
  /** What was taken off, outermost first: `['gzip', 'celery', 'json']`. Empty for hex that came as it is. */
  readonly layers: readonly string[];
  /** Why something else was expected or tried. */
  readonly notes: readonly string[];
  /** Whether it stands for the whole body. */
  readonly complete: boolean;
}

/** Decodes a body with the properties of its content header. */
export function decodeBody(
  body: Uint8Array,
  properties: BasicProperties = {},
  options: DecodeOptions = {},
): DecodedBody {
  const decoding = new Decoding(properties, options);
  if (options.decoder === RAW) return decoding.undecoded(body);
  const encoding = parseContentEncoding(properties.content_encoding);
  // Kombu names its compression in a header.
  const compression = textHeader(properties, 'compression');
  const encodings = compression === undefined ? encoding.encodings : [compression.toLowerCase(), ...encoding.encodings];
  const type = withCharset(parseMediaType(properties.content_type), encoding.charset);
  return decoding.decode(body, { type, encodings, forced: decoderById(options.decoder), envelopes: true });
}

/** How one run of layers is to be read. */
interface Reading {
  readonly type: MediaType | undefined;
  readonly encodings: readonly string[];
  readonly forced: DecoderDefinition | undefined;
  readonly envelopes: boolean;
}

type Attempt = { readonly decoder: DecoderDefinition; readonly decoded: Decoded } | undefined;

class Decoding {
  readonly #properties: BasicProperties;
  readonly #options: DecodeOptions;
  readonly #layers: string[] = [];
  readonly #notes: string[] = [];
  /** Envelopes that were not there. They unpack what they hold, so that they need not be tried again a layer further in. */
  readonly #refused = new Set<DecoderDefinition>();
  #complete: boolean;

  constructor(properties: BasicProperties, options: DecodeOptions) {
    this.#properties = properties;
    this.#options = options;
    this.#complete = !options.truncated;
  }

  decode(body: Uint8Array, reading: Reading): DecodedBody {
    let bytes = body;
    for (const name of reading.encodings) {
      const unpacked = this.#unpack(bytes, name, reading);
      if (unpacked === undefined) break;
      bytes = unpacked;
    }
    while (this.#layers.length < MOST_LAYERS) {
      const attempt = this.#format(bytes, reading);
      if (attempt === undefined) return this.undecoded(bytes);
      const { decoder, decoded } = attempt;
      if (decoded.kind !== 'bytes') return this.#finish(decoder, decoded);
      this.#push(decoder.id, decoded.complete);
      bytes = decoded.bytes;
    }
    this.#notes.push(`more than ${MOST_LAYERS} layers`);
    return this.undecoded(bytes);
  }

  /** What is left, as bytes. */
  undecoded(bytes: Uint8Array): DecodedBody {
    const rest = { layers: this.#layers, notes: this.#notes, complete: this.#complete };
    return { decoder: 'hex', kind: 'hex', bytes, ...rest };
  }

  /** Takes off an encoding that the properties name; undefined if it is unknown, or is not there. */
  #unpack(bytes: Uint8Array, name: string, reading: Reading): Uint8Array | undefined {
    const decoder = DECODERS.find(({ contentEncodings }) => contentEncodings?.includes(name));
    if (decoder === undefined) {
      this.#notes.push(`content-encoding ${quote(name)} is unknown`);
      return undefined;
    }
    const decoded = this.#try(decoder, bytes, reading, `content-encoding ${quote(name)}`)?.decoded;
    if (decoded?.kind !== 'bytes') return undefined;
    this.#push(decoder.id, decoded.complete);
    return decoded.bytes;
  }

  #format(bytes: Uint8Array, reading: Reading): Attempt {
    const { forced } = reading;
    if (forced) {
      // A forced encoding is taken off once; what it holds is chosen as always.
      if (forced.sort !== 'encoding') return this.#try(forced, bytes, reading, `--decode ${forced.id}`);
      if (!this.#layers.includes(forced.id)) return this.#try(forced, bytes, reading, `--decode ${forced.id}`);
    }
    const tried = new Set<DecoderDefinition>();
    for (const [decoder, why] of this.#candidates(bytes, reading)) {
      if (tried.has(decoder)) continue;
      tried.add(decoder);
      const attempt = this.#try(decoder, bytes, reading, why);
      if (attempt) return attempt;
    }
    return undefined;
  }

  /** Decoders to try, best first, and why. */
  *#candidates(bytes: Uint8Array, reading: Reading): Generator<[decoder: DecoderDefinition, why: string]> {
    const { type } = reading;
    const context = this.#context(reading);
    for (const decoder of DECODERS) {
      if (decoder.sort !== 'envelope' || !reading.envelopes || this.#refused.has(decoder)) continue;
      if (recognises(decoder, bytes, context)) {
        yield [decoder, decoder.title];
      }
    }
    for (const decoder of DECODERS) {
      if (decoder.schemaApplies?.(context)) yield [decoder, `the schema given for ${decoder.title}`];
    }
    for (const decoder of DECODERS) {
      if (decoder.sort !== 'envelope' && type && matchesType(type, decoder.contentTypes)) {
        yield [decoder, `content-type ${quote(type.type)}`];
      }
    }
    for (const decoder of DECODERS) {
      if (decoder.sort !== 'envelope' && recognises(decoder, bytes, context)) yield [decoder, decoder.title];
    }
  }

  #try(decoder: DecoderDefinition, bytes: Uint8Array, reading: Reading, why: string): Attempt {
    try {
      return { decoder, decoded: decoder.decode(bytes, this.#context(reading)) };
    } catch (error) {
      this.#notes.push(`${why}: ${messageOf(error)}`);
      if (decoder.sort === 'envelope') this.#refused.add(decoder);
      return undefined;
    }
  }

  #finish(decoder: DecoderDefinition, decoded: Exclude<Decoded, { kind: 'bytes' }>): DecodedBody {
    this.#push(decoded.label ?? decoder.id, decoded.kind === 'text' ? decoded.complete : true);
    if (decoded.kind === 'text') {
      if (decoded.note !== undefined) this.#notes.push(`${decoder.title}: ${decoded.note}`);
      return { decoder: decoder.id, kind: 'text', text: decoded.text, ...this.#rest(undefined) };
    }
    const { value, text, inner } = decoded;
    return { decoder: decoder.id, kind: 'value', value, ...(text !== undefined && { text }), ...this.#rest(inner) };
  }

  #rest(inner: DecodedBody | undefined): Pick<DecodedBody, 'layers' | 'notes' | 'complete'> {
    return {
      layers: inner ? [...this.#layers, ...inner.layers] : this.#layers,
      notes: inner ? [...this.#notes, ...inner.notes] : this.#notes,
      complete: this.#complete && (inner?.complete ?? true),
    };
  }

  #push(layer: string, complete = true): void {
    this.#layers.push(layer);
    if (!complete) this.#complete = false;
  }

  #context(reading: Reading): DecodeContext {
    const options = this.#options;
    return {
      contentType: reading.type,
      properties: this.#properties,
      routingKey: options.routingKey,
      truncated: !this.#complete,
      maxOutput: options.maxOutput ?? DEFAULT_MAX_OUTPUT,
      maxValues: options.maxValues ?? DEFAULT_MAX_VALUES,
      codecs: options.codecs ?? {},
      schemas: options.schemas ?? {},
      inner: (bytes, as) => {
        const encoding = parseContentEncoding(as?.contentEncoding);
        const type = as?.contentType === undefined ? reading.type : parseMediaType(as.contentType);
        const { encodings, charset } = encoding;
        const within = { type: withCharset(type, charset), encodings, forced: undefined, envelopes: false };
        return new Decoding(this.#properties, { ...options, truncated: !this.#complete }).decode(bytes, within);
      },
    };
  }
}

function recognises(decoder: DecoderDefinition, bytes: Uint8Array, context: DecodeContext): boolean {
  try {
    return decoder.recognise?.(bytes, context) ?? false;
  } catch (error) {
    // Then decoding it fails too, and leaves a note that says so.
    return error instanceof LimitError;
  }
}

function withCharset(type: MediaType | undefined, charset: string | undefined): MediaType | undefined {
  return type && charset !== undefined && type.charset === undefined ? { ...type, charset } : type;
}

const LONGEST_QUOTE = 60;
const LONGEST_MESSAGE = 160;

function quote(text: string): string {
  return text.length > LONGEST_QUOTE ? `${text.slice(0, LONGEST_QUOTE)}…` : text;
}

function messageOf(error: unknown): string {
  // Too deep for the call stack: the decoders' own limits should come first, but libraries have none.
  if (error instanceof RangeError && /call stack/.test(error.message)) return 'nested too deep';
  const message = error instanceof Error ? error.message : String(error);
  return message.length > LONGEST_MESSAGE ? `${message.slice(0, LONGEST_MESSAGE)}…` : message;
}
