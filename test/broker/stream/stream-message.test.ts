import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createMessage } from '../../../src/broker/message/edit.ts';
import { Message } from '../../../src/broker/message/message.ts';
import { Slab } from '../../../src/broker/message/slab.ts';
import { streamMessage } from '../../../src/broker/stream/stream-message.ts';
import { decodeContentHeader } from '../../../src/protocol/content-header.ts';
import type { FieldTable, FieldValue } from '../../../src/protocol/field-table.ts';
import type { BasicProperties } from '../../../src/protocol/method-table.ts';
import { table } from '../../rig/field-values.ts';

function kept(properties: BasicProperties, body = 'body', offset = 7): Message {
  return streamMessage(createMessage('x', 'key', properties, Buffer.from(body)), offset, new Slab());
}

const OFFSET: readonly [string, FieldValue] = ['x-stream-offset', { type: 'l', value: 7n }];

describe('a message kept by a stream', () => {
  it('has its offset as its only header if it had none', () => {
    expect(kept({})).toMatchObject({ exchange: 'x', routingKey: 'key', properties: { headers: [OFFSET] } });
    expect(kept({ headers: [] }).properties).toEqual({ headers: [OFFSET] });
  });

  it('keeps its other properties and its body', () => {
    const properties: BasicProperties = {
      content_type: 'text/plain',
      content_encoding: 'gzip',
      delivery_mode: 2,
      priority: 3,
      correlation_id: 'c',
      reply_to: 'r',
      expiration: '1000',
      message_id: 'm',
      timestamp: 123n,
      type: 't',
      user_id: 'guest',
      app_id: 'a',
    };
    const message = kept(properties, 'the body');
    expect(message.properties).toEqual({ ...properties, headers: [OFFSET] });
    expect(Buffer.from(message.body).toString()).toBe('the body');
    expect(message).toMatchObject({ persistent: true, priority: 3, expiration: 1000 });
    expect(decodeContentHeader(message.header).bodySize).toBe(8n);
  });

  it('has its headers sorted by name, without arrays and tables, and those of one name in their order', () => {
    const headers: FieldTable = [
      ...table({ z: 'z', list: [1], b: 2, inner: { a: 1 }, a: null }),
      ...table({ dup: 1 }),
      ...table({ B: true, dup: 2, 'x-stream-offset-2': 1n, 'x-stream': new Date(0) }),
    ];
    expect(kept({ headers }).headers).toEqual([
      ['B', { type: 't', value: true }],
      ['a', { type: 'V', value: null }],
      ['b', { type: 'I', value: 2 }],
      ['dup', { type: 'I', value: 1 }],
      ['dup', { type: 'I', value: 2 }],
      ['x-stream', { type: 'T', value: 0n }],
      OFFSET,
      ['x-stream-offset-2', { type: 'l', value: 1n }],
      ['z', { type: 'S', value: 'z' }],
    ]);
  });

  it('has its own offset in place of one that it was published with', () => {
    const headers = table({ 'x-stream-offset': 'mine', a: 1 });
    expect(kept({ headers }).headers).toEqual([['a', { type: 'I', value: 1 }], OFFSET]);
  });

  it('has no cluster-id', () => {
    expect(kept({ cluster_id: 'c', app_id: 'a', headers: table({ a: 1 }) }).properties).toEqual({
      app_id: 'a',
      headers: [['a', { type: 'I', value: 1 }], OFFSET],
    });
  });

  it('may have come with more flag words than it needs', () => {
    const bytes = Buffer.from('003c 0000 0000000000000001 8001 0000 01 61 62'.replaceAll(' ', ''), 'hex');
    const content = { bytes, start: 0, bodyStart: 18, end: 19, persistent: false, priority: 0, expiration: -1 };
    const message = streamMessage(new Message('', 'q', content), 7, new Slab());
    expect(message.properties).toEqual({ content_type: 'a', headers: [OFFSET] });
    expect(Buffer.from(message.body).toString()).toBe('b');
  });

  it('tells offsets beyond 32 bits', () => {
    const offset = 2 ** 40 + 3;
    expect(kept({}, '', offset).headers).toEqual([['x-stream-offset', { type: 'l', value: BigInt(offset) }]]);
  });

  it('shares no bytes with the published one, whatever its size', () => {
    const slab = new Slab();
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 5000 }), fc.array(fc.string()), (size, names) => {
        const headers = names.map((name) => [name.slice(0, 50), { type: 'S', value: name }] as const);
        const published = createMessage('', 'q', { headers, app_id: 'me' }, Buffer.alloc(size, 'x'));
        const message = streamMessage(published, 7, slab);
        published.bytes.fill(0);
        expect(message.bodySize).toBe(size);
        expect(Buffer.from(message.body).equals(Buffer.alloc(size, 'x'))).toBe(true);
        expect(message.properties.app_id).toBe('me');
        expect(message.headers).toHaveLength(headers.filter(([name]) => name !== 'x-stream-offset').length + 1);
      }),
      { numRuns: 200 },
    );
  });
});
