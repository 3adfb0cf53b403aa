// Protocol Buffers schemas of .proto files, and which routing key carries which type. The library that reads the files
// is an optional peer, loaded only when files are given. Counterpart: protobuf-message.ts, which decodes by the types.
// Invariant: whatever is wrong with the files is told when they are loaded, not when bodies come.

import type { Enum, Field, IParserResult, MapField, Namespace, ReflectionObject, Root, Type } from 'protobufjs';
import { ConfigError } from '../errors.ts';
import type { FieldKind, FieldType, MessageType } from './protobuf-message.ts';
import { matchesPattern } from './topic-pattern.ts';

export interface SchemaFile {
  /** As the user named it: `protos/order.proto`. Imports are found by the end of it. */
  readonly name: string;
  readonly text: string;
}

/** Custom options extend these; what they say does not matter here. */
const DESCRIPTOR_FILE = 'google/protobuf/descriptor.proto';
const DESCRIPTOR = `syntax = "proto2"; package google.protobuf; ${[
  ...['File', 'Message', 'Field', 'Oneof', 'Enum', 'EnumValue', 'Service', 'Method', 'ExtensionRange'],
]
  .map((name) => `message ${name}Options { extensions 1000 to max; }`)
  .join(' ')}`;

type Protobufjs = typeof import('protobufjs');

export class ProtobufSchemas {
  readonly #types = new Map<string, MessageType>();
  readonly #patterns: readonly { readonly pattern: string; readonly type: MessageType }[];

