// The frame event, record type by record type: its JSON text is what the world sees, so it is compared as text.

import { describe, expect, it } from 'vitest';
import { Cursor } from '../../src/log/cursor.ts';
import { EventWriter } from '../../src/log/event-writer.ts';
import { eventOf, methodNameOf } from '../../src/log/frame-event.ts';
import { FrameLog } from '../../src/log/frame-log.ts';
import { ORIGINS } from '../../src/log/runs.ts';
import { encodeContentHeaderFrame } from '../../src/protocol/content-header.ts';
import type { FieldTable, FieldValue } from '../../src/protocol/field-table.ts';
import {
  CLIENT_TO_SERVER,
  type Direction,
  encodeFrame,
  FRAME_BODY,
  FRAME_HEADER,
  FRAME_HEARTBEAT,
  FRAME_METHOD,
  HEARTBEAT_FRAME,
  SERVER_TO_CLIENT,
} from '../../src/protocol/frame.ts';
import { encodeMethodFrame } from '../../src/protocol/method.ts';
import { PROTOCOL_HEADER } from '../../src/protocol/protocol-header.ts';
import { concat, hex, latin1 } from '../protocol/wire.ts';
import { eventsOf } from './records.ts';

/** 2026-11-22T10:00:00.123456Z */
const TIME = 1795341600_123456;

/** The events of these bytes as JSON lines. */
function lines(direction: Direction, ...chunks: readonly Uint8Array[]): string[] {
  const log = new FrameLog({ size: 1 << 20 });
  const tape = log.openTape(1, direction);
  for (const chunk of chunks) log.append(tape, chunk, TIME);
  return eventsOf(log).map((event) => JSON.stringify(event));
}

function event(frame: Uint8Array): { [name: string]: unknown } {
  return JSON.parse(lines(SERVER_TO_CLIENT, frame)[0]!);
}

const FROM_SERVER = `"v":1,"id":1,"time":"2026-11-22T10:00:00.123456Z","connection":1,"direction":"server-to-client"`;
const FROM_CLIENT = FROM_SERVER.replace('server-to-client', 'client-to-server');

