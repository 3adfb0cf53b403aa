import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeContentHeaderFrame } from '../../src/protocol/content-header.ts';
import type { FieldTable } from '../../src/protocol/field-table.ts';
import { encodeFrame, FRAME_BODY, FRAME_HEADER, FRAME_METHOD, HEARTBEAT_FRAME } from '../../src/protocol/frame.ts';
import { encodeMethodFrame } from '../../src/protocol/method.ts';
import { type Answer, ask, openApi } from './api-client.ts';
import { PASSWORD, publish, Traffic } from './traffic.ts';

/** The detail of a frame that passed after the handshake. */
async function detailOf(frame: Uint8Array): Promise<Answer> {
  const traffic = new Traffic();
  const { client } = traffic.shakeHands();
  const id = traffic.log.nextId;
  traffic.append(client, frame);
  const { url } = await openApi(traffic);
  return (await ask(`${url}/api/frames/${id}`)).json;
}

interface Node {
  name: string;
  type: string;
  offset: number;
  length: number;
  bit?: number;
  value?: unknown;
  fields?: Node[];
}

function leavesOf(nodes: readonly Node[]): Node[] {
  return nodes.flatMap((node) => (node.fields ? leavesOf(node.fields) : [node]));
}

/** The leaves, one after the other, are the whole frame; children lie side by side in their parent. */
function expectTiled(detail: Answer): void {
  const raw = Buffer.from(detail.raw, 'base64');
  let at = 0;
  for (const { name, offset, length, bit } of leavesOf(detail.fields)) {
    if (bit !== undefined && bit > 0) continue;
    expect(offset, name).toBe(at);
    at += length;
  }
  expect(at).toBe(raw.length);
  const check = (node: Node): void => {
    const { fields } = node;
    if (!fields) return;
    expect(fields[0]!.offset).toBe(node.offset);
    expect(fields.at(-1)!.offset + fields.at(-1)!.length).toBe(node.offset + node.length);
    fields.forEach(check);
  };
  detail.fields.forEach(check);
}

function find(nodes: readonly Node[], ...path: string[]): Node {
  const node = nodes.find(({ name }) => name === path[0]);
  if (!node) throw new Error(`no field ${path[0]} among ${nodes.map(({ name }) => name)}`);
  return path.length === 1 ? node : find(node.fields ?? [], ...path.slice(1));
}

function slice(detail: Answer, { offset, length }: Node): Buffer {
  return Buffer.from(detail.raw, 'base64').subarray(offset, offset + length);
}

const TABLE: FieldTable = [
  ['flag', { type: 't', value: true }],
  ['byte', { type: 'b', value: -5 }],
  ['octet', { type: 'B', value: 250 }],
  ['short', { type: 's', value: -300 }],
  ['other short', { type: 'U', value: -301 }],
  ['unsigned short', { type: 'u', value: 65_000 }],
  ['long', { type: 'I', value: -70_000 }],
  ['unsigned long', { type: 'i', value: 4_000_000_000 }],
  ['longlong', { type: 'l', value: -9_007_199_254_740_993n }],
  ['other longlong', { type: 'L', value: 1n }],
  ['float', { type: 'f', value: 0.5 }],
  ['double', { type: 'd', value: 0.1 }],
  ['decimal', { type: 'D', scale: 2, value: 314 }],
  ['time', { type: 'T', value: 1_700_000_000n }],
  ['text', { type: 'S', value: 'grüße' }],
  ['bytes', { type: 'x', value: Uint8Array.of(1, 2, 3) }],
  ['nothing', { type: 'V', value: null }],
  ['empty', { type: 'F', value: [] }],
  [
    'nested',
    {
      type: 'F',
      value: [
        ['deep', { type: 'F', value: [['deeper', { type: 'S', value: 'x' }]] }],
        ['deep', { type: 'I', value: 2 }],
      ],
    },
  ],
  [
    'list',
    {
      type: 'A',
      value: [
        { type: 'S', value: 'a' },
        { type: 'A', value: [{ type: 'V', value: null }] },
        { type: 'F', value: [['k', { type: 't', value: false }]] },
      ],
    },
  ],
];