  /** `map`: `routing_key=Type`, the first that matches counts. Throws ConfigError. */
  constructor(root: Root, map: readonly string[]) {
    addTypes(root, this.#types);
    this.#patterns = map.map((text) => this.#mapping(text));
  }

  /** Full names. */
  get typeNames(): readonly string[] {
    return [...this.#types.keys()];
  }

  /** The type of that full name, or of its only type with that last name. */
  readonly find = (name: string): MessageType | undefined => {
    const type = this.#types.get(name);
    if (type) return type;
    const ends = this.typeNames.filter((full) => full.endsWith(`.${name}`));
    return ends.length === 1 ? this.#types.get(ends[0]!) : undefined;
  };

  /** The type of a body: by its routing key, else by a property or parameter that names a type. */
  typeFor(routingKey: string | undefined, named: string | undefined): MessageType | undefined {
    if (routingKey !== undefined) {
      const mapped = this.#patterns.find(({ pattern }) => matchesPattern(pattern, routingKey));
      if (mapped) return mapped.type;
    }
    return named === undefined ? undefined : this.#types.get(named);
  }

  #mapping(text: string): { pattern: string; type: MessageType } {
    const equals = text.lastIndexOf('=');
    const name = text.slice(equals + 1).trim();
    if (equals < 1 || name === '') throw new ConfigError('--proto-map', `expected routing_key=Type, found '${text}'`);
    const type = this.find(name);
    if (type) return { pattern: text.slice(0, equals), type };
    const known = this.typeNames.filter((full) => !full.startsWith('google.protobuf.'));
    const list = known.length > 0 ? `known are ${known.slice(0, 20).join(', ')}` : 'no --proto file has messages';
    throw new ConfigError('--proto-map', `no single message type ${name}; ${list}`);
  }
}

/** Reads .proto files, which may import each other and Google's well-known types. Rejects with ConfigError. */
export async function loadProtobuf(files: readonly SchemaFile[], map: readonly string[]): Promise<ProtobufSchemas> {
  const protobufjs = await loadLibrary();
  const root = new protobufjs.Root();
  for (const file of files) {
    const { imports = [], weakImports = [] } = parseFile(protobufjs, root, file);
    for (const name of [...imports, ...weakImports]) resolveImport(protobufjs, root, name, file, files);
  }
  try {
    root.resolveAll();
  } catch (error) {
    throw new ConfigError('--proto', error instanceof Error ? error.message : String(error), { cause: error });
  }
  return new ProtobufSchemas(root, map);
}

async function loadLibrary(): Promise<Protobufjs> {
  try {
    const module = (await import('protobufjs')) as unknown as { default?: Protobufjs } & Protobufjs;
    return module.default ?? module;
  } catch (error) {
    throw new ConfigError('--proto', 'needs the package protobufjs: npm install protobufjs', { cause: error });
  }
}

function parseFile(protobufjs: Protobufjs, root: Root, file: SchemaFile): IParserResult {
  try {
    return protobufjs.parse(file.text, root, { keepCase: true });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new ConfigError('--proto', `${file.name}: ${message}`, { cause: error });
  }
}

function resolveImport(
  protobufjs: Protobufjs,
  root: Root,
  name: string,
  importer: SchemaFile,
  files: readonly SchemaFile[],
): void {
  if (files.some((file) => file.name === name || file.name.replaceAll('\\', '/').endsWith(`/${name}`))) return;
  // Folders may be given or not: b.proto is found as shop/b.proto, if no other file is called so.
  const last = name.slice(name.lastIndexOf('/') + 1);
  if (files.some((file) => /[^/\\]*$/.exec(file.name)?.[0] === last)) return;
  if (name === DESCRIPTOR_FILE) {
    if (!root.lookup('google.protobuf.FieldOptions')) protobufjs.parse(DESCRIPTOR, root);
    return;
  }
  const common = protobufjs.common.get(name);
  if (!common?.nested) {
    throw new ConfigError('--proto', `${importer.name} imports ${name}, which is not given; give it with --proto too`);
  }
  if (!isKnown(root, common.nested)) root.addJSON(common.nested);
}

/** Whether one of the types that the file defines is there already. */
function isKnown(root: Root, nested: { readonly [name: string]: object }): boolean {
  const types = (nested['google'] as { nested?: { protobuf?: { nested?: object } } } | undefined)?.nested?.protobuf
    ?.nested;
  const [first] = Object.keys(types ?? {});
  return first !== undefined && root.lookup(`google.protobuf.${first}`) !== null;
}

function addTypes(namespace: Namespace, types: Map<string, MessageType>): void {
  for (const object of namespace.nestedArray) {
    if (isType(object)) types.set(fullName(object), messageType(object, types));
    if (isNamespace(object)) addTypes(object, types);
  }
}

function isNamespace(object: ReflectionObject): object is Namespace {
  return 'nestedArray' in object;
}

function isType(object: ReflectionObject): object is Type {
  return 'fieldsArray' in object;
}

function fullName(object: ReflectionObject): string {
  return object.fullName.replace(/^\./, '');
}

function messageType(type: Type, types: ReadonlyMap<string, MessageType>): MessageType {
  const fields = new Map<number, FieldType>();
  for (const field of type.fieldsArray) fields.set(field.id, fieldType(field, types));
  return { name: fullName(type), fields };
}

function fieldType(field: Field, types: ReadonlyMap<string, MessageType>): FieldType {
  const key: FieldKind | undefined = field.map
    ? { kind: 'scalar', type: (field as unknown as MapField).keyType }
    : undefined;
  const name = field.extend === undefined ? field.name : `[${fieldName(field)}]`;
  return { name, repeated: field.repeated, key, value: fieldKind(field, types) };
}

/** An extension stands in the type that it extends under a name of its own. */
function fieldName(field: Field): string {
  return fullName(field.declaringField ?? field);
}

function fieldKind(field: Field, types: ReadonlyMap<string, MessageType>): FieldKind {
  const resolved = field.resolvedType;
  if (resolved === null) return { kind: 'scalar', type: field.type };
  if ('valuesById' in resolved) {
    const names = new Map(
      Object.entries((resolved as Enum).valuesById).map(([number, name]) => [Number(number), name]),
    );
    return { kind: 'enum', names };
  }
  const name = fullName(resolved);
  return { kind: 'message', type: () => types.get(name) ?? { name, fields: new Map() } };
}
