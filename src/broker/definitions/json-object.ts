// Reads the members of one JSON object of a definitions file, each as the type that it must have. What is wrong is a
// ConfigError with the path of the member: `queues[3].durable: expected true or false, found "yes"`.

import { ConfigError } from '../../errors.ts';
import type { FieldTable } from '../../protocol/field-table.ts';
import { ArgumentError, toFieldTable } from './arguments.ts';
import { type ExactJson, formatJson, isJsonArray, plainJson, WholeDouble } from './exact-json.ts';

type Members = { readonly [key: string]: ExactJson };

/** Longer values are cut in messages. */
const LONGEST_SHOWN = 60;

export class JsonObject {
  readonly #members: Members;
  /** Where it stands: `queues[3]`; empty for the whole file. */
  readonly #path: string;
  readonly #file: string | undefined;

  constructor(json: ExactJson | undefined, path: string, file: string | undefined) {
    this.#path = path;
    this.#file = file;
    if (!isMembers(json)) throw this.#error(path, 'an object', json);
    this.#members = json;
  }

  has(key: string): boolean {
    return this.#get(key) !== undefined;
  }

  /** A string; the fallback where there is none. */
  text(key: string, fallback?: string): string {
    const value = this.#get(key) ?? fallback;
    return typeof value === 'string' ? value : this.fail(key, 'a string');
  }

  optionalText(key: string): string | undefined {
    return this.has(key) ? this.text(key) : undefined;
  }

  flag(key: string, fallback: boolean): boolean {
    const value = this.#get(key) ?? fallback;
    return typeof value === 'boolean' ? value : this.fail(key, 'true or false');
  }

  number(key: string, fallback: number): number {
    const value = this.has(key) ? plainJson(this.#get(key)!) : fallback;
    return typeof value === 'number' ? value : this.fail(key, 'a number');
  }

  choice<Choice extends string>(key: string, choices: readonly Choice[]): Choice {
    const value = choices.find((choice) => choice === this.#get(key));
    return value ?? this.fail(key, choices.map((choice) => JSON.stringify(choice)).join(' or '));
  }

  /** Tags: an array of strings, or a string with commas. */
  tags(key: string): string[] {
    const value = this.#get(key);
    const tags = typeof value === 'string' ? value.split(',') : value;
    if (!isJsonArray(tags)) return this.fail(key, 'an array of strings, or a string with commas');
    return tags
      .map((tag, index) => (typeof tag === 'string' ? tag.trim() : this.fail(`${key}[${index}]`, 'a string', tag)))
      .filter((tag) => tag !== '');
  }

  /** Arguments as a field table; none where there are none. */
  arguments(key: string): FieldTable {
    const value = this.#get(key) ?? {};
    if (isEmptyArray(value)) return [];
    if (!isMembers(value)) return this.fail(key, 'an object');
    try {
      return toFieldTable(value, this.#pathOf(key));
    } catch (error) {
      if (!(error instanceof ArgumentError)) throw error;
      throw new ConfigError(this.#inFile(error.path), error.message, { cause: error });
    }
  }

  /** JSON with plain numbers, where RabbitMQ's lists of pairs are objects again (it exports some objects so). */
  value(key: string): unknown {
    return plainJson(withoutPairs(this.#get(key) ?? null));
  }

  /** As `value`, but an object; an empty array is an empty one. */
  map(key: string): Readonly<Record<string, unknown>> {
    const value = this.#get(key) ?? {};
    const map = isEmptyArray(value) ? {} : withoutPairs(value);
    return isMembers(map) ? (plainJson(map) as Record<string, unknown>) : this.fail(key, 'an object');
  }

  /** Something within this object, or an empty one. */
  object(key: string): JsonObject {
    return new JsonObject(this.#get(key) ?? {}, this.#pathOf(key), this.#file);
  }

  /** The objects of an array; none where there is no array. */
  objects(key: string): JsonObject[] {
    const array = this.#get(key) ?? [];
    if (!isJsonArray(array)) return this.fail(key, 'an array');
    return array.map((json, index) => new JsonObject(json, `${this.#pathOf(key)}[${index}]`, this.#file));
  }

  fail(key: string, expected: string, found: ExactJson | undefined = this.#get(key)): never {
    throw this.#error(this.#pathOf(key), expected, found);
  }

  #error(path: string, expected: string, found: ExactJson | undefined): ConfigError {
    return new ConfigError(this.#inFile(path), `expected ${expected}, found ${shown(found)}`);
  }

  #get(key: string): ExactJson | undefined {
    return Object.hasOwn(this.#members, key) ? this.#members[key] : undefined;
  }

  #pathOf(key: string): string {
    return this.#path === '' ? key : `${this.#path}.${key}`;
  }

  #inFile(path: string): string {
    return pathInFile(this.#file, path);
  }
}

/** How a place in a definitions file is named in messages. */
export function pathInFile(file: string | undefined, path: string): string {
  if (file === undefined) return path === '' ? 'definitions' : path;
  return path === '' ? file : `${file}: ${path}`;
}

function isMembers(json: ExactJson | undefined): json is Members {
  return typeof json === 'object' && json !== null && !isJsonArray(json) && !(json instanceof WholeDouble);
}

function isEmptyArray(json: ExactJson): boolean {
  return isJsonArray(json) && json.length === 0;
}

function withoutPairs(json: ExactJson): ExactJson {
  if (isMembers(json)) {
    return Object.fromEntries(Object.entries(json).map(([key, member]) => [key, withoutPairs(member)]));
  }
  if (!isJsonArray(json)) return json;
  const values = json.map(withoutPairs);
  return values.length > 0 && values.every(isPair) ? Object.fromEntries(values as [string, ExactJson][]) : values;
}

function isPair(json: ExactJson): boolean {
  return isJsonArray(json) && json.length === 2 && typeof json[0] === 'string';
}

function shown(found: ExactJson | undefined): string {
  if (found === undefined) return 'nothing';
  const text = formatJson(found);
  return text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN)}…` : text;
}
