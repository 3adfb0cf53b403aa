// What people see: one line a command or frame, at any width, whatever an attacker puts into it.

import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { columnsOf } from '../../src/cli/columns.ts';
import { isErrorClose } from '../../src/cli/method-paint.ts';
import {
  CLIENT_TO_SERVER,
  encodeFrame,
  FRAME_HEADER,
  HEARTBEAT_FRAME,
  SERVER_TO_CLIENT,
} from '../../src/protocol/frame.ts';
import { METHODS, type MethodName, methodByName } from '../../src/protocol/method-table.ts';
import { valuesOf } from '../property/arbitraries.ts';
import { printAll, Screen, Traffic } from './traffic.ts';

const zone = process.env['TZ'];

beforeAll(() => {
  process.env['TZ'] = 'UTC';
});
afterAll(() => {
  if (zone === undefined) delete process.env['TZ'];
  else process.env['TZ'] = zone;
});

/** The lines after the date. */
async function shown(traffic: Traffic, options: Parameters<Traffic['lines']>[0] = { columns: 120 }): Promise<string[]> {
  const [date, ...lines] = await traffic.lines(options);
  expect(date).toContain('── 2026-11-22 ──');
  return lines;
}

/** What stands behind time and connection, without the blanks that align it. */
async function tails(traffic: Traffic, options?: Parameters<Traffic['lines']>[0]): Promise<string[]> {
  return (await shown(traffic, options)).map((line) => line.slice(line.search(/[→←●○!✗]/)).replace(/ +/g, ' '));
}

