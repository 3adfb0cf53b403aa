// Values of field tables as people read them, and the details of content headers.

import { describe, expect, it } from 'vitest';
import { jsonText, propertyDetails } from '../../src/cli/details.ts';
import { jsonTable } from '../../src/log/json-value.ts';
import type { FieldValue } from '../../src/protocol/field-table.ts';

describe('a value', () => {
  it.each<[string, FieldValue]>([
    ['plain', { type: 'S', value: 'plain' }],
    ['"two words"', { type: 'S', value: 'two words' }],
    ['"a=b"', { type: 'S', value: 'a=b' }],
    ['"say \\"hi\\""', { type: 'S', value: 'say "hi"' }],
    ['""', { type: 'S', value: '' }],
    ['-5', { type: 'I', value: -5 }],
    ['9007199254740993', { type: 'l', value: 9007199254740993n }],
    ['true', { type: 't', value: true }],
    ['null', { type: 'V', value: null }],
    ['2023-11-14T22:13:20Z', { type: 'T', value: 1_700_000_000n }],
    ['12345e-2', { type: 'D', scale: 2, value: 12345 }],
    ['NaN', { type: 'd', value: Number.NaN }],
    ['base64:AP8=', { type: 'x', value: Uint8Array.of(0, 255) }],
    [
      '[1, two]',
      {
        type: 'A',
        value: [
          { type: 'I', value: 1 },
          { type: 'S', value: 'two' },
        ],
      },
    ],
    ['{a=1}', { type: 'F', value: [['a', { type: 'I', value: 1 }]] }],
    ['{}', { type: 'F', value: [] }],
  ])('is shown as %s', (text, value) => {
    expect(jsonText(jsonTable([['v', value]])['v']!)).toBe(text);
  });

  it('has its nested tables last', () => {
    const nested: FieldValue = { type: 'F', value: [['x', { type: 't', value: true }]] };
    expect(
      jsonText(
        jsonTable([
          ['deep', nested],
          ['flat', { type: 'I', value: 1 }],
        ]),
      ),
    ).toBe('{flat=1, deep={x=true}}');
  });
});

describe('properties', () => {
  it('are named as in the frame event, but for the delivery mode, with headers last', () => {
    const header = {
      classId: 60,
      weight: 0,
      bodySize: 0n,
      properties: {
        headers: [['k', { type: 'S', value: 'v' }]],
        delivery_mode: 2,
        priority: 4,
        reply_to: 'amq.rabbitmq.reply-to',
        timestamp: 1_700_000_000n,
      },
    } as const;
    expect(propertyDetails(header).map(({ key, value }) => (key === undefined ? value : `${key}=${value}`))).toEqual([
      'persistent',
      'priority=4',
      'reply_to=amq.rabbitmq.reply-to',
      'timestamp=2023-11-14T22:13:20Z',
      'headers={k=v}',
    ]);
    const odd = { ...header, properties: { delivery_mode: 7, headers: [] } };
    expect(propertyDetails(odd)).toEqual([{ key: 'delivery_mode', value: '7' }]);
  });
});
