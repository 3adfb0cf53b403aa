// What a body decoder is: a definition that turns the bytes of a body into fewer layers, text or a value. One file a
// decoder in decoders/; registry.ts lists them; decode-body.ts chooses among them and catches whatever they throw.
// Invariant: a decoder takes bounded time, memory and depth on any bytes; what it cannot decode it throws.

import { type FieldValue, fieldOf } from '../protocol/field-table.ts';
import type { BasicProperties } from '../protocol/method-table.ts';
import type { AvroSchema } from './avro-schema.ts';
import type { DecodedBody } from './decode-body.ts';
import type { MediaType } from './media-type.ts';
import type { ProtobufSchemas } from './protobuf-schemas.ts';

/** Deeper values are refused: no real body comes near it, and it keeps hostile bytes off the call stack. */
export const MAX_DEPTH = 128;

/** What bodies hold. Bytes may be views of the body or of what was unpacked from it. */
export type BodyValue =
  | null
  | undefined
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | Date
  | Tagged
  | readonly BodyValue[]
  | ReadonlyMap<BodyValue, BodyValue>
  | { readonly [name: string]: BodyValue };

/** A value with a number that gives it a meaning unknown here: a tag of CBOR, an extension type of MessagePack. */
export class Tagged {
  readonly tag: number | bigint;
  readonly value: BodyValue;

  constructor(tag: number | bigint, value: BodyValue) {
    this.tag = tag;
    this.value = value;
  }
}

/** `bytes`: a layer was taken off, and what it held is decoded in turn. */
export type Decoded =
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array; readonly complete?: boolean }
  | {
      readonly kind: 'text';
      readonly text: string;
      readonly complete?: boolean;
      readonly label?: string;
      /** What was not done to the text, and why. */
      readonly note?: string | undefined;
    }
  | {
      readonly kind: 'value';
      readonly value: BodyValue;
      /** The value as its source has it, where that says more than the value: numbers as they were written. */
      readonly text?: string;
      /** What the layer is called when its id says too little: `protobuf shop.Order`. */
      readonly label?: string;
      /** What an envelope holds, as decoded: its layers and notes come after the envelope's own. */
      readonly inner?: DecodedBody;
    };

/**
 * Unpacks at most `limit` bytes. Throws if the bytes are wrong or would unpack to more (TooLargeError); of a body's
 * beginning (`truncated`) it gives as much as there is.
 */
export type Unpack = (bytes: Uint8Array, limit: number, truncated: boolean) => Uint8Array;

/** What the host has to unpack with. A browser gives inflate.ts; Brotli has no unpacker in JavaScript that can be stopped. */
export interface Codecs {
  /** gzip, zlib and raw deflate, told apart by their bytes. */
  readonly inflate?: Unpack;
  readonly brotli?: Unpack;
  /** Without it zstandard/ does. */
  readonly zstd?: Unpack;
}

/** Schemas that the user gave. */
export interface Schemas {
  readonly protobuf?: ProtobufSchemas | undefined;
  readonly avro?: AvroSchema | undefined;
}

export interface DecodeContext {
  readonly contentType: MediaType | undefined;
  readonly properties: BasicProperties;
  readonly routingKey: string | undefined;
  /** The bytes are only the beginning of the body. */
  readonly truncated: boolean;
  /** Bytes that a layer may unpack to. */
  readonly maxOutput: number;
  /** Values that the body may decode to: a ValueBudget for each attempt. */
  readonly maxValues: number;
  readonly codecs: Codecs;
  readonly schemas: Schemas;
  /** Decodes what an envelope holds: by the same choice, but no envelope again. */
  inner(bytes: Uint8Array, as?: { readonly contentType?: string; readonly contentEncoding?: string }): DecodedBody;
}

/** encoding: bytes to bytes; envelope: a messaging library's wrapping; format: bytes to text or a value. */
export type DecoderSort = 'encoding' | 'envelope' | 'format';

export interface DecoderDefinition<Id extends string = string> {
  /** As in `--decode <id>`, and in the layers of what it decoded. */
  readonly id: Id;
  readonly title: string;
  /** One line for help and documentation. */
  readonly summary: string;
  readonly sort: DecoderSort;
  /** Media types in lower case; `+json` stands for all with that suffix, `text/*` for a whole family. */
  readonly contentTypes: readonly string[];
  /** Values of content-encoding that call for it. */
  readonly contentEncodings?: readonly string[];
  /** Whether the user gave a schema for this body. */
  schemaApplies?(context: DecodeContext): boolean;
  /** How it is recognised without them, in words; with `recognise`. */
  readonly recognised?: string;
  /** Whether these are its bytes, convincingly. May throw: then they are not. */
  recognise?(bytes: Uint8Array, context: DecodeContext): boolean;
  /** Throws anything if the bytes are not what it takes them for. */
  decode(bytes: Uint8Array, context: DecodeContext): Decoded;
}

/** The definition as it is, its id as a literal type. */
export function defineDecoder<const Id extends string>(definition: DecoderDefinition<Id>): DecoderDefinition<Id> {
  return definition;
}

/** Why a body is not what it was taken for; the message completes `as JSON: …`. */
export class DecodeError extends Error {}

/** It goes beyond a limit of this project: it may well be what it was taken for. */
export class LimitError extends DecodeError {}

/** Unpacked, it would be larger than allowed. */
export class TooLargeError extends DecodeError {
  constructor(limit: number, packed: number) {
    const ratio = packed > 0 ? `, over ${Math.floor(limit / packed)} times its size` : '';
    super(`unpacks to more than ${limit} bytes${ratio}`);
  }
}

/** The host's unpacker. Throws DecodeError if it has none. */
export function required(unpack: Unpack | undefined, what: string): Unpack {
  if (!unpack) throw new DecodeError(`nothing here unpacks ${what}`);
  return unpack;
}

/** The value of a message header as text or number; undefined for other types, and where there is none. */
export function headerOf(properties: BasicProperties, name: string): string | number | undefined {
  const field = properties.headers && fieldOf(properties.headers, name);
  return field && plainField(field);
}

function plainField(field: FieldValue): string | number | undefined {
  if (typeof field.value === 'string' || typeof field.value === 'number') return field.value;
  return typeof field.value === 'bigint' ? Number(field.value) : undefined;
}

/** A header that is text. */
export function textHeader(properties: BasicProperties, name: string): string | undefined {
  const value = headerOf(properties, name);
  return typeof value === 'string' ? value : undefined;
}

/** A plain object of a value that may be an object or a map with text keys; undefined for others. */
export function recordOf(value: BodyValue): { readonly [name: string]: BodyValue } | undefined {
  if (value instanceof Map) {
    return [...value.keys()].every((key) => typeof key === 'string') ? Object.fromEntries(value) : undefined;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null ? (value as { [name: string]: BodyValue }) : undefined;
}
