// The tables at the end: who was connected, what passed, what went wrong.

import { describe, expect, it } from 'vitest';
import { ErrorTally } from '../../src/cli/error-tally.ts';
import { type SummarySources, summaryText } from '../../src/cli/summary.ts';
import { CLIENT_TO_SERVER } from '../../src/protocol/frame.ts';
import { Traffic } from './traffic.ts';

async function summary(traffic: Traffic, options: Partial<SummarySources> = {}): Promise<string[]> {
  const errors = new ErrorTally(traffic.log);
  errors.check();
  const { connections, log } = traffic;
  const sources = { connections, traffic: log.traffic, errors, missed: 0, color: false, columns: 140, ...options };
  return (await summaryText(sources)).split('\n');
}

/** The lines of one table, from its title on. */
function section(lines: readonly string[], title: string): string[] {
  const start = lines.findIndex((line) => line.startsWith(title));
  const end = lines.indexOf('', start);
  return lines.slice(start, end);
}

function close(traffic: Traffic, code: number, text: string, id = 1): void {
  traffic.server('channel.close', { reply_code: code, reply_text: text, class_id: 0, method_id: 0 }, 1, id);
}

describe('the summary', () => {
  it('lists connections with what is known of them', async () => {
    const traffic = new Traffic().open(1, 'orders').open(2);
    const client_properties = [
      ['product', { type: 'S', value: 'pika' }],
      ['version', { type: 'S', value: '1.2' }],
      ['connection_name', { type: 'S', value: 'billing' }],
    ] as const;
    traffic.client(
      'connection.start-ok',
      { client_properties, mechanism: 'PLAIN', response: '\0ann\0x', locale: '' },
      0,
      2,
    );
    traffic.client('connection.open', { virtual_host: '/prod' }, 0, 2);
    traffic.server('basic.ack', { delivery_tag: 1n, multiple: false });
    traffic.connections.close(1, 0, 'reset by the client');
    expect(section(await summary(traffic), 'connections')).toEqual([
      'connections  2 opened, 1 open',
      '    name     client    user  vhost  state                → frames  bytes  ← frames  bytes',
      '#2  billing  pika 1.2  ann   /prod  open                        2    114         0      0',
      '#1  orders                          reset by the client         0      0         1     21',
    ]);
  });

  it('says which connection is blocked', async () => {
    const traffic = new Traffic().open().server('connection.blocked', { reason: 'low on memory' }, 0);
    expect(section(await summary(traffic), 'connections')[2]).toContain('blocked: low on memory');
  });

  it('shows the twenty busiest of many connections', async () => {
    const traffic = new Traffic();
    for (let id = 1; id <= 50; id++) traffic.open(id);
    traffic.client('tx.select', {}, 1, 37);
    const lines = await summary(traffic);
    expect(section(lines, 'connections')).toHaveLength(22);
    expect(section(lines, 'connections')[2]).toMatch(/^#37 /);
    expect(lines).toContain('… and 30 more');
  });

  it('counts frames and bytes by method and direction', async () => {
    const traffic = new Traffic().open().publish('x', 'k', 'hello').publish('x', 'k', 'hello');
    traffic.server('basic.ack', { delivery_tag: 2n, multiple: true });
    expect(section(await summary(traffic), 'frames')).toEqual([
      'frames  7, 129 bytes',
      '               → frames  bytes  ← frames  bytes',
      'header                2     44',
      'body                  2     26',
      'basic.publish         2     38',
      'basic.ack                              1     21',
    ]);
  });

  it('counts errors by what was said, and names the last connection', async () => {
    const traffic = new Traffic().open(1).open(2);
    for (let i = 0; i < 3; i++) close(traffic, 404, 'NOT_FOUND - no queue', 1 + (i % 2));
    close(traffic, 200, 'bye');
    close(traffic, 0, 'bye');
    traffic.client('connection.close', { reply_code: 541, reply_text: 'INTERNAL', class_id: 0, method_id: 0 }, 0);
    traffic.bytes(CLIENT_TO_SERVER, new TextEncoder().encode('GET / HTTP/1.1\r\n\r\n'), 2);
    traffic.bytes(CLIENT_TO_SERVER, Uint8Array.of(1, 0, 1, 0)).end(CLIENT_TO_SERVER);
    expect(
      section(await summary(traffic, { missed: 1234 }), 'errors').map((line) => line.replace(/ {2,}/g, '  ')),
    ).toEqual([
      'errors',
      '  count  last',
      'channel.close 404 NOT_FOUND - no queue  3  #1',
      'connection.close 541 INTERNAL  1  #1',
      'not AMQP 0-9-1 from the client, byte 0 on: looks like HTTP; it flows on undecoded  1  #2',
      'unfinished frame from the client, 4 bytes: the stream ended inside a frame  1  #1',
      'not shown: the view could not keep up  1,234',
    ]);
  });

  it('says when there were no errors, and nothing at all', async () => {
    expect(await summary(new Traffic())).toEqual([
      '',
      'connections  0 opened, 0 open',
      '',
      'frames  0, 0 bytes',
      '',
      'errors  none',
      '',
      '',
    ]);
  });

  it('fits a narrow terminal, and shows no control characters', async () => {
    const traffic = new Traffic().open(1, '\x1b[2J'.repeat(20));
    close(traffic, 404, `NOT_FOUND\x07${'x'.repeat(200)}`);
    traffic.connections.close(1, 0, '\x1b[2J'.repeat(20));
    for (const columns of [80, 110, 140, 200]) {
      const lines = await summary(traffic, { columns });
      expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(columns);
      for (const line of lines) expect(line).not.toMatch(/\p{Cc}/u);
    }
  });

  it('is coloured when asked for', async () => {
    const traffic = new Traffic().open();
    close(traffic, 404, 'NOT_FOUND');
    expect((await summary(traffic, { color: true })).join('\n')).toContain('\x1b[31m');
  });
});

describe('the error tally', () => {
  it('finds errors among other traffic, each once, however often it looks', () => {
    const traffic = new Traffic().open();
    const tally = new ErrorTally(traffic.log);
    for (let i = 0; i < 5; i++) {
      traffic.publish('', 'q', 'x');
      tally.check();
      close(traffic, 406, 'PRECONDITION_FAILED');
      tally.check();
      tally.check();
    }
    expect(tally.list()).toEqual([{ text: 'channel.close 406 PRECONDITION_FAILED', count: 5, connection: 1 }]);
  });

  it('counts the rest together when there are too many kinds', () => {
    const traffic = new Traffic().open();
    const tally = new ErrorTally(traffic.log);
    for (let i = 0; i < 300; i++) close(traffic, 404, `no queue ${i}`);
    tally.check();
    const [first, ...others] = tally.list();
    expect(first).toEqual({ text: 'other errors', count: 100, connection: 1 });
    expect(others).toHaveLength(200);
  });
});
