// Properties of the codec: what is encoded decodes to the same values, what is decoded encodes to the same bytes, and
// amqplib's codec agrees with ours wherever it can express the value.

import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ByteReader } from '../../../src/protocol/byte-reader.ts';
import { ByteWriter } from '../../../src/protocol/byte-writer.ts';
import { decodeContentHeader, encodeContentHeader } from '../../../src/protocol/content-header.ts';
import { decodeTable, encodeTable, type FieldTable } from '../../../src/protocol/field-table.ts';
import type { FieldRange, FieldValues } from '../../../src/protocol/fields.ts';
import { decodeMethod, encodeMethod, encodeMethodFrame } from '../../../src/protocol/method.ts';
import { BASIC_PROPERTIES, type BasicProperties, METHODS } from '../../../src/protocol/method-table.ts';
import { decodeText, encodeText, hasEscapes, isText } from '../../../src/protocol/text.ts';
import { amqplibDefs, amqplibName, asAmqplibDecodes, camelCase, toAmqplib } from '../../protocol/amqplib.ts';
import { toHex } from '../../protocol/wire.ts';
import { fieldTable, fieldValue, octets, plainFieldTable, someValuesOf, valuesOf } from '../arbitraries.ts';

function tableBytes(table: FieldTable): Uint8Array {
  const writer = new ByteWriter(1);
  encodeTable(writer, table);
  return writer.finish();
}

/** Bytes with others before and behind, as they stand in the log's arena. */
function embedded(bytes: Uint8Array): [Uint8Array, number, number] {
  const arena = new Uint8Array(bytes.length + 20).fill(0xaa);
  arena.set(bytes, 9);
  return [arena, 9, 9 + bytes.length];
}

describe('method frames', () => {
  it.each(METHODS.map((method) => [method.name, method] as const))('%s comes back as it was', (name, method) => {
    const property = fc.property(valuesOf(method.fields), (values) => {
      const payload = encodeMethod(name, values);
      const decoded = decodeMethod(...embedded(payload));
      return decoded.method === method && isDeepStrictEqual(decoded.arguments, values);
    });
    fc.assert(property, { numRuns: 405 });
  });

  it.each(METHODS.map((method) => [method.name, method] as const))('%s has the bytes of amqplib', (name, method) => {
    const id = amqplibDefs.ids[amqplibName(name)]!;
    const property = fc.property(valuesOf(method.fields, 'plain'), fc.nat(0xffff), (values, channel) => {
      const ours = encodeMethodFrame(channel, name, values);
      const theirs = amqplibDefs.encodeMethod(id, channel, toAmqplib(method.fields, values));
      expect(toHex(ours)).toBe(toHex(theirs));
      const decoded = amqplibDefs.decode(id, Buffer.from(ours.subarray(11, -1)));
      for (const { name: field, domain } of method.fields) {
        const value = values[field]!;
        const seen = decoded[camelCase(field)];
        if (domain === 'table') expect(seen).toEqual(asAmqplibDecodes(value as FieldTable));
        else if (domain === 'longstr') expect(String(seen)).toBe(value);
        else expect(seen).toBe(typeof value === 'bigint' ? Number(value) : value);
      }
      expect(decodeMethod(theirs, 7, theirs.length - 1).arguments).toEqual(values);
    });
    fc.assert(property, { numRuns: 155 });
  });

  it('say where each argument stands, side by side from the first to the last byte', () => {
    const method = fc.constantFrom(...METHODS).chain((m) => fc.tuple(fc.constant(m), valuesOf(m.fields)));
    const property = fc.property(method, ([{ name, fields }, values]) => {
      const payload = encodeMethod(name, values);
      const ranges: FieldRange[] = [];
      decodeMethod(payload, 0, payload.length, ranges);
      expect(ranges.map((range) => range.name)).toEqual(fields.map((field) => field.name));
      let at = 4;
      for (const [i, { start, end, bit }] of ranges.entries()) {
        if (bit === undefined || bit === 0) expect(start).toBe(at);
        else expect(start).toBe(ranges[i - 1]!.start);
        at = end;
      }
      expect(at).toBe(payload.length);
    });
    fc.assert(property, { numRuns: 1005 });
  });

  it('cut off anywhere are an error, never a wrong value', () => {
    const method = fc.constantFrom(...METHODS).chain((m) => fc.tuple(fc.constant(m), valuesOf(m.fields)));
    const property = fc.property(method, fc.nat(), ([{ name }, values], cut) => {
      const payload = encodeMethod(name, values);
      expect(() => decodeMethod(...embedded(payload.subarray(0, cut % payload.length)))).toThrow(
        /expected|unknown method/,
      );
    });
    fc.assert(property, { numRuns: 3005 });
  });
});

