// Avro's binary encoding (Avro 1.11 specification, "Data Serialization") by a schema.
// Counterpart: avro-schema.ts. Our own, because avsc makes room for what arrays claim, and reads on beyond the bytes for
// as long as arrays and maps claim items: six bytes hang or end the process, and it has no limits to set.
// Invariant: bounded on any bytes and any schema: a value may take no bytes at all, so that a few claim any number of them.

import { exactInteger } from '../protocol/exact-integer.ts';
import type { AvroType, Logical } from './avro-schema.ts';
import { textOf } from './charset.ts';
import { type BodyValue, DecodeError, MAX_DEPTH } from './decoder.ts';
import { ProtobufReader, zigzag } from './protobuf-reader.ts';
import type { ValueBudget } from './value-budget.ts';

const MILLISECONDS_A_DAY = 86_400_000;
const LAST_MILLISECOND = 8.64e15;
/** Digits of larger decimals take too long to find. */
const LARGEST_DECIMAL = 1024;

/** Zigzag varints and little-endian floats are those of Protocol Buffers. */
export class AvroReader {
  readonly #in: ProtobufReader;

  /** Blocks of one container share a budget of values. */
  constructor(bytes: Uint8Array, budget: ValueBudget, start = 0) {
    this.#in = new ProtobufReader(bytes, budget, start);
  }

  /** A reader of what a block held. */
  within(block: Uint8Array): AvroReader {
    return new AvroReader(block, this.#in.budget);
  }

  get at(): number {
    return this.#in.at;
  }

  get left(): number {
    return this.#in.end - this.#in.at;
  }

  long(): number | bigint {
    return zigzag(this.#in.varint());
  }

  /** A length. */
  size(): number {
    const size = this.long();
    if (size < 0) throw new DecodeError(`has a negative length at byte ${this.#in.at}`);
    return Number(size);
  }

  raw(size: number): Uint8Array {
    const start = this.#in.take(size);
    return this.#in.bytes.subarray(start, start + size);
  }

  text(): string {
    return textOf(this.raw(this.size()), undefined, false);
  }

  value(type: AvroType, depth = 0): BodyValue {
    if (depth > MAX_DEPTH) throw new DecodeError(`nested more than ${MAX_DEPTH} deep`);
    this.#in.budget.spend();
    switch (type.kind) {
      case 'primitive':
        return meant(this.#primitive(type.type), type.logical);
      case 'record':
        return new Map(type.fields.map((field) => [field.name, this.value(field.type, depth + 1)]));
      case 'enum':
        return this.#choice(type.symbols, 'symbol');
      case 'union':
        return this.value(this.#choice(type.branches, 'branch'), depth + 1);
      case 'fixed':
        return meant(this.raw(type.size), type.logical);
      case 'array': {
        const values: BodyValue[] = [];
        this.blocks(() => values.push(this.value(type.items, depth + 1)));
        return values;
      }
      case 'map': {
        const entries = new Map<string, BodyValue>();
        this.blocks(() => entries.set(this.text(), this.value(type.items, depth + 1)));
        return entries;
      }
    }
  }

  /** Arrays and maps come in blocks: a count, negative if the block's size in bytes follows, then the items. */
  blocks(item: () => void): void {
    for (let count = Number(this.long()); count !== 0; count = Number(this.long())) {
      if (count < 0) this.long();
      for (let i = Math.abs(count); i > 0; i--) item();
    }
  }

  #primitive(type: string): BodyValue {
    switch (type) {
      case 'null':
        return null;
      case 'boolean':
        return this.#boolean();
      case 'int':
      case 'long':
        return this.long();
      case 'float':
        return this.#in.f32();
      case 'double':
        return this.#in.f64();
      case 'bytes':
        return this.raw(this.size());
      default:
        return this.text();
    }
  }

  #boolean(): boolean {
    const [octet = 0] = this.raw(1);
    if (octet > 1) throw new DecodeError(`has ${octet} for a boolean at byte ${this.#in.at - 1}`);
    return octet === 1;
  }

  #choice<T>(choices: readonly T[], what: string): T {
    const index = Number(this.long());
    const choice = choices[index];
    if (choice === undefined) throw new DecodeError(`has ${what} ${index} of ${choices.length} at byte ${this.#in.at}`);
    return choice;
  }
}

/** What a logical type makes of the value; the value itself, for logical types unknown here. */
function meant(value: BodyValue, logical: Logical | undefined): BodyValue {
  if (logical === undefined) return value;
  if (value instanceof Uint8Array) return logical.type === 'decimal' ? decimal(value, logical.scale) : value;
  if (typeof value !== 'number') return value;
  switch (logical.type) {
    case 'date':
      return dateText(value * MILLISECONDS_A_DAY) ?? value;
    case 'timestamp-millis':
    case 'local-timestamp-millis':
      return Math.abs(value) <= LAST_MILLISECOND ? new Date(value) : value;
    case 'timestamp-micros':
    case 'local-timestamp-micros':
      return micros(value);
    default:
      return value;
  }
}

/** `2026-11-22` */
function dateText(milliseconds: number): string | undefined {
  if (Math.abs(milliseconds) > LAST_MILLISECOND) return undefined;
  const text = new Date(milliseconds).toISOString();
  return text.slice(0, text.indexOf('T'));
}

function micros(value: number): BodyValue {
  if (Math.abs(value) > 1000 * LAST_MILLISECOND) return value;
  const date = new Date(Math.floor(value / 1000));
  const rest = ((value % 1000) + 1000) % 1000;
  return rest === 0 ? date : date.toISOString().replace('Z', `${String(rest).padStart(3, '0')}Z`);
}

/** `12.34`: two's complement, big-endian, times 10 to the power of -scale. */
function decimal(bytes: Uint8Array, scale: number): BodyValue {
  if (bytes.length === 0 || bytes.length > LARGEST_DECIMAL || scale < 0 || scale > LARGEST_DECIMAL) return bytes;
  let hex = '';
  for (const byte of bytes) hex += byte.toString(16).padStart(2, '0');
  const unscaled = BigInt.asIntN(8 * bytes.length, BigInt(`0x${hex}`));
  if (scale === 0) return exactInteger(unscaled);
  const digits = String(unscaled < 0n ? -unscaled : unscaled).padStart(scale + 1, '0');
  return `${unscaled < 0n ? '-' : ''}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}
