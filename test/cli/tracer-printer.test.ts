// The Java Tracer's lines, letter for letter, for scripts that read them.

import { describe, expect, it } from 'vitest';
import {
  CLIENT_TO_SERVER,
  encodeFrame,
  FRAME_METHOD,
  HEARTBEAT_FRAME,
  SERVER_TO_CLIENT,
} from '../../src/protocol/frame.ts';
import { START, Traffic } from './traffic.ts';

/** Lines without their time. */
async function traced(traffic: Traffic, view?: string): Promise<string[]> {
  const lines = await traffic.lines({ format: 'tracer', ...(view !== undefined && { view }) });
  return lines.map((line) => line.replace(/^\d+: /, ''));
}

describe('the tracer printer', () => {
  it('shows a command in one line, with time, connection, channel and direction', async () => {
    const traffic = new Traffic().open(1).open(3);
    traffic.client('channel.open', {}, 5, 3).server('channel.open-ok', {}, 5, 3);
    expect(await traffic.lines({ format: 'tracer' })).toEqual([
      `${START / 1000 + 1}: <Tracer-2> ch#5 -> {#method<channel.open>(out-of-band=), null, ""}`,
      `${START / 1000 + 2}: <Tracer-2> ch#5 <- {#method<channel.open-ok>(channel-id=), null, ""}`,
    ]);
  });

  it('shows content with all its properties', async () => {
    const traffic = new Traffic().open().publish('logs', 'a.b', 'Hello', {
      content_type: 'text/plain',
      headers: [
        ['n', { type: 'I', value: 1 }],
        ['d', { type: 'd', value: 2 }],
        ['t', { type: 'T', value: 1_700_000_000n }],
        [
          'list',
          {
            type: 'A',
            value: [
              { type: 't', value: true },
              { type: 'V', value: null },
            ],
          },
        ],
        ['price', { type: 'D', scale: 2, value: 5 }],
        ['table', { type: 'F', value: [['x', { type: 'S', value: 'y' }]] }],
      ],
      timestamp: 1_700_000_000n,
    });
    expect(await traced(traffic)).toEqual([
      '<Tracer-0> ch#1 -> {#method<basic.publish>(ticket=0, exchange=logs, routing-key=a.b, mandatory=false, immediate=false), ' +
        '#contentHeader<basic>(content-type=text/plain, content-encoding=null, headers={n=1, d=2.0, ' +
        't=Tue Nov 14 22:13:20 UTC 2023, list=[true, null], price=0.05, table={x=y}}, delivery-mode=null, priority=null, ' +
        'correlation-id=null, reply-to=null, expiration=null, message-id=null, timestamp=Tue Nov 14 22:13:20 UTC 2023, ' +
        'type=null, user-id=null, app-id=null, cluster-id=null), "Hello"}',
    ]);
  });

  it('shows frames decoded, but not joined, in the frames view', async () => {
    const lines = await traced(new Traffic().open().publish('', 'q', 'Hello'), 'frames');
    expect(lines[0]).toBe(
      '<Tracer-0> ch#1 -> #method<basic.publish>(ticket=0, exchange=, routing-key=q, mandatory=false, immediate=false)',
    );
    expect(lines[1]).toMatch(/^<Tracer-0> ch#1 -> Expected body size: 5; #contentHeader<basic>\(content-type=null, /);
    expect(lines[2]).toBe('<Tracer-0> ch#1 -> Frame(type=3, channel=1, 5 bytes of payload)');
  });

  it('shows frames as they are in the raw view', async () => {
    expect(await traced(new Traffic().open().client('tx.select', {}, 9), 'raw')).toEqual([
      '<Tracer-0> ch#9 -> Frame(type=1, channel=9, 4 bytes of payload)',
    ]);
  });

  it('shows heartbeats, and says when one was withheld', async () => {
    const traffic = new Traffic().open().bytes(CLIENT_TO_SERVER, HEARTBEAT_FRAME);
    traffic.bytes(SERVER_TO_CLIENT, HEARTBEAT_FRAME, 1, 3);
    expect(await traced(traffic)).toEqual([
      '<Tracer-0> ch#0 -> Frame(type=8, channel=0, 0 bytes of payload)',
      '<Tracer-0> ch#0 <- (withheld) Frame(type=8, channel=0, 0 bytes of payload)',
    ]);
  });

  it('shows no password', async () => {
    const traffic = new Traffic().open();
    const values = { client_properties: [], mechanism: 'PLAIN', response: '\0guest\0hunter2', locale: 'en_US' };
    traffic.client('connection.start-ok', values, 0);
    expect(await traced(traffic)).toEqual([
      '<Tracer-0> ch#0 -> {#method<connection.start-ok>(client-properties={}, mechanism=PLAIN, response=[redacted], locale=en_US), null, ""}',
    ]);
  });

  it('says what does not decode instead of ending, and keeps to one line', async () => {
    const traffic = new Traffic()
      .open()
      .bytes(CLIENT_TO_SERVER, encodeFrame(FRAME_METHOD, 1, Uint8Array.of(0, 60, 0, 99)));
    traffic.publish('', 'q', 'a\nb\x1b[2J');
    const lines = await traced(traffic);
    expect(lines[0]).toBe('<Tracer-0> ch#1 -> {#method<60.99>(?), null, ""} (unknown method 60.99)');
    expect(lines[1]).toMatch(/, "a\\nb\\x1b\[2J"}$/);
    expect((await traced(traffic, 'frames'))[0]).toBe(
      '<Tracer-0> ch#1 -> Frame(type=1, channel=1, 4 bytes of payload)',
    );
  });

  it('gives the size of a body that is too large to keep', async () => {
    const traffic = new Traffic({ size: 8 << 20 }).open().publish('', 'q', 'x'.repeat(300_000));
    expect((await traced(traffic))[0]).toMatch(/, 300000 bytes of payload}$/);
  });

  it('tells what happened to connections, and what it missed', async () => {
    const traffic = new Traffic().open().note({ type: 'gap', direction: 'client-to-server', size: 5 });
    expect(await traced(traffic)).toEqual(['<Tracer-0> 5 bytes from the client are missing from the capture']);
  });
});
