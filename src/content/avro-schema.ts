// Avro schemas (Avro 1.11 specification, "Schema Declaration"): from JSON to types with their names resolved.
// Counterpart: avro-reader.ts, which decodes by them. Invariant: a parsed type names no type that it does not have.

import { DecodeError, MAX_DEPTH } from './decoder.ts';

export type AvroType =
  | { readonly kind: 'primitive'; readonly type: string; readonly logical: Logical | undefined }
  | { readonly kind: 'record'; readonly name: string; readonly fields: readonly AvroField[] }
  | { readonly kind: 'enum'; readonly name: string; readonly symbols: readonly string[] }
  | { readonly kind: 'array' | 'map'; readonly items: AvroType }
  | { readonly kind: 'union'; readonly branches: readonly AvroType[] }
  | { readonly kind: 'fixed'; readonly name: string; readonly size: number; readonly logical: Logical | undefined };

export interface AvroField {
  readonly name: string;
  readonly type: AvroType;
}

/** How a number or bytes are meant. */
export interface Logical {
  readonly type: string;
  /** Of decimals. */
  readonly scale: number;
}

/** The schemas that the user gave: a body is of the first that fits. */
export interface AvroSchema {
  readonly candidates: readonly AvroType[];
}

const PRIMITIVES = new Set(['null', 'boolean', 'int', 'long', 'float', 'double', 'bytes', 'string']);

interface SchemaJson {
  readonly [name: string]: unknown;
}

/** Types by their full names; a record is there before its fields are, which may be of its own type. */
type Names = Map<string, AvroType>;

/** Parses schemas, of which later ones may use the names of earlier ones. Throws DecodeError. */
export function parseAvro(texts: readonly string[]): AvroSchema {
  const names: Names = new Map();
  return { candidates: texts.map((text) => parseType(parseJson(text), '', names, 0)) };
}

/** `com.acme.Order`; `array`, … for types without a name. */
export function avroName(type: AvroType): string {
  if (type.kind === 'primitive') return type.type;
  return 'name' in type ? type.name : type.kind;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new DecodeError(`the schema is not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function parseType(schema: unknown, namespace: string, names: Names, depth: number): AvroType {
  if (depth > MAX_DEPTH) throw new DecodeError(`the schema is nested more than ${MAX_DEPTH} deep`);
  if (typeof schema === 'string') return named(schema, namespace, names);
  if (Array.isArray(schema)) {
    return { kind: 'union', branches: schema.map((branch) => parseType(branch, namespace, names, depth + 1)) };
  }
  if (typeof schema !== 'object' || schema === null)
    throw new DecodeError('expected a schema, found no object or name');
  return parseComplex(schema as SchemaJson, namespace, names, depth);
}

function parseComplex(schema: SchemaJson, namespace: string, names: Names, depth: number): AvroType {
  const { type } = schema;
  switch (type) {
    case 'record':
    case 'error':
      return parseRecord(schema, namespace, names, depth);
    case 'enum': {
      const name = fullName(schema, namespace);
      return define(names, { kind: 'enum', name, symbols: listOf(schema, 'symbols').map(String) });
    }
    case 'fixed': {
      const size = schema['size'];
      if (typeof size !== 'number' || !(size >= 0)) throw new DecodeError('a fixed type lacks its size');
      return define(names, { kind: 'fixed', name: fullName(schema, namespace), size, logical: logicalOf(schema) });
    }
    case 'array':
      return { kind: 'array', items: parseType(schema['items'], namespace, names, depth + 1) };
    case 'map':
      return { kind: 'map', items: parseType(schema['values'], namespace, names, depth + 1) };
    default: {
      if (typeof type === 'string' && PRIMITIVES.has(type))
        return { kind: 'primitive', type, logical: logicalOf(schema) };
      return parseType(type, namespace, names, depth + 1);
    }
  }
}

function parseRecord(schema: SchemaJson, namespace: string, names: Names, depth: number): AvroType {
  const name = fullName(schema, namespace);
  const fields: AvroField[] = [];
  const record: AvroType = { kind: 'record', name, fields };
  define(names, record);
  const inner = name.slice(0, Math.max(0, name.lastIndexOf('.')));
  for (const field of listOf(schema, 'fields')) {
    const { name: fieldName, type } = field as SchemaJson;
    if (typeof fieldName !== 'string') throw new DecodeError(`a field of ${name} has no name`);
    fields.push({ name: fieldName, type: parseType(type, inner, names, depth + 1) });
  }
  return record;
}

function define<T extends AvroType & { readonly name: string }>(names: Names, type: T): T {
  names.set(type.name, type);
  return type;
}

function named(name: string, namespace: string, names: Names): AvroType {
  if (PRIMITIVES.has(name)) return { kind: 'primitive', type: name, logical: undefined };
  const type = names.get(name.includes('.') || namespace === '' ? name : `${namespace}.${name}`) ?? names.get(name);
  if (type === undefined) throw new DecodeError(`the schema uses ${name}, which is not defined before it`);
  return type;
}

function fullName(schema: SchemaJson, outer: string): string {
  const { name, namespace } = schema;
  if (typeof name !== 'string') throw new DecodeError(`a type of kind ${String(schema['type'])} has no name`);
  if (name.includes('.')) return name;
  const space = typeof namespace === 'string' ? namespace : outer;
  return space === '' ? name : `${space}.${name}`;
}

function listOf(schema: SchemaJson, key: string): readonly unknown[] {
  const list = schema[key];
  if (!Array.isArray(list)) throw new DecodeError(`a type of kind ${String(schema['type'])} lacks its ${key}`);
  return list;
}

function logicalOf(schema: SchemaJson): Logical | undefined {
  const { logicalType, scale } = schema;
  return typeof logicalType === 'string'
    ? { type: logicalType, scale: typeof scale === 'number' ? scale : 0 }
    : undefined;
}
