// Protocol Buffers with a schema: fields by name. Fields that the schema does not know are kept by their number, guessed.
// Counterparts: protobuf-schemas.ts, which makes the types of .proto files; protobuf-known.ts, for Google's own types.
// Invariant: exact (64-bit integers included), and bounded in depth and in the number of values.

import { textOf } from './charset.ts';
import { type BodyValue, DecodeError, MAX_DEPTH } from './decoder.ts';
import { addTo, guessValue } from './protobuf-guess.ts';
import { knownValue } from './protobuf-known.ts';
import {
  END_GROUP,
  FIXED32,
  FIXED64,
  LENGTH,
  ProtobufReader,
  START_GROUP,
  signed64,
  VARINT,
  zigzag,
} from './protobuf-reader.ts';
import type { ValueBudget } from './value-budget.ts';

/** `int32`, `string`, …; a message or an enum. */
export type FieldKind =
  | { readonly kind: 'scalar'; readonly type: string }
  | { readonly kind: 'enum'; readonly names: ReadonlyMap<number, string> }
  /** Called when first met: types may hold themselves. */
  | { readonly kind: 'message'; readonly type: () => MessageType };

export interface FieldType {
  readonly name: string;
  readonly repeated: boolean;
  /** Of a map field: the kind of its keys; `value` is that of its values. */
  readonly key: FieldKind | undefined;
  readonly value: FieldKind;
}

export interface MessageType {
  /** `shop.Order`, with its package. */
  readonly name: string;
  readonly fields: ReadonlyMap<number, FieldType>;
}

/** Finds the type of a google.protobuf.Any. */
export type FindType = (name: string) => MessageType | undefined;

/** Reads the whole as a message of that type. Throws DecodeError. */
export function decodeMessage(
  type: MessageType,
  bytes: Uint8Array,
  findType: FindType,
  budget: ValueBudget,
): BodyValue {
  return new MessageReader(findType).message(type, new ProtobufReader(bytes, budget), 0, undefined);
}

/** The wire type that values of a kind have when they are not packed. */
function wireOf(kind: FieldKind): number {
  if (kind.kind === 'enum') return VARINT;
  if (kind.kind === 'message') return LENGTH;
  return SCALAR_WIRES[kind.type] ?? VARINT;
}

const SCALAR_WIRES: { readonly [type: string]: number } = {
  string: LENGTH,
  bytes: LENGTH,
  double: FIXED64,
  fixed64: FIXED64,
  sfixed64: FIXED64,
  float: FIXED32,
  fixed32: FIXED32,
  sfixed32: FIXED32,
};

class MessageReader {
  readonly #findType: FindType;

  constructor(findType: FindType) {
    this.#findType = findType;
  }

  message(type: MessageType, reader: ProtobufReader, depth: number, group: number | undefined): BodyValue {
    if (depth > MAX_DEPTH) throw new DecodeError(`nested more than ${MAX_DEPTH} deep`);
    const message = new Map<string, BodyValue>();
    const repeated = new Set<string>();
    while (reader.at < reader.end) {
      const { field: number, wire } = reader.tag();
      if (wire === END_GROUP && number === group) return knownValue(type.name, message, this.#any(reader, depth));
      const field = type.fields.get(number);
      if (field === undefined || !this.#read(field, wire, number, reader, message, depth)) {
        addTo(message, repeated, `#${number}`, guessValue(reader, number, wire, depth));
      }
    }
    if (group !== undefined) throw new DecodeError(`lacks the end of group ${group}`);
    return knownValue(type.name, message, this.#any(reader, depth));
  }

  /** False, with nothing read, if the wire type is not the field's. */
  #read(
    field: FieldType,
    wire: number,
    number: number,
    reader: ProtobufReader,
    message: Map<string, BodyValue>,
    depth: number,
  ): boolean {
    const { name, value: kind } = field;
    if (field.key) {
      if (wire !== LENGTH) return false;
      this.#entry(field, field.key, reader, message, depth);
      return true;
    }
    const expected = wireOf(kind);
    const isGroup = kind.kind === 'message' && wire === START_GROUP;
    const isPacked = field.repeated && wire === LENGTH && expected !== LENGTH;
    if (wire !== expected && !isGroup && !isPacked) return false;
    if (!field.repeated) message.set(name, this.#value(kind, reader, depth, isGroup ? number : undefined));
    else {
      const values = (message.get(name) as BodyValue[] | undefined) ?? [];
      message.set(name, values);
      if (isPacked) this.#packed(kind, reader, values, depth);
      else values.push(this.#value(kind, reader, depth, isGroup ? number : undefined));
    }
    return true;
  }

  #packed(kind: FieldKind, reader: ProtobufReader, values: BodyValue[], depth: number): void {
    const packed = reader.within(reader.piece());
    while (packed.at < packed.end) {
      packed.budget.spend();
      values.push(this.#value(kind, packed, depth, undefined));
    }
  }

  /** An entry of a map: a message of key 1 and value 2. */
  #entry(
    field: FieldType,
    keyKind: FieldKind,
    reader: ProtobufReader,
    message: Map<string, BodyValue>,
    depth: number,
  ): void {
    const entries =
      (message.get(field.name) as Map<BodyValue, BodyValue> | undefined) ?? new Map<BodyValue, BodyValue>();
    message.set(field.name, entries);
    const entry = reader.within(reader.piece());
    let key: BodyValue = null;
    let value: BodyValue = null;
    while (entry.at < entry.end) {
      const { field: number, wire } = entry.tag();
      if (number === 1 && wire === wireOf(keyKind)) key = this.#value(keyKind, entry, depth, undefined);
      else if (number === 2 && wire === wireOf(field.value)) value = this.#value(field.value, entry, depth, undefined);
      else guessValue(entry, number, wire, depth);
    }
    entries.set(key === null ? '' : String(key), value);
  }

  #value(kind: FieldKind, reader: ProtobufReader, depth: number, group: number | undefined): BodyValue {
    if (kind.kind === 'scalar') return scalar(kind.type, reader);
    if (kind.kind === 'enum') {
      const number = Number(signed64(reader.varint()));
      return kind.names.get(number) ?? number;
    }
    if (group !== undefined) return this.message(kind.type(), reader, depth + 1, group);
    return this.message(kind.type(), reader.within(reader.piece()), depth + 1, undefined);
  }

  /** The message in a google.protobuf.Any, if its type is known. */
  #any(reader: ProtobufReader, depth: number): (name: string, bytes: Uint8Array) => BodyValue {
    return (name, bytes) => {
      const type = this.#findType(name);
      return type ? this.message(type, reader.within(bytes), depth + 1, undefined) : bytes;
    };
  }
}

function scalar(type: string, reader: ProtobufReader): BodyValue {
  switch (type) {
    case 'string':
      return textOf(reader.piece(), undefined, false);
    case 'bytes':
      return reader.piece();
    case 'bool':
      return reader.varint() !== 0;
    case 'double':
      return reader.f64();
    case 'float':
      return reader.f32();
    case 'fixed32':
      return reader.u32();
    case 'sfixed32':
      return reader.i32();
    case 'fixed64':
      return reader.u64();
    case 'sfixed64':
      return reader.i64();
    case 'sint32':
    case 'sint64':
      return zigzag(reader.varint());
    case 'int32':
    case 'int64':
      return signed64(reader.varint());
    default:
      return reader.varint();
  }
}
