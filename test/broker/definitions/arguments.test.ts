// Arguments between JSON and field tables.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ArgumentError, fromFieldTable, toFieldTable } from '../../../src/broker/definitions/arguments.ts';
import { type ExactJson, formatJson, parseJson, WholeDouble } from '../../../src/broker/definitions/exact-json.ts';
import { ByteWriter } from '../../../src/protocol/byte-writer.ts';
import { encodeTable, type FieldTable } from '../../../src/protocol/field-table.ts';

type Members = { readonly [key: string]: ExactJson };

describe('arguments from JSON', () => {
  it('have the types that RabbitMQ gives them', () => {
    const json = '{"s":"text","n":1,"big":9007199254740993,"d":0.5,"w":1.0,"t":true,"l":[1,"two"],"o":{"a":{"b":1}}}';
    expect(toFieldTable(parseJson(json) as Members)).toEqual([
      ['big', { type: 'l', value: 9007199254740993n }],
      ['d', { type: 'd', value: 0.5 }],
      [
        'l',
        {
          type: 'A',
          value: [
            { type: 'l', value: 1n },
            { type: 'S', value: 'two' },
          ],
        },
      ],
      ['n', { type: 'l', value: 1n }],
      ['o', { type: 'F', value: [['a', { type: 'F', value: [['b', { type: 'l', value: 1n }]] }]] }],
      ['s', { type: 'S', value: 'text' }],
      ['t', { type: 't', value: true }],
      ['w', { type: 'd', value: 1 }],
    ]);
  });

  it.each([
    ['{"x-list":[1,null]}', '.x-list[1]', 'expected a value, found null, which arguments cannot have'],
    ['{"a":{"b":9223372036854775808}}', '.a.b', 'expected an integer of at most 64 bits, found 9223372036854775808'],
  ])('%s are refused at %s', (json, path, message) => {
    let caught: unknown;
    try {
      toFieldTable(parseJson(json) as Members);
    } catch (error) {
      caught = error;
    }
    expect(caught).toBeInstanceOf(ArgumentError);
    expect(caught).toMatchObject({ path, message });
  });

  it('come back as they were, and can be encoded', () => {
    const leaf = fc.oneof(
      fc.boolean(),
      fc.string(),
      fc
        .bigInt(-(2n ** 63n), 2n ** 63n - 1n)
        .map((value) => (Number.isSafeInteger(Number(value)) ? Number(value) : value)),
      fc
        .double({ noDefaultInfinity: true, noNaN: true })
        .map((value) => (Number.isInteger(value) ? new WholeDouble(value) : value)),
    );
    const { value } = fc.letrec<{ value: ExactJson }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 4 },
        leaf,
        fc.array(tie('value'), { maxLength: 3 }),
        fc.dictionary(fc.string(), tie('value'), { maxKeys: 3 }),
      ),
    }));
    fc.assert(
      fc.property(fc.dictionary(fc.string({ maxLength: 60 }), value), (json) => {
        const table = toFieldTable(json);
        encodeTable(new ByteWriter(), table);
        expect(sortedText(fromFieldTable(table))).toBe(sortedText(json));
      }),
    );
  });
});

describe('arguments as JSON', () => {
  it('are what is nearest, where JSON lacks the type', () => {
    const table: FieldTable = [
      ['timestamp', { type: 'T', value: 1_700_000_000n }],
      ['bytes', { type: 'x', value: Buffer.from('raw') }],
      ['void', { type: 'V', value: null }],
      ['decimal', { type: 'D', scale: 2, value: 314 }],
      ['float', { type: 'f', value: 0.5 }],
      ['nan', { type: 'd', value: Number.NaN }],
      ['byte', { type: 'b', value: -1 }],
    ];
    expect(formatJson(fromFieldTable(table))).toBe(
      '{"byte":-1,"bytes":"raw","decimal":3.14,"float":0.5,"nan":null,"timestamp":1700000000,"void":null}',
    );
  });
});

function sortedText(json: ExactJson): string {
  return formatJson(fromFieldTable(toFieldTable({ json })));
}