describe('the event of', () => {
  it('a protocol header', () => {
    expect(lines(CLIENT_TO_SERVER, PROTOCOL_HEADER)).toEqual([
      `{${FROM_CLIENT},"type":"protocol-header","size":8,"origin":"wire","protocol":"AMQP 0-9-1"}`,
    ]);
  });

  it('a method', () => {
    const publish = { exchange: 'logs', routing_key: '', mandatory: false, immediate: false };
    expect(lines(SERVER_TO_CLIENT, encodeMethodFrame(1, 'basic.publish', publish))).toEqual([
      `{${FROM_SERVER},"channel":1,"type":"method","method":"basic.publish","size":21,"origin":"wire",` +
        `"arguments":{"exchange":"logs","routing_key":"","mandatory":false,"immediate":false}}`,
    ]);
  });

  it('a method without arguments', () => {
    expect(lines(SERVER_TO_CLIENT, encodeMethodFrame(65535, 'tx.select', {}))).toEqual([
      `{${FROM_SERVER},"channel":65535,"type":"method","method":"tx.select","size":12,"origin":"wire","arguments":{}}`,
    ]);
  });

  it('a content header', () => {
    const properties = { content_type: 'text/plain', headers: [['x', { type: 'b', value: 1 }]] as FieldTable };
    expect(lines(SERVER_TO_CLIENT, encodeContentHeaderFrame(1, 12n, properties))).toEqual([
      `{${FROM_SERVER},"channel":1,"type":"header","class":"basic","size":41,"origin":"wire","body_size":12,` +
        `"properties":{"content_type":"text/plain","headers":{"x":1}}}`,
    ]);
  });

  it('a body', () => {
    expect(lines(SERVER_TO_CLIENT, encodeFrame(FRAME_BODY, 1, latin1('Hello World!')))).toEqual([
      `{${FROM_SERVER},"channel":1,"type":"body","size":20,"origin":"wire","payload":"SGVsbG8gV29ybGQh"}`,
    ]);
  });

  it('a heartbeat', () => {
    expect(lines(SERVER_TO_CLIENT, HEARTBEAT_FRAME)).toEqual([
      `{${FROM_SERVER},"channel":0,"type":"heartbeat","size":8,"origin":"wire"}`,
    ]);
  });

  it('bytes that are no frame, behind the note that says so', () => {
    expect(lines(SERVER_TO_CLIENT, latin1('HTTP/1.1'))).toEqual([
      `{"v":1,"id":1,"time":"2026-11-22T10:00:00.123456Z","connection":1,"type":"opaque",` +
        `"direction":"server-to-client","offset":0,"reason":"looks like HTTP"}`,
      `{${FROM_SERVER.replace('"id":1', '"id":2')},"type":"bytes","size":8,"origin":"wire","payload":"SFRUUC8xLjE="}`,
    ]);
  });

  it('a note', () => {
    const log = new FrameLog({ size: 1 << 20 });
    const client = { address: '::1', port: 40000 };
    log.note(3, { type: 'connection.opened', client, server: { address: 'héllo', port: 5672 }, tls: ['client'] }, TIME);
    expect(JSON.stringify(eventsOf(log)[0])).toBe(
      `{"v":1,"id":1,"time":"2026-11-22T10:00:00.123456Z","connection":3,"type":"connection.opened",` +
        `"client":{"address":"::1","port":40000},"server":{"address":"héllo","port":5672},"tls":["client"]}`,
    );
  });

  it('a frame of each origin', () => {
    const log = new FrameLog({ size: 1 << 20 });
    const tape = log.openTape(1, SERVER_TO_CLIENT);
    for (const origin of ORIGINS.keys()) log.appendFrame(tape, HEARTBEAT_FRAME, TIME, origin);
    expect(eventsOf(log)).toMatchObject(ORIGINS.map((origin) => ({ type: 'heartbeat', origin })));
  });

  it('a frame that was cut', () => {
    const log = new FrameLog({ size: 1 << 20 });
    log.append(log.openTape(1, SERVER_TO_CLIENT), encodeFrame(FRAME_BODY, 1, new Uint8Array(300_000)), TIME);
    const [body] = eventsOf(log);
    expect(body).toMatchObject({ type: 'body', size: 300_008, truncated: true });
    const kept = Math.floor(log.arena.size / 4) - 7;
    expect(body).toHaveProperty('payload', Buffer.alloc(kept).toString('base64'));
  });
});

describe('argument values', () => {
  it('of 64 bits are exact: strings where a double would not be', () => {
    const deliveryTag = (delivery_tag: bigint) =>
      event(encodeMethodFrame(1, 'basic.ack', { delivery_tag, multiple: true }))['arguments'] as object;
    expect(deliveryTag(2n ** 53n - 1n)).toEqual({ delivery_tag: 9007199254740991, multiple: true });
    expect(deliveryTag(2n ** 53n)).toEqual({ delivery_tag: '9007199254740992', multiple: true });
    expect(deliveryTag(2n ** 64n - 1n)).toEqual({ delivery_tag: '18446744073709551615', multiple: true });
    expect(event(encodeContentHeaderFrame(1, 2n ** 64n - 1n, {}))['body_size']).toBe('18446744073709551615');
  });

  it('that are reserved are left out', () => {
    const open = encodeMethodFrame(0, 'connection.open', { virtual_host: '/', capabilities: 'x', insist: true });
    expect(event(open)['arguments']).toEqual({ virtual_host: '/' });
  });

  it('that are not UTF-8 are base64', () => {
    const cancel = encodeMethodFrame(1, 'basic.cancel', { consumer_tag: 'a\udcff', nowait: false });
    expect(event(cancel)['arguments']).toEqual({ consumer_tag: { type: 'string', base64: 'Yf8=' }, nowait: false });
  });

  it('of a timestamp are ISO 8601, and numbers beyond what a date can be', () => {
    const timestamp = (seconds: bigint) =>
      (event(encodeContentHeaderFrame(1, 0n, { timestamp: seconds }))['properties'] as { timestamp: unknown })
        .timestamp;
    expect(timestamp(0n)).toBe('1970-01-01T00:00:00Z');
    expect(timestamp(1795341600n)).toBe('2026-11-22T10:00:00Z');
    expect(timestamp(8_640_000_000_000n)).toBe('+275760-09-13T00:00:00Z');
    expect(timestamp(8_640_000_000_001n)).toBe(8_640_000_000_001);
    expect(timestamp(2n ** 64n - 1n)).toBe('18446744073709551615');
  });
});

