// Which decoder is chosen, and what happens when it fails. Counterpart: src/content/decode-body.ts.

import { gzipSync } from 'node:zlib';
import { encode as encodeMsgpack } from '@msgpack/msgpack';
import { encode as encodeCbor } from 'cborg';
import { describe, expect, it } from 'vitest';
import { HOST_CODECS } from '../../src/api/host-codecs.ts';
import { type DecodeOptions, decodeBody } from '../../src/content/decode-body.ts';
import type { BasicProperties } from '../../src/protocol/method-table.ts';
import { fromHex, ORDER, ORDER_JSON, utf8 } from './fixtures.ts';

function decode(body: Uint8Array | string, properties: BasicProperties = {}, options: DecodeOptions = {}) {
  return decodeBody(typeof body === 'string' ? utf8(body) : body, properties, { codecs: HOST_CODECS, ...options });
}

describe('without a content type', () => {
  it.each([
    '123',
    'true',
    'null',
    '"text"',
    '-1.5e3',
    'a=1&b=2',
    '[INFO] started',
    '{name}',
    'x^2 + y',
    '<3 tea',
    'caffè ☕',
  ])('%s is text', (text) => {
    expect(decode(text)).toMatchObject({ kind: 'text', text, layers: ['text'], notes: [] });
  });

  it.each(['{}', '[]', ' {"a":1}\n', '[1,[2]]', '\ufeff{"a":1}'])('%s is JSON', (text) => {
    expect(decode(text)).toMatchObject({ kind: 'value', layers: ['json'], notes: [] });
  });

  it('binary bytes that are whole MessagePack or CBOR by chance are hex', () => {
    for (const hex of [
      '00',
      '05',
      '93 01 02 03',
      'c0',
      '81 01 02',
      'a0',
      '90',
      '83 01 02 03',
      'ff fe 00 01',
      '18 2a',
    ]) {
      expect(decode(fromHex(hex)), hex).toMatchObject({ kind: 'hex', layers: [], notes: [] });
    }
  });

  it('MessagePack and CBOR are recognised when they hold text, and are whole', () => {
    expect(decode(encodeMsgpack(ORDER))).toMatchObject({ layers: ['msgpack'] });
    expect(decode(encodeMsgpack([1, 'a']))).toMatchObject({ layers: ['msgpack'] });
    expect(decode(encodeMsgpack([ORDER]))).toMatchObject({ layers: ['msgpack'] });
    expect(decode(encodeCbor(ORDER))).toMatchObject({ layers: ['cbor'] });
    expect(decode(encodeMsgpack(ORDER).subarray(0, -1))).toMatchObject({ kind: 'hex' });
    expect(decode(encodeCbor(ORDER).subarray(0, -1))).toMatchObject({ kind: 'hex' });
  });

  it('other binary formats are hex', () => {
    const jpeg = 'ffd8ffe000104a46494600010100000100010000';
    const png = '89504e470d0a1a0a0000000d49484452000000100000001008060000001ff3ff61';
    const java = 'aced0005737200116a6176612e6c616e672e496e746567657212e2a0a4f781873802000149000576616c7565';
    const pickle = '80049517000000000000005d94284b014b024b03652e';
    for (const hex of [jpeg, png, java, pickle]) expect(decode(fromHex(hex)), hex).toMatchObject({ kind: 'hex' });
  });

  it('an empty body is empty', () => {
    expect(decode('')).toMatchObject({ kind: 'hex', layers: [], notes: [], complete: true });
  });
});