describe('a method frame', () => {
  it('is shown with prefix, ids, arguments and frame-end, each with its place', async () => {
    const detail = await detailOf(publish('x').subarray(0, 24));
    expect(detail.event).toMatchObject({ id: 9, method: 'basic.publish', size: 24 });
    expect(detail.fields).toEqual([
      { name: 'type', type: 'octet', offset: 0, length: 1, value: 1 },
      { name: 'channel', type: 'short', offset: 1, length: 2, value: 1 },
      { name: 'size', type: 'long', offset: 3, length: 4, value: 16 },
      { name: 'class_id', type: 'short', offset: 7, length: 2, value: 60 },
      { name: 'method_id', type: 'short', offset: 9, length: 2, value: 40 },
      { name: 'ticket', type: 'short', offset: 11, length: 2, value: 0 },
      { name: 'exchange', type: 'shortstr', offset: 13, length: 5, value: 'logs' },
      { name: 'routing_key', type: 'shortstr', offset: 18, length: 4, value: 'a.b' },
      { name: 'mandatory', type: 'bit', offset: 22, length: 1, bit: 0, value: true },
      { name: 'immediate', type: 'bit', offset: 22, length: 1, bit: 1, value: false },
      { name: 'frame_end', type: 'octet', offset: 23, length: 1, value: 0xce },
    ]);
    expectTiled(detail);
  });

  it('has a table’s entries down to key, type octet and value', async () => {
    const bits = { passive: false, durable: true, exclusive: false, auto_delete: false, nowait: false };
    const detail = await detailOf(encodeMethodFrame(1, 'queue.declare', { queue: 'q', ...bits, arguments: TABLE }));
    expectTiled(detail);
    const table = find(detail.fields, 'arguments');
    expect(table.fields!.slice(1).map(({ name }) => name)).toEqual(TABLE.map(([name]) => name));
    for (const [index, [name, value]] of TABLE.entries()) {
      const [key, type, content] = table.fields![index + 1]!.fields!;
      expect(slice(detail, key!)).toEqual(Buffer.from([Buffer.byteLength(name), ...Buffer.from(name)]));
      expect(slice(detail, type!).toString()).toBe(value.type);
      expect(type!.value).toBe(value.type);
      if (!content!.fields) expect(content!.value).toEqual(detail.event.arguments.arguments[name]);
    }
    expect(slice(detail, find(table.fields!, 'text', 'value'))).toEqual(Buffer.from('\0\0\0\x07grüße'));
    expect(slice(detail, find(table.fields!, 'unsigned long', 'value')).toString('hex')).toBe('ee6b2800');
    expect(find(table.fields!, 'nested', 'value', 'deep', 'value', 'deeper', 'value')).toMatchObject({ value: 'x' });
    const list = find(table.fields!, 'list', 'value');
    expect(list.fields!.map(({ name }) => name)).toEqual(['size', '0', '1', '2']);
    expect(find(list.fields!, '2', 'value', 'k', 'value')).toMatchObject({ type: 'boolean', length: 1, value: false });
  });

  it('shows what decodes of broken arguments, and the rest as undecoded', async () => {
    const whole = publish('x').subarray(7, 23);
    const detail = await detailOf(encodeFrame(FRAME_METHOD, 1, whole.subarray(0, 12)));
    expect(detail.event.error).toMatch(/routing_key/);
    expect(find(detail.fields, 'exchange').value).toBe('logs');
    expect(find(detail.fields, 'undecoded')).toMatchObject({ offset: 18, length: 1 });
    expectTiled(detail);
  });

  it('that nobody knows shows its ids', async () => {
    const detail = await detailOf(encodeFrame(FRAME_METHOD, 1, Uint8Array.of(0, 60, 0, 99, 1, 2)));
    expect(find(detail.fields, 'method_id').value).toBe(99);
    expect(find(detail.fields, 'undecoded')).toMatchObject({ offset: 11, length: 2 });
    expectTiled(detail);
  });

  it('with a table of very many entries says how many it omits', async () => {
    const table: FieldTable = Array.from({ length: 20_000 }, () => ['', { type: 'V', value: null }]);
    const detail = await detailOf(
      encodeMethodFrame(1, 'exchange.bind', {
        destination: 'd',
        source: 's',
        routing_key: '',
        nowait: false,
        arguments: table,
      }),
    );
    const { fields, omitted } = find(detail.fields, 'arguments') as Answer;
    expect(fields).toHaveLength(5001);
    expect(omitted).toBe(15_000);
  });
});

describe('a content header', () => {
  it('has weight, body size, property flags and the properties', async () => {
    const frame = encodeContentHeaderFrame(1, 12n, { content_type: 'text/plain', headers: TABLE, timestamp: 5n });
    const detail = await detailOf(frame);
    expectTiled(detail);
    expect(detail.fields.slice(3).map(({ name }: Node) => name)).toEqual([
      ...['class_id', 'weight', 'body_size', 'property_flags', 'content_type', 'headers', 'timestamp', 'frame_end'],
    ]);
    expect(find(detail.fields, 'property_flags')).toEqual({
      ...{ name: 'property_flags', type: 'flags', offset: 19, length: 2 },
      value: ['content_type', 'headers', 'timestamp'],
    });
    expect(find(detail.fields, 'body_size')).toMatchObject({ offset: 11, length: 8, value: 12 });
    expect(find(detail.fields, 'timestamp').value).toBe('1970-01-01T00:00:05Z');
  });

  it('has one node a flag word where they continue', async () => {
    const payload = Buffer.from('003c00000000000000000005800100000474657874', 'hex');
    const detail = await detailOf(encodeFrame(FRAME_HEADER, 1, payload));
    expectTiled(detail);
    const words = detail.fields.filter(({ name }: Node) => name === 'property_flags');
    expect(words.map(({ value }: Node) => value)).toEqual([['content_type'], []]);
    expect(find(detail.fields, 'content_type').value).toBe('text');
  });

  it('with a flag for no property shows the flag, and the rest as undecoded', async () => {
    const payload = Buffer.from('003c000000000000000000058003800004746578740000', 'hex');
    const detail = await detailOf(encodeFrame(FRAME_HEADER, 1, payload));
    expect(detail.event.error).toMatch(/property flag 14/);
    expectTiled(detail);
  });

  it('of another class shows the class', async () => {
    const detail = await detailOf(encodeFrame(FRAME_HEADER, 1, new Uint8Array(14)));
    expect(find(detail.fields, 'class_id').value).toBe(0);
    expectTiled(detail);
  });
});