describe('field values', () => {
  const json = (value: FieldValue) => {
    const frame = encodeContentHeaderFrame(1, 0n, { headers: [['k', value]] });
    return (event(frame)['properties'] as { headers: { k: unknown } }).headers.k;
  };

  it.each<[FieldValue, unknown]>([
    [{ type: 't', value: true }, true],
    [{ type: 'b', value: -1 }, -1],
    [{ type: 'B', value: 255 }, 255],
    [{ type: 's', value: -2 }, -2],
    [{ type: 'U', value: -3 }, -3],
    [{ type: 'u', value: 65535 }, 65535],
    [{ type: 'I', value: -4 }, -4],
    [{ type: 'i', value: 4294967295 }, 4294967295],
    [{ type: 'l', value: -(2n ** 63n) }, '-9223372036854775808'],
    [{ type: 'L', value: 42n }, 42],
    [
      { type: 'T', value: 0n },
      { type: 'timestamp', value: '1970-01-01T00:00:00Z' },
    ],
    [{ type: 'f', value: 1.5 }, 1.5],
    [{ type: 'd', value: 0.1 }, 0.1],
    [
      { type: 'd', value: Number.NaN },
      { type: 'double', value: 'NaN' },
    ],
    [
      { type: 'f', value: Number.NEGATIVE_INFINITY },
      { type: 'double', value: '-Infinity' },
    ],
    [
      { type: 'd', value: -0 },
      { type: 'double', value: '-0' },
    ],
    [
      { type: 'D', scale: 2, value: 314 },
      { type: 'decimal', scale: 2, value: 314 },
    ],
    [{ type: 'S', value: 'héllo\0' }, 'héllo\0'],
    [
      { type: 'S', value: '\udc80' },
      { type: 'string', base64: 'gA==' },
    ],
    [
      { type: 'x', value: Uint8Array.of(0, 255) },
      { type: 'bytes', base64: 'AP8=' },
    ],
    [{ type: 'V', value: null }, null],
    [
      {
        type: 'A',
        value: [
          { type: 'V', value: null },
          { type: 'A', value: [] },
        ],
      },
      [null, []],
    ],
    [{ type: 'F', value: [['a', { type: 'F', value: [] }]] }, { a: {} }],
  ])('%o', (value, expected) => {
    expect(json(value)).toEqual(expected);
  });

  it('under any name are plain properties, also under those that objects have', () => {
    const names = ['__proto__', 'constructor', 'toString', '', 'hasOwnProperty', '__proto__'];
    const headers: FieldTable = names.map((name, i) => [name, { type: 'b', value: i }]);
    const [line] = lines(SERVER_TO_CLIENT, encodeContentHeaderFrame(1, 0n, { headers }));
    expect(line).toContain('"headers":{"__proto__":5,"constructor":1,"toString":2,"":3,"hasOwnProperty":4}}}');
  });

  it('of the same name: the last one stands', () => {
    const headers: FieldTable = [
      ['a', { type: 'b', value: 1 }],
      ['b', { type: 'b', value: 2 }],
      ['a', { type: 'b', value: 3 }],
    ];
    expect(event(encodeContentHeaderFrame(1, 0n, { headers }))['properties']).toEqual({ headers: { a: 3, b: 2 } });
  });
});