describe('a content type', () => {
  it('makes a JSON value of any JSON', () => {
    expect(decode('123', { content_type: 'application/json' })).toMatchObject({ kind: 'value', value: 123 });
    expect(decode('"a"', { content_type: 'application/vnd.shop.order+json; v=1' })).toMatchObject({ value: 'a' });
  });

  it('is read with its parameters, in any case', () => {
    const body = Buffer.from('caffè', 'latin1');
    expect(decode(body, { content_type: 'Text/Plain; Charset="ISO-8859-1"' })).toMatchObject({
      text: 'caffè',
      layers: ['text iso-8859-1'],
    });
    expect(decode(body, { content_type: 'text/plain', content_encoding: 'iso-8859-1' })).toMatchObject({
      text: 'caffè',
    });
  });

  it('text/plain leaves JSON the text that it is', () => {
    expect(decode(ORDER_JSON, { content_type: 'text/plain' })).toMatchObject({ kind: 'text', layers: ['text'] });
  });

  it('that is wrong is said, and the body decoded as what it is', () => {
    expect(decode('{"a":1', { content_type: 'application/json' })).toMatchObject({
      kind: 'text',
      text: '{"a":1',
      notes: [expect.stringMatching(/^content-type application\/json: Expected/)],
    });
    expect(decode(encodeMsgpack(ORDER), { content_type: 'application/json' })).toMatchObject({
      layers: ['msgpack'],
      notes: ['content-type application/json: is not UTF-8'],
    });
  });

  it('nobody knows leaves the choice to the content', () => {
    expect(decode(ORDER_JSON, { content_type: 'application/x-shop' })).toMatchObject({ layers: ['json'], notes: [] });
    expect(decode(fromHex('89504e470d0a1a0a'), { content_type: 'image/png' })).toMatchObject({
      kind: 'hex',
      notes: [],
    });
    expect(decode(ORDER_JSON, { content_type: ' ;;=' })).toMatchObject({ layers: ['json'] });
  });

  it('keeps a charset that nobody knows from hiding the body', () => {
    expect(decode('tea', { content_type: 'text/plain; charset=klingon' })).toMatchObject({
      kind: 'hex',
      notes: ['content-type text/plain: charset klingon is unknown'],
    });
  });
});

describe('the choice of the user', () => {
  it('comes before the content type', () => {
    expect(decode(encodeMsgpack(5), { content_type: 'application/json' }, { decoder: 'msgpack' })).toMatchObject({
      value: 5,
    });
    expect(decode('{"a":1}', {}, { decoder: 'text' })).toMatchObject({ kind: 'text', layers: ['text'] });
  });

  it('leaves the encodings that the properties name to be taken off', () => {
    const decoded = decode(gzipSync('123'), { content_encoding: 'gzip' }, { decoder: 'json' });
    expect(decoded).toMatchObject({ value: 123, layers: ['gzip', 'json'] });
  });

  it('of an encoding is taken off once, and its content chosen as always', () => {
    expect(decode(gzipSync(ORDER_JSON), {}, { decoder: 'gzip' })).toMatchObject({ layers: ['gzip', 'json'] });
  });

  it('that fails leaves the bytes, and says why', () => {
    expect(decode('{"a":1}', {}, { decoder: 'msgpack' })).toMatchObject({
      kind: 'hex',
      bytes: utf8('{"a":1}'),
      notes: ['--decode msgpack: ends at byte 1 of 7'],
    });
  });

  it('raw leaves everything as it came', () => {
    const body = gzipSync(ORDER_JSON);
    expect(decode(body, { content_encoding: 'gzip' }, { decoder: 'raw' })).toMatchObject({
      kind: 'hex',
      bytes: body,
      layers: [],
    });
  });
});

describe('of a body’s beginning', () => {
  const truncated = { truncated: true };

  it('text ends before a character that is cut', () => {
    expect(decode(utf8('caffè').subarray(0, -1), {}, truncated)).toMatchObject({ text: 'caff', complete: false });
  });

  it('JSON is text', () => {
    expect(decode('{"a":[1,2', {}, truncated)).toMatchObject({
      kind: 'text',
      text: '{"a":[1,2',
      layers: ['json'],
      complete: false,
    });
  });

  it('MessagePack is hex', () => {
    expect(decode(encodeMsgpack(ORDER), {}, truncated)).toMatchObject({ kind: 'hex', complete: false });
  });
});
