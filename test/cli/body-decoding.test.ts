// Bodies on the lines of the commands view: decoded, and marked as such; untouched elsewhere.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { encode as encodeMsgpack } from '@msgpack/msgpack';
import { afterAll, describe, expect, it } from 'vitest';
import { type BodyDecoding, loadBodyDecoding } from '../../src/cli/body-decoding.ts';
import { type BodyOptionValues, parseBodyOptions } from '../../src/cli/body-options.ts';
import { ConfigError } from '../../src/errors.ts';
import type { BasicProperties } from '../../src/protocol/method-table.ts';
import { methodByName } from '../../src/protocol/method-table.ts';
import { Traffic } from './traffic.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'amqp-spy-bodies-'));
afterAll(() => rmSync(folder, { recursive: true }));

const LIMIT = 200;
const ORDER = { id: 17, name: 'tea' };

function file(name: string, text: string): string {
  const full = path.join(folder, name);
  writeFileSync(full, text);
  return full;
}

async function load(values: BodyOptionValues = {}): Promise<BodyDecoding> {
  return (await loadBodyDecoding(parseBodyOptions(values)))!;
}

function preview(
  decoding: BodyDecoding,
  body: Uint8Array | string,
  properties: BasicProperties = {},
  bodySize?: number,
) {
  const bytes = typeof body === 'string' ? Buffer.from(body) : body;
  const size = bodySize ?? bytes.length;
  const header = { classId: 60, weight: 0, bodySize: BigInt(size), properties };
  const method = { method: methodByName('basic.publish'), arguments: { exchange: '', routing_key: 'orders.eu' } };
  return decoding.preview({ body: bytes, bodySize: size, header, method } as never, LIMIT);
}

describe('a body on a line', () => {
  it('of text or JSON is what it was, without the blanks of JSON', async () => {
    const decoding = await load();
    expect(preview(decoding, 'tea')).toEqual({ text: 'tea', bytes: 3 });
    expect(preview(decoding, '{\n  "id": 17\n}')).toEqual({ text: '{"id":17}', bytes: 14 });
  });

  it('of anything else says what was taken off it', async () => {
    const decoding = await load();
    const packed = gzipSync(encodeMsgpack(ORDER));
    expect(preview(decoding, packed)).toEqual({ text: 'gzip→msgpack {"id":17,"name":"tea"}', bytes: packed.length });
    expect(preview(decoding, gzipSync(Uint8Array.of(1, 0, 255)))).toMatchObject({ text: 'gzip 01 00 ff' });
  });

  it('that fails to decode is shown as it came, with the reason', async () => {
    const decoding = await load();
    expect(preview(decoding, '{"id":', { content_type: 'application/json' })).toEqual({
      text: '{"id":',
      bytes: 6,
      note: expect.stringMatching(/^\(content-type application\/json: .*\)$/),
    });
  });

  it('that nobody knows is hex, or text with escapes, as without decoders', async () => {
    expect(preview(await load(), Uint8Array.of(1, 0, 255))).toEqual({ text: '01 00 ff', bytes: 3 });
  });

  it('of which only the beginning is at hand is never said to be whole', async () => {
    const decoding = await load();
    for (const body of ['tea, ', '{"a":', Uint8Array.of(1, 0, 255)]) {
      expect(preview(decoding, body, {}, 1000).bytes).toBeLessThan(1000);
    }
  });

  it('is decoded by the schema of its routing key', async () => {
    const proto = file('order.proto', 'syntax = "proto3"; message Order { int32 id = 1; string name = 2; }');
    const decoding = await load({ proto: [proto], protoMap: ['orders.*=Order'] });
    const body = Uint8Array.of(0x08, 17, 0x12, 3, 0x74, 0x65, 0x61);
    expect(preview(decoding, body).text).toBe('protobuf Order {"id":17,"name":"tea"}');
    const avsc = file('n.avsc', '{"type":"record","name":"N","fields":[{"name":"n","type":"int"}]}');
    expect(preview(await load({ avro: [avsc] }), Uint8Array.of(6)).text).toBe('avro N {"n":3}');
  });
});

describe('the options of bodies', () => {
  const refusal = async (values: BodyOptionValues) => {
    try {
      await load(values);
    } catch (error) {
      expect(error).toBeInstanceOf(ConfigError);
      return (error as Error).message;
    }
    return undefined;
  };

  it('that are wrong are refused, with what is expected', async () => {
    expect(await refusal({ decode: 'jsn' })).toMatch(/^--decode: expected gzip, .* or raw, found 'jsn'$/);
    expect(await refusal({ protoMap: ['a=B'] })).toBe('--proto-map: needs --proto FILE');
    expect(await refusal({ proto: ['/nowhere/a.proto'] })).toBe(
      '--proto: cannot read /nowhere/a.proto: there is no such file',
    );
    expect(await refusal({ avro: [file('bad.avsc', '{')] })).toMatch(/^--avro: the schema is not JSON/);
  });

  it('raw leaves bodies alone', async () => {
    expect(await loadBodyDecoding(parseBodyOptions({ decode: 'raw' }))).toBeUndefined();
  });
});

describe('the views', () => {
  const publish = () => new Traffic().open().publish('orders', 'eu', encodeMsgpack(ORDER));

  it('of commands decode', async () => {
    expect((await publish().lines({ columns: 200 })).join('\n')).toContain('│ msgpack {"id":17,"name":"tea"}');
  });

  it('of commands show the body, then why it could not be decoded', async () => {
    const broken = (size: number) => {
      return new Traffic().open().publish('', 'q', `{"id": ${'1'.repeat(size)}`, { content_type: 'application/json' });
    };
    const [short] = (await broken(5).lines({ columns: 240 })).slice(-1);
    expect(short).toMatch(/ │ \{"id": 11111 \(content-type application\/json: .*\)$/);
    const [long] = (await broken(5000).lines({ columns: 240 })).slice(-1);
    expect(long).toMatch(/ │ \(5007 bytes\) \{"id": 1+… \(content-type .*…$/);
  });

  it('of frames do not', async () => {
    expect((await publish().lines({ columns: 200, view: 'frames' })).join('\n')).not.toContain('msgpack');
  });
});
