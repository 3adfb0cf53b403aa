// fast-check generators read off the spec table: any value of every domain, any field value, the arguments of any method,
// any set of content properties. `Plain` ones keep to what amqplib can express too.

import fc from 'fast-check';
import type { FieldTable, FieldValue } from '../../src/protocol/field-table.ts';
import type { FieldValues } from '../../src/protocol/fields.ts';
import type { DomainValue, Field } from '../../src/protocol/method-table.ts';
import type { Domain } from '../../src/protocol/spec.ts';
import { decodeText } from '../../src/protocol/text.ts';

/** A record with the prototype of what the decoders make. */
function objectOf(properties: { readonly [name: string]: fc.Arbitrary<unknown> }): fc.Arbitrary<object> {
  return fc.record(properties, { noNullPrototype: true });
}

export const octets = (maxLength: number) => fc.uint8Array({ maxLength });

/** Unicode text of at most `maxBytes` in UTF-8. */
export function plainText(maxBytes: number): fc.Arbitrary<string> {
  return fc.string({ unit: 'binary', maxLength: maxBytes }).map((text) => cut(text, maxBytes));
}

function cut(text: string, maxBytes: number): string {
  let cutText = '';
  let size = 0;
  for (const character of text) {
    size += Buffer.byteLength(character);
    if (size > maxBytes) break;
    cutText += character;
  }
  return cutText;
}

/** Text that stands for any bytes at all. */
function anyText(maxBytes: number): fc.Arbitrary<string> {
  const wild = octets(maxBytes).map((bytes) => decodeText(bytes, 0, bytes.length));
  return fc.oneof({ weight: 2, arbitrary: plainText(Math.min(maxBytes, 60)) }, { weight: 1, arbitrary: wild });
}

const u64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const i64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });

interface Dialect {
  readonly shortstr: fc.Arbitrary<string>;
  readonly longstr: fc.Arbitrary<string>;
  readonly longlong: fc.Arbitrary<bigint>;
  readonly names: fc.Arbitrary<string>;
  /** Whether a name may come twice in a table. */
  readonly duplicates: boolean;
  readonly types: readonly FieldValue['type'][];
}

const EVERY_TYPE = [...'tbBsUuIilLTfdDSxAFV'] as FieldValue['type'][];

const wire: Dialect = {
  shortstr: anyText(255),
  longstr: anyText(400),
  longlong: u64,
  names: fc.oneof(fc.constantFrom('', 'a', '__proto__', 'constructor', 'x-match'), anyText(255)),
  duplicates: true,
  types: EVERY_TYPE,
};

/** amqplib keeps 64-bit arguments in doubles and tables in objects, and reads `!` as a type. */
const plain: Dialect = {
  shortstr: plainText(255),
  longstr: plainText(400),
  longlong: fc.bigInt({ min: 0n, max: BigInt(Number.MAX_SAFE_INTEGER) }),
  names: plainText(200).map((name) => `k${name}`),
  duplicates: false,
  types: EVERY_TYPE.filter((type) => type !== 'U' && type !== 'L'),
};

function fieldValueIn(dialect: Dialect): fc.Arbitrary<FieldValue> {
  return fc.letrec<{ value: FieldValue; table: FieldTable }>((tie) => {
    const numbers = (min: number, max: number) => fc.integer({ min, max });
    const values: { readonly [type in FieldValue['type']]: fc.Arbitrary<unknown> } = {
      t: fc.boolean(),
      b: numbers(-128, 127),
      B: numbers(0, 255),
      s: numbers(-32768, 32767),
      U: numbers(-32768, 32767),
      u: numbers(0, 65535),
      I: numbers(-2147483648, 2147483647),
      i: numbers(0, 4294967295),
      l: i64,
      L: i64,
      T: u64,
      f: fc.float(),
      d: fc.double(),
      D: numbers(0, 4294967295),
      S: dialect.longstr,
      x: octets(40),
      A: fc.array(tie('value'), { maxLength: 4 }),
      F: tie('table'),
      V: fc.constant(null),
    };
    return {
      value: fc.constantFrom(...dialect.types).chain((type) => {
        const tagged = { type: fc.constant(type), value: values[type] };
        return objectOf(type === 'D' ? { ...tagged, scale: numbers(0, 255) } : tagged) as fc.Arbitrary<FieldValue>;
      }),
      table: tableOf(dialect, tie('value')),
    };
  }).value;
}

function tableOf(dialect: Dialect, value: fc.Arbitrary<FieldValue>): fc.Arbitrary<FieldTable> {
  const entry = fc.tuple(dialect.names, value);
  if (dialect.duplicates) return fc.array(entry, { maxLength: 5 });
  return fc.uniqueArray(entry, { maxLength: 5, selector: ([name]) => name });
}

export const fieldValue = fieldValueIn(wire);
export const fieldTable = tableOf(wire, fieldValue);
export const plainFieldTable = tableOf(plain, fieldValueIn(plain));

function domainIn(dialect: Dialect, table: fc.Arbitrary<FieldTable>): { [D in Domain]: fc.Arbitrary<DomainValue[D]> } {
  return {
    bit: fc.boolean(),
    octet: fc.integer({ min: 0, max: 0xff }),
    short: fc.integer({ min: 0, max: 0xffff }),
    long: fc.integer({ min: 0, max: 0xffffffff }),
    longlong: dialect.longlong,
    timestamp: dialect.longlong,
    shortstr: dialect.shortstr,
    longstr: dialect.longstr,
    table,
  };
}

const wireDomains = domainIn(wire, fieldTable);
const plainDomains = domainIn(plain, plainFieldTable);

/** Values for all of the fields. */
export function valuesOf(fields: readonly Field[], dialect: 'wire' | 'plain' = 'wire'): fc.Arbitrary<FieldValues> {
  const domains = dialect === 'wire' ? wireDomains : plainDomains;
  return objectOf(
    Object.fromEntries(fields.map(({ name, domain }) => [name, domains[domain]])),
  ) as fc.Arbitrary<FieldValues>;
}

/** Values for any subset of the fields. */
export function someValuesOf(fields: readonly Field[], dialect: 'wire' | 'plain' = 'wire'): fc.Arbitrary<FieldValues> {
  return fc.subarray([...fields]).chain((present) => valuesOf(present, dialect));
}
