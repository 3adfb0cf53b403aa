// Encodings: what senders make with zlib, Brotli and Zstandard, by the host's unpackers and by our own; and bombs.

import { brotliCompressSync, constants, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { HOST_CODECS } from '../../src/api/host-codecs.ts';
import { decodeBody } from '../../src/content/decode-body.ts';
import type { Codecs } from '../../src/content/decoder.ts';
import { inflate } from '../../src/content/inflate.ts';
import type { BasicProperties } from '../../src/protocol/method-table.ts';
import { ORDER_JSON, ORDER_ZSTD } from './fixtures.ts';

const HOSTS: readonly (readonly [name: string, codecs: Codecs])[] = [
  ['Node', HOST_CODECS],
  ['a browser', { inflate }],
];
const MEBIBYTE = 1 << 20;

describe.each(HOSTS)('encodings in %s', (_, codecs) => {
  const layersOf = (body: Uint8Array, properties: BasicProperties) =>
    decodeBody(body, properties, { codecs }).layers.join(' ');

  it('are taken off by content-encoding, whatever the sender means by its name', () => {
    expect(layersOf(gzipSync(ORDER_JSON), { content_encoding: 'gzip' })).toBe('gzip json');
    expect(layersOf(deflateSync(ORDER_JSON), { content_encoding: 'deflate' })).toBe('deflate json');
    expect(layersOf(deflateRawSync(ORDER_JSON), { content_encoding: 'deflate' })).toBe('deflate json');
    expect(layersOf(deflateSync(ORDER_JSON), { content_encoding: 'gzip' })).toBe('gzip json');
    expect(layersOf(ORDER_ZSTD, { content_encoding: 'zstd' })).toBe('zstd json');
  });

  it('are taken off by their first bytes', () => {
    expect(layersOf(gzipSync(ORDER_JSON), {})).toBe('gzip json');
    expect(layersOf(deflateSync(ORDER_JSON), {})).toBe('deflate json');
    expect(layersOf(ORDER_ZSTD, {})).toBe('zstd json');
    expect(layersOf(gzipSync(ORDER_JSON), { content_type: 'application/json' })).toBe('gzip json');
  });

  it('are taken off one after the other, the last one named first', () => {
    expect(layersOf(deflateSync(gzipSync(ORDER_JSON)), { content_encoding: 'gzip, deflate' })).toBe(
      'deflate gzip json',
    );
  });

  it('are taken off where kombu names them', () => {
    const compression = [['compression', { type: 'S', value: 'application/x-gzip' }]] as const;
    expect(layersOf(deflateSync(ORDER_JSON), { content_encoding: 'utf-8', headers: compression })).toBe('gzip json');
  });

  it('of a body’s beginning give what there is', () => {
    const text = Array.from({ length: 5000 }, (_, i) => `tea ${(i * 7919) % 5003}`).join(', ');
    const packed = gzipSync(text).subarray(0, 10_000);
    const decoded = decodeBody(packed, {}, { codecs, truncated: true });
    expect(decoded).toMatchObject({ kind: 'text', layers: ['gzip', 'text'], complete: false });
    expect(text.startsWith(decoded.text!)).toBe(true);
    expect(decoded.text!.length).toBeGreaterThan(10_000);
  });

  it('that are cut or broken leave the bytes, and say why', () => {
    const cut = gzipSync(ORDER_JSON).subarray(0, 30);
    const decoded = decodeBody(cut, { content_encoding: 'gzip' }, { codecs });
    expect(decoded).toMatchObject({ kind: 'hex', bytes: cut, layers: [] });
    expect(decoded.notes[0]).toMatch(/^content-encoding gzip: /);
  });

  it('stop a bomb of a gibibyte of zeros', () => {
    const bomb = gzipBomb();
    const before = process.memoryUsage().arrayBuffers;
    const decoded = decodeBody(bomb, {}, { codecs });
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(64 * MEBIBYTE);
    expect(decoded).toMatchObject({ kind: 'hex', layers: [] });
    expect(decoded.bytes).toBe(bomb);
    expect(decoded.notes[0]).toMatch(/^gzip: unpacks to more than 8388608 bytes, over \d+ times its size$/);
  });

  it('stop a bomb in a bomb', () => {
    const inner = gzipSync(new Uint8Array(100 * MEBIBYTE), { level: 9 });
    const decoded = decodeBody(gzipSync(inner), {}, { codecs, maxOutput: MEBIBYTE });
    expect(decoded).toMatchObject({ kind: 'hex', layers: ['gzip'] });
    expect(decoded.bytes).toHaveLength(inner.length);
  });

  it('end after eight layers', () => {
    let body: Uint8Array = gzipSync(ORDER_JSON);
    for (let i = 0; i < 10; i++) body = gzipSync(body);
    const decoded = decodeBody(body, {}, { codecs });
    expect(decoded).toMatchObject({ kind: 'hex', notes: ['more than 8 layers'] });
  });
});

describe('Brotli', () => {
  const brotli = { content_encoding: 'br' };

  it('is unpacked by the host', () => {
    expect(decodeBody(brotliCompressSync(ORDER_JSON), brotli, { codecs: HOST_CODECS }).layers).toEqual(['br', 'json']);
  });

  it('stays as it is where the host has no unpacker', () => {
    expect(decodeBody(brotliCompressSync(ORDER_JSON), brotli)).toMatchObject({
      kind: 'hex',
      notes: ['content-encoding br: nothing here unpacks Brotli'],
    });
  });

  it('of many zeros is stopped', () => {
    const bomb = brotliCompressSync(new Uint8Array(64 * MEBIBYTE), {
      params: { [constants.BROTLI_PARAM_QUALITY]: 5 },
    });
    const decoded = decodeBody(bomb, brotli, { codecs: HOST_CODECS });
    expect(decoded.bytes).toBe(bomb);
    expect(decoded.notes[0]).toMatch(/unpacks to more than 8388608 bytes, over \d+ times/);
  });
});

describe('names of encodings', () => {
  it('that are charsets or say nothing are no encodings', () => {
    for (const name of ['utf-8', 'UTF8', 'binary', 'identity', '8bit', '']) {
      expect(decodeBody(Buffer.from(ORDER_JSON), { content_encoding: name }).layers).toEqual(['json']);
    }
  });

  it('that are unknown are said', () => {
    expect(decodeBody(Buffer.from(ORDER_JSON), { content_encoding: 'snappy' })).toMatchObject({
      layers: ['json'],
      notes: ['content-encoding snappy is unknown'],
    });
  });
});

/** A gibibyte of zeros: a mebibyte, packed up to a full flush, over and over. */
function gzipBomb(): Uint8Array {
  const zeros = new Uint8Array(MEBIBYTE);
  const mebibyte = deflateRawSync(zeros, { level: 9, finishFlush: constants.Z_FULL_FLUSH });
  const pieces = Array.from({ length: 1024 }, () => mebibyte);
  return Buffer.concat([gzipSync('').subarray(0, 10), ...pieces, gzipSync('').subarray(10)]);
}