describe('the pretty printer', () => {
  it('shows a publish as one line, content and all', async () => {
    const traffic = new Traffic().open(1, 'order-service');
    const values = { exchange: 'orders', routing_key: 'eu.created', mandatory: true, immediate: false };
    traffic.client('basic.publish', values);
    traffic.content(CLIENT_TO_SERVER, '{"id":1}', { delivery_mode: 2, content_type: 'application/json' });
    expect(await shown(traffic, { columns: 160 })).toEqual([
      '10:00:00.003000 #1 order-service        → ch1 basic.publish        89 x=orders rk=eu.created mandatory content_type=application/json persistent │ {"id":1}',
    ]);
  });

  it('keeps its columns aligned', async () => {
    const traffic = new Traffic().open(1, 'a').open(2, 'a much longer name than there is room for');
    traffic.client('queue.declare-ok', { queue: 'q', message_count: 1, consumer_count: 0 }, 1, 1);
    traffic.client('connection.close-ok', {}, 0, 2).client('connection.update-secret-ok', {}, 0, 2);
    expect(await shown(traffic)).toEqual([
      '10:00:00.001000 #1 a               → ch1 queue.declare-ok     22 q=q messages=1 consumers=0',
      '10:00:00.002000 #2 a much longer … → ch0 connection.close-ok  12',
      '10:00:00.003000 #2 a much longer … → ch0 connection.update-secret-ok 12',
    ]);
  });

  it('calls a connection by its client port until it has a name', async () => {
    const traffic = new Traffic().open().client('basic.recover', { requeue: true });
    expect((await shown(traffic))[0]).toContain('#1 :50001          → ch1 basic.recover');
  });

  it('uses the short keys, words for flags, and tables last', async () => {
    const traffic = new Traffic().open();
    const args = [
      ['x-queue-type', { type: 'S', value: 'quorum' }],
      ['x-expires', { type: 'I', value: 60000 }],
    ] as const;
    const flags = { passive: false, durable: true, exclusive: false, auto_delete: true, nowait: false };
    traffic.client('queue.declare', { queue: 'jobs', ...flags, arguments: args });
    traffic.client('queue.bind', { queue: 'jobs', exchange: 'x', routing_key: 'a.#', nowait: true, arguments: [] });
    traffic.client('exchange.bind', { destination: 'd', source: 's', routing_key: '', nowait: false, arguments: [] });
    traffic.client('basic.qos', { prefetch_size: 0, prefetch_count: 10, global: true });
    traffic.client('basic.consume', {
      queue: 'jobs',
      consumer_tag: '',
      no_local: false,
      no_ack: true,
      exclusive: false,
      nowait: false,
      arguments: [],
    });
    traffic.client('connection.open', { virtual_host: '/my host' }, 0);
    traffic.client('channel.flow', { active: false });
    traffic.client('basic.nack', { delivery_tag: 9n, multiple: true, requeue: false });
    expect((await tails(traffic, { columns: 160 })).map((line) => line.replace(/^\S+ ch\d \S+ +\d+ ?/, ''))).toEqual([
      'q=jobs durable auto-delete args={x-queue-type=quorum, x-expires=60000}',
      'q=jobs x=x bk=a.# nowait',
      'dx=d sx=s bk=""',
      'prefetch=10 global',
      'q=jobs no-ack',
      'vhost="/my host"',
      'active=false',
      'tag=9 multiple',
    ]);
  });

  it('says why a channel was closed, and over what', async () => {
    const traffic = new Traffic().open();
    traffic.server('channel.close', {
      reply_code: 404,
      reply_text: "NOT_FOUND - no queue 'q'",
      class_id: 50,
      method_id: 10,
    });
    traffic.client('channel.close', { reply_code: 200, reply_text: 'bye', class_id: 0, method_id: 0 });
    expect(await tails(traffic)).toEqual([
      `← ch1 channel.close 43 reply=404 "NOT_FOUND - no queue 'q'" for=queue.declare`,
      '→ ch1 channel.close 22 reply=200 bye',
    ]);
    const [error, farewell] = await tails(traffic, { columns: 120, color: true });
    expect(error).toContain('\x1b[31m');
    expect(farewell).not.toContain('\x1b[31m');
  });

  it('never cuts why something was closed', async () => {
    const reply = `PRECONDITION_FAILED - inequivalent arg 'x-message-ttl' for queue 'orders' ${'q'.repeat(150)}`;
    const values = { reply_code: 406, reply_text: reply, class_id: 50, method_id: 10 };
    const traffic = new Traffic().open().server('channel.close', values).server('connection.close', values);
    for (const line of await shown(traffic, { columns: 80 }))
      expect(line).toContain(`406 "${reply}" for=queue.declare`);
    const [farewell] = await shown(new Traffic().open().client('channel.close', { ...values, reply_code: 200 }), {
      columns: 80,
    });
    expect(columnsOf(farewell!)).toBe(80);
  });

  it('shows whose handshake it is, but no password', async () => {
    const traffic = new Traffic().open();
    const response = '\0guest\0hunter2';
    traffic.client('connection.start-ok', { client_properties: [], mechanism: 'PLAIN', response, locale: 'en_US' }, 0);
    const [line] = await tails(traffic);
    expect(line).toContain('user=guest mechanism=PLAIN response=[redacted]');
    expect(line).not.toContain('hunter2');
    expect((await traffic.lines({ view: 'raw' })).join()).not.toContain('hunter2');
  });

  it('shows a password when asked to', async () => {
    const traffic = new Traffic({ showSecrets: true }).open();
    const response = '\0guest\0hunter2';
    traffic.client('connection.start-ok', { client_properties: [], mechanism: 'PLAIN', response, locale: 'en_US' }, 0);
    expect((await tails(traffic))[0]).toContain('response=\\0guest\\0hunter2');
  });

  it('leaves the body room on a full line, and says its size where it is cut', async () => {
    const traffic = new Traffic().open();
    traffic.publish('x'.repeat(100), 'k'.repeat(100), 'b'.repeat(500), {
      headers: [['h', { type: 'S', value: 'v'.repeat(90) }]],
    });
    const [line] = await shown(traffic, { columns: 210 });
    expect(columnsOf(line!)).toBe(210);
    expect(line).toMatch(/ x=x+… rk=k+… │ \(500 bytes\) b+…$/);
  });

  it('does not cut what is not on a terminal', async () => {
    const traffic = new Traffic().open().publish('x'.repeat(200), 'k'.repeat(200), 'b'.repeat(3000));
    const [line] = await shown(traffic, {});
    expect(line).toContain(`x=${'x'.repeat(200)} rk=${'k'.repeat(200)} │ ${'b'.repeat(3000)}`);
  });

  it('shows the beginning of a large body', async () => {
    const [line] = await shown(new Traffic().open().publish('', 'q', 'b'.repeat(10_000)), {});
    expect(line).toMatch(/ │ \(10000 bytes\) b{4096}…$/);
  });

  it('shows binary bodies as hex, and mostly readable ones with escapes', async () => {
    const traffic = new Traffic().open();
    traffic.publish('', 'q', Uint8Array.of(0x1f, 0x8b, 0x08, 0, 0xff, 0xee)).publish('', 'q', 'name:\x02value\nZoë');
    expect(await tails(traffic)).toEqual([
      '→ ch1 basic.publish 54 x="" rk=q │ 1f 8b 08 00 ff ee',
      '→ ch1 basic.publish 64 x="" rk=q │ name:\\x02value\\nZoë',
    ]);
  });

  it('counts wide characters as two columns', async () => {
    const traffic = new Traffic().open(1, '東京の注文サービス').publish('受注', '関東.新規', '東'.repeat(100));
    const [line] = await shown(traffic, { columns: 100 });
    expect(line).toMatch(/ #1 東京の注文… {2}→ ch1 basic\.publish {7}366 x=受注 rk=関東\.新規 │ 東+…$/);
    expect(columnsOf(line!)).toBeGreaterThanOrEqual(99);
    expect(columnsOf(line!)).toBeLessThanOrEqual(100);
  });

  it('cannot be made to control the terminal', async () => {
    const evil = '\x1b[2J\x1b]0;owned\x07\u202egnp\r\n\x9b31m';
    const traffic = new Traffic().open(1, evil);
    traffic.publish(evil, evil, evil, { headers: [[evil, { type: 'S', value: evil }]], content_type: evil });
    traffic.server('channel.close', { reply_code: 404, reply_text: evil, class_id: 0, method_id: 0 });
    traffic.note({ type: 'opaque', direction: 'client-to-server', offset: 0, reason: evil });
    for (const view of ['commands', 'frames', 'raw']) {
      for (const format of ['pretty', 'tracer']) {
        for (const line of await traffic.lines({ view, format })) expect(line).not.toMatch(/\p{Cc}|\p{Cf}/u);
      }
    }
  });

  it('is one line of the right width for any method, and for any values', async () => {
    const anyMethod = fc.constantFrom(...METHODS).chain((method) => {
      return fc.tuple(fc.constant(method.name), valuesOf(method.fields), fc.integer({ min: 20, max: 250 }));
    });
    await fc.assert(
      fc.asyncProperty(anyMethod, async ([name, values, columns]) => {
        const traffic = new Traffic().open();
        traffic.client<MethodName>(name, values as never, 0);
        const lines = await shown(traffic, { columns, view: 'frames' });
        expect(lines).toHaveLength(1);
        const isCut = !isErrorClose({ method: methodByName(name), arguments: values as never } as never);
        if (isCut) expect(columnsOf(lines[0]!)).toBeLessThanOrEqual(columns);
        expect(lines[0]).not.toMatch(/\p{Cc}|\p{Cf}|\p{Cs}/u);
      }),
    );
  });

  it('shows each frame of a command in the frames view', async () => {
    const traffic = new Traffic()
      .open()
      .publish('x', 'k', 'hello', { priority: 3 })
      .bytes(SERVER_TO_CLIENT, HEARTBEAT_FRAME);
    expect(await tails(traffic, { columns: 120, view: 'frames' })).toEqual([
      '→ ch1 basic.publish 19 x=x rk=k',
      '→ ch1 header 23 body_size=5 priority=3',
      '→ ch1 body 13 │ hello',
      '← ch0 heartbeat 8',
    ]);
  });

  it('shows the bytes of each frame in the raw view', async () => {
    const traffic = new Traffic().open().client('basic.ack', { delivery_tag: 1n, multiple: false });
    expect((await shown(traffic, { columns: 120, view: 'raw' })).slice(1)).toEqual([
      '  0000  01 00 01 00 00 00 0d 00  3c 00 50 00 00 00 00 00  ········<·P·····',
      '  0010  00 00 01 00 ce                                    ·····',
    ]);
  });

  it('says what does not decode, and shows its bytes', async () => {
    const traffic = new Traffic().open().bytes(CLIENT_TO_SERVER, encodeFrame(FRAME_HEADER, 1, Uint8Array.of(0, 60, 0)));
    expect(await tails(traffic, { columns: 120, view: 'frames' })).toEqual([
      '→ ch1 header 11 ✗ expected 2 more bytes, found 1 │ 00 3c 00',
    ]);
  });

  it('marks what did not simply pass', async () => {
    const traffic = new Traffic().open().bytes(CLIENT_TO_SERVER, HEARTBEAT_FRAME, 1, 3);
    expect(await tails(traffic)).toEqual(['→ ch0 heartbeat 8 [dropped]']);
  });

  it('leaves heartbeats out when asked to', async () => {
    const traffic = new Traffic().open().bytes(CLIENT_TO_SERVER, HEARTBEAT_FRAME).client('tx.select', {});
    expect(await tails(traffic, { columns: 120, heartbeats: false })).toEqual(['→ ch1 tx.select 12']);
  });

  it('tells what happened to connections and what the log could not make out', async () => {
    const traffic = new Traffic().open();
    const client = { address: '::1', port: 4000 };
    const server = { address: '10.0.0.1', port: 5672 };
    const carried = { bytes_from_client: 120, bytes_from_server: 2_500_000 };
    traffic.note({ type: 'connection.opened', client, server, tls: ['client', 'server'], midway: true });
    traffic.note({ type: 'resync', direction: 'client-to-server', skipped: 1 });
    traffic.note({ type: 'gap', direction: 'server-to-client', size: 1448 });
    traffic.note({ type: 'opaque', direction: 'client-to-server', offset: 8, reason: 'looks like TLS' });
    traffic.note({
      type: 'unfinished',
      direction: 'server-to-client',
      size: 9,
      reason: 'the stream ended inside a frame',
    });
    traffic.note({ type: 'connection.closed', by: 'client', how: 'reset', ...carried });
    traffic.note({ type: 'connection.closed', by: 'server', how: 'failed', reason: 'connection refused', ...carried });
    expect(await tails(traffic, {})).toEqual([
      '● opened [::1]:4000 → 10.0.0.1:5672, TLS with the client and the server, joined midway',
      '! 1 byte from the client passed over up to the next frame',
      '! 1448 bytes from the server are missing from the capture',
      '✗ not AMQP 0-9-1 from the client, byte 8 on: looks like TLS; it flows on undecoded',
      '✗ unfinished frame from the server, 9 bytes: the stream ended inside a frame',
      '! reset by the client → 120 ← 2.4M bytes',
      '✗ failed by the server, connection refused → 120 ← 2.4M bytes',
    ]);
  });

  it('gives up half a command when its connection ends', async () => {
    const traffic = new Traffic()
      .open()
      .client('basic.publish', { exchange: '', routing_key: 'q', mandatory: false, immediate: false });
    traffic.note({ type: 'connection.closed', by: 'client', how: 'reset', bytes_from_client: 1, bytes_from_server: 1 });
    expect((await tails(traffic))[0]).toContain('✗ incomplete, no content header: the connection');
  });

  it('shows bytes that are no AMQP, and withholds those that may be a password', async () => {
    const traffic = new Traffic().open().bytes(CLIENT_TO_SERVER, new TextEncoder().encode('GET / HTTP/1.1'));
    expect((await tails(traffic)).at(-1)).toBe('→ ch0 bytes 14 │ GET / HTTP/1.1');
  });

  it('says how many records it missed, and forgets halves of commands', async () => {
    const traffic = new Traffic()
      .open()
      .client('basic.publish', { exchange: '', routing_key: 'q', mandatory: false, immediate: false });
    const screen = new Screen(120);
    const printer = await traffic.printer(screen);
    printAll(traffic.log, printer);
    printer.missed(12345);
    printer.flush();
    expect(screen.lines.slice(1).map((line) => line.slice(-80).trim())).toEqual([
      expect.stringContaining('✗ incomplete, no content header: the rest was'),
      '! 12,345 records missed: this view could not keep up with the traffic',
    ]);
  });

  it('names the date again when it changes', async () => {
    const traffic = new Traffic().open().client('tx.commit', {});
    traffic.log.note(1, { type: 'gap', direction: 'client-to-server', size: 1 }, Date.UTC(2026, 10, 23) * 1000);
    expect((await traffic.lines({})).filter((line) => line.startsWith('──'))).toEqual([
      '── 2026-11-22 ──',
      '── 2026-11-23 ──',
    ]);
  });
});