describe('other records', () => {
  it('a body is one stretch of payload', async () => {
    const detail = await detailOf(encodeFrame(FRAME_BODY, 7, Buffer.from('Hello')));
    expect(find(detail.fields, 'payload')).toEqual({ name: 'payload', type: 'bytes', offset: 7, length: 5 });
    expect(slice(detail, find(detail.fields, 'payload')).toString()).toBe('Hello');
    expectTiled(detail);
  });

  it('a heartbeat is prefix and frame-end', async () => {
    const detail = await detailOf(HEARTBEAT_FRAME);
    expect(detail.fields.map(({ name }: Node) => name)).toEqual(['type', 'channel', 'size', 'frame_end']);
    expectTiled(detail);
  });

  it('a protocol header is taken apart', async () => {
    const traffic = new Traffic();
    traffic.shakeHands();
    const { url } = await openApi(traffic);
    const { json } = await ask(`${url}/api/frames/1`);
    expect(json.fields.map(({ name, value }: Node) => [name, value])).toEqual([
      ['protocol', 'AMQP'],
      ['id', 0],
      ['major', 0],
      ['minor', 9],
      ['revision', 1],
    ]);
    expectTiled(json);
  });

  it('bytes that are no AMQP are one stretch; on the client’s side they are withheld', async () => {
    const traffic = new Traffic();
    const { client, server } = traffic.connect();
    traffic.append(client, Buffer.from('PUT / HTTP/1.1'));
    traffic.append(server, Buffer.from('HTTP/1.1 200'));
    const { url } = await openApi(traffic);
    const fromClient = (await ask(`${url}/api/frames/2`)).json;
    expect(fromClient.event).toMatchObject({ type: 'bytes', payload: '[redacted]' });
    expect(fromClient.raw).toBe('[redacted]');
    const fromServer = (await ask(`${url}/api/frames/4`)).json;
    expect(Buffer.from(fromServer.raw, 'base64').toString()).toBe('HTTP/1.1 200');
    expectTiled(fromServer);
  });

  it('a note has its event and no bytes', async () => {
    const traffic = new Traffic();
    traffic.log.note(1, { type: 'gap', direction: 'client-to-server', size: 3 }, traffic.time);
    const { url } = await openApi(traffic);
    const { json } = await ask(`${url}/api/frames/1`);
    expect(json).toEqual({ v: 1, event: expect.objectContaining({ type: 'gap', size: 3 }), fields: [] });
  });

  it('a frame of which only the beginning was kept has no frame-end', async () => {
    const traffic = new Traffic({ size: 1 << 20 });
    const { client } = traffic.shakeHands();
    const id = traffic.log.nextId;
    traffic.append(client, encodeFrame(FRAME_BODY, 1, new Uint8Array(600_000)));
    const { url } = await openApi(traffic);
    const { json } = await ask(`${url}/api/frames/${id}`);
    expect(json.event.truncated).toBe(true);
    expect(json.fields.at(-1).name).toBe('payload');
    expectTiled(json);
  });

  it('a start-ok has its response redacted and masked', async () => {
    const traffic = new Traffic();
    traffic.shakeHands();
    const { url } = await openApi(traffic);
    const { json } = await ask(`${url}/api/frames/3`);
    expect(find(json.fields, 'response').value).toBe('[redacted]');
    expect(slice(json, find(json.fields, 'response')).toString('latin1')).toMatch(/^\0\0\0.\0alice\0\*+$/);
    expectTiled(json);
    const open = new Traffic({ showSecrets: true });
    open.shakeHands();
    const shown = await ask(`${(await openApi(open)).url}/api/frames/3`);
    expect(find(shown.json.fields, 'response').value).toBe(`\0alice\0${PASSWORD}`);
  });
});

describe('any bytes at all', () => {
  it('are tiled by their leaves, whatever they hold', async () => {
    const traffic = new Traffic();
    const { client } = traffic.shakeHands();
    const { url } = await openApi(traffic);
    const starts = ['000a000b', '003c0028', '0032000a', '003c0000'].map((hex) => [...Buffer.from(hex, 'hex')]);
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(FRAME_METHOD, FRAME_HEADER, FRAME_BODY, 8),
        fc.constantFrom([], ...starts),
        fc.uint8Array({ maxLength: 60 }),
        async (type, start, rest) => {
          const id = traffic.log.nextId;
          traffic.append(client, encodeFrame(type, 1, Uint8Array.from([...start, ...rest])));
          const { status, json } = await ask(`${url}/api/frames/${id}`);
          expect(status).toBe(200);
          expectTiled(json);
        },
      ),
      { numRuns: 300 },
    );
  });
});