describe('content headers', () => {
  it('come back as they were, for any subset of properties', () => {
    const property = fc.property(
      someValuesOf(BASIC_PROPERTIES),
      fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
      (properties, size) => {
        const payload = encodeContentHeader(size, properties as BasicProperties);
        const header = decodeContentHeader(...embedded(payload));
        return header.bodySize === size && isDeepStrictEqual({ ...header.properties }, properties);
      },
    );
    fc.assert(property, { numRuns: 4005 });
  });

  it('have the bytes of amqplib', () => {
    const id = amqplibDefs.ids['BasicProperties']!;
    const property = fc.property(
      someValuesOf(BASIC_PROPERTIES, 'plain'),
      fc.nat(0xffff),
      fc.nat(),
      (properties, channel, size) => {
        const theirs = amqplibDefs.encodeProperties(id, channel, size, toAmqplib(BASIC_PROPERTIES, properties));
        expect(toHex(encodeContentHeader(BigInt(size), properties as BasicProperties))).toBe(
          toHex(theirs.subarray(7, -1)),
        );
        const decoded = amqplibDefs.decode(id, theirs.subarray(19, -1));
        expect(
          Object.keys(decoded)
            .filter((name) => decoded[name] !== undefined)
            .sort(),
        ).toEqual(Object.keys(properties).map(camelCase).sort());
        const header = decodeContentHeader(theirs, 7, theirs.length - 1);
        expect({ ...header.properties }).toEqual(properties);
      },
    );
    fc.assert(property, { numRuns: 1505 });
  });

  it('follow any number of continued flag words', () => {
    const property = fc.property(
      someValuesOf(BASIC_PROPERTIES),
      fc.integer({ min: 1, max: 5 }),
      (properties, words) => {
        const payload = encodeContentHeader(0n, properties as BasicProperties);
        const longer = new Uint8Array(payload.length + 2 * words);
        longer.set(payload.subarray(0, 14));
        longer[13]! |= 1;
        for (let word = 1; word < words; word++) longer[13 + 2 * word] = 1;
        longer.set(payload.subarray(14), 14 + 2 * words);
        return isDeepStrictEqual({ ...decodeContentHeader(longer).properties }, properties as FieldValues);
      },
    );
    fc.assert(property, { numRuns: 1005 });
  });
});

describe('field tables', () => {
  it('come back as they were: every type, nested, with names that come twice', () => {
    const property = fc.property(fieldTable, (table) => {
      const reader = new ByteReader(...embedded(tableBytes(table)));
      return isDeepStrictEqual(decodeTable(reader), table) && reader.at === reader.end;
    });
    fc.assert(property, { numRuns: 5005 });
  });

  it('encode to the bytes that they were decoded from', () => {
    const property = fc.property(fieldTable, (table) => {
      const bytes = tableBytes(table);
      expect(toHex(tableBytes(decodeTable(new ByteReader(bytes))))).toBe(toHex(bytes));
    });
    fc.assert(property, { numRuns: 3005 });
  });

  it('hold every field type in the generated samples', () => {
    const types = new Set(fc.sample(fieldValue, { numRuns: 10005, seed: 1 }).map((value) => value.type));
    expect([...types].sort().join('')).toBe([...'tbBsUuIilLTfdDSxAFV'].sort().join(''));
  });

  it('have the bytes of amqplib', () => {
    const fields = [{ name: 'server_properties', domain: 'table', reserved: false }] as const;
    const property = fc.property(plainFieldTable, (table) => {
      const object = toAmqplib(fields, { server_properties: table });
      const theirs = amqplibDefs.encodeMethod(amqplibDefs.ids['ConnectionStart']!, 0, {
        versionMajor: 0,
        versionMinor: 9,
        mechanisms: Buffer.alloc(0),
        ...object,
      });
      const bytes = theirs.subarray(13, -1 - 4 - 4 - 'en_US'.length);
      expect(toHex(tableBytes(table))).toBe(toHex(bytes));
      expect(decodeTable(new ByteReader(bytes))).toEqual(table);
    });
    fc.assert(property, { numRuns: 2005 });
  });
});

describe('text', () => {
  it('keeps any bytes', () => {
    const property = fc.property(octets(300), (bytes) => {
      const text = decodeText(...embedded(bytes));
      expect(toHex(encodeText(text))).toBe(toHex(bytes));
      expect(hasEscapes(text)).toBe(!isText(bytes, 0, bytes.length));
    });
    fc.assert(property, { numRuns: 10005 });
  });

  it('keeps bytes that are nearly UTF-8', () => {
    const nearly = fc
      .tuple(fc.string({ unit: 'binary', maxLength: 60 }), fc.nat(), octets(3))
      .map(([text, position, wild]) => {
        const bytes = Buffer.from(text);
        const at = position % (bytes.length + 1);
        return Uint8Array.from([...bytes.subarray(0, at), ...wild, ...bytes.subarray(at)]);
      });
    const property = fc.property(nearly, (bytes) => {
      expect(toHex(encodeText(decodeText(bytes, 0, bytes.length)))).toBe(toHex(bytes));
    });
    fc.assert(property, { numRuns: 10005 });
  });

  it('reads UTF-8 as everybody does', () => {
    const property = fc.property(fc.string({ unit: 'binary', maxLength: 80 }), (text) => {
      const bytes = new TextEncoder().encode(text);
      expect(decodeText(bytes, 0, bytes.length)).toBe(Buffer.from(bytes).toString());
    });
    fc.assert(property, { numRuns: 5005 });
  });
});