describe('what does not decode', () => {
  it.each([
    ['a method that nobody knows', FRAME_METHOD, '003c0063 aabb', '60.99', 'unknown method 60.99'],
    ['a method of an unknown class', FRAME_METHOD, '12345678', '4660.22136', 'unknown method 4660.22136'],
    ['a method without its ids', FRAME_METHOD, '003c', 'unknown', 'expected 2 more bytes, found 0'],
    ['an empty method', FRAME_METHOD, '', 'unknown', 'expected 2 more bytes, found 0'],
    [
      'arguments that run over',
      FRAME_METHOD,
      '003c0015 05 61',
      'basic.consume-ok',
      'consumer_tag: expected 5 more bytes, found 1',
    ],
    [
      'bytes behind the arguments',
      FRAME_METHOD,
      '005a000a 00',
      'tx.select',
      '1 bytes left over after the arguments of tx.select',
    ],
  ])('%s: the error and the raw payload', (_what, type, digits, method, error) => {
    const payload = hex(digits);
    const { time: _time, ...rest } = event(encodeFrame(type, 1, payload));
    expect(rest).toEqual({
      v: 1,
      id: 1,
      connection: 1,
      direction: 'server-to-client',
      channel: 1,
      type: 'method',
      method,
      size: payload.length + 8,
      origin: 'wire',
      error,
      payload: Buffer.from(payload).toString('base64'),
    });
  });

  it('a content header of another class', () => {
    const payload = hex('0032 0000 0000000000000000 0000');
    expect(event(encodeFrame(FRAME_HEADER, 1, payload))).toMatchObject({
      type: 'header',
      size: 22,
      error: 'expected a content header of class 60, found 50',
      payload: Buffer.from(payload).toString('base64'),
    });
  });

  it('a heartbeat with a payload', () => {
    expect(event(encodeFrame(FRAME_HEARTBEAT, 0, latin1('!')))).toMatchObject({
      type: 'heartbeat',
      size: 9,
      error: 'a heartbeat has no payload',
      payload: 'IQ==',
    });
  });

  it('a payload larger than any real method', () => {
    const log = new FrameLog({ size: 8 << 20 });
    const tape = log.openTape(1, SERVER_TO_CLIENT);
    log.append(tape, encodeMethodFrame(0, 'connection.secure', { challenge: 'x'.repeat(1 << 20) }), TIME);
    log.append(
      tape,
      encodeContentHeaderFrame(1, 0n, { headers: [['k', { type: 'S', value: 'x'.repeat(1 << 20) }]] }),
      TIME,
    );
    const error = expect.stringMatching(/^a payload of \d+ bytes is not decoded: the limit is 1048576$/);
    expect(eventsOf(log)).toMatchObject([
      { type: 'method', method: 'connection.secure', error },
      { type: 'header', error },
    ]);
    const cursor = new Cursor(log, 1);
    const writer = new EventWriter(false);
    while (cursor.next()) {
      writer.event(cursor);
      expect(Buffer.from(writer.take()).toString() === JSON.stringify(eventOf(cursor, false))).toBe(true);
    }
  });
});

it('the name of a frame’s method is known without decoding it', () => {
  const log = new FrameLog({ size: 1 << 20 });
  const frames = [
    encodeMethodFrame(1, 'tx.select', {}),
    encodeFrame(FRAME_METHOD, 1, hex('00010002')),
    HEARTBEAT_FRAME,
  ];
  log.append(log.openTape(1, SERVER_TO_CLIENT), concat(...frames), TIME);
  const cursor = new Cursor(log, 1);
  const names: string[] = [];
  while (cursor.next()) names.push(methodNameOf(cursor));
  expect(names).toEqual(['tx.select', '1.2', 'unknown']);
});

it('times that a corrupt capture claims never stop an event', () => {
  const log = new FrameLog({ size: 1 << 20 });
  const times = [0, -1, 253402300800e6, 8.64e18, 1e19, 2 ** 64 / 1000, Number.MAX_VALUE];
  for (const time of times) log.append(log.openTape(1, SERVER_TO_CLIENT), HEARTBEAT_FRAME, time);
  const cursor = new Cursor(log, 1);
  const seen: string[] = [];
  while (cursor.next()) seen.push(eventOf(cursor, false).time);
  expect(seen.slice(0, 4)).toEqual([
    '1970-01-01T00:00:00.000000Z',
    '1969-12-31T23:59:59.999999Z',
    '+010000-01-01T00:00:00.000000Z',
    '+275760-09-13T00:00:00.000000Z',
  ]);
});
