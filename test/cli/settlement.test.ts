// What stands beside a line of the traffic: how long after what it answers it came, how many it settles, and findings.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Output } from '../../src/cli/output.ts';
import { createPrinter, parseViewOptions } from '../../src/cli/view-options.ts';
import { defineFinding, type FindingDefinition } from '../../src/session/finding.ts';
import { Session } from '../../src/session/session.ts';
import { Conversation } from '../rig/conversation.ts';
import { printAll, Screen } from './traffic.ts';

const zone = process.env['TZ'];

beforeAll(() => {
  process.env['TZ'] = 'UTC';
});
afterAll(() => {
  if (zone === undefined) delete process.env['TZ'];
  else process.env['TZ'] = zone;
});

interface Options {
  readonly columns?: number;
  readonly view?: string;
  readonly format?: string;
  readonly color?: boolean;
  readonly findingsOnly?: true;
  readonly findings?: readonly FindingDefinition[];
}

/** The lines of what the script does, after those of the handshake. */
async function shown(script: (talk: Conversation) => void, options: Options = {}): Promise<string[]> {
  const { columns, findings = [], ...values } = options;
  const talk = new Conversation();
  const session = new Session(talk.log, talk.connections, { findings });
  script(talk);
  const screen = new Screen(columns);
  const sources = { log: talk.log, connections: talk.connections, showSecrets: false, session };
  const view = parseViewOptions({ format: 'pretty', heartbeats: true, color: false, ...values });
  printAll(talk.log, await createPrinter(view, new Output(screen), sources));
  return screen.lines;
}

/** What stands behind the size, of the lines of these methods. */
async function told(script: (talk: Conversation) => void, method: string, options?: Options): Promise<string[]> {
  const lines = await shown(script, options);
  const wanted = new RegExp(` ${method.replace('.', '\\.')} +\\d+(.*)$`);
  return lines.flatMap((line) => wanted.exec(line)?.[1] ?? []);
}

function consumer(talk: Conversation, queue = 'orders') {
  const channel = talk.connect({ name: 'invoices' }).channel();
  channel.call('basic.consume', { queue, consumer_tag: 'c' });
  return channel;
}

function settling(talk: Conversation): void {
  const channel = consumer(talk);
  const message = { routingKey: 'orders', body: '' };
  channel.publish(message);
  for (const deliveryTag of [1, 2, 3]) channel.deliver({ ...message, consumerTag: 'c', deliveryTag });
  talk.wait(2);
  channel.ack(2, true);
  channel.nack(3, { requeue: false });
}

describe('beside a line', () => {
  it('stands when its delivery was, how many an ack settles, and of which queue', async () => {
    expect(await told(settling, 'basic.ack')).toEqual([' 2.30 ms tag=2 multiple settles=2 q=orders']);
    expect(await told(settling, 'basic.nack')).toEqual([' 2.20 ms tag=3 q=orders']);
  });

  it('stands when its publish was, and the queue of a delivery', async () => {
    expect((await told(settling, 'basic.deliver'))[0]).toBe('  100 µs x="" rk=orders q=orders tag=1 ctag=c');
  });

  it('stands how many publishes a confirm settles', async () => {
    const script = (talk: Conversation): void => {
      const channel = talk.connect().channel();
      channel.call('confirm.select');
      for (let i = 0; i < 3; i++) channel.publish();
      channel.confirm(2, true);
      channel.server('basic.nack', { delivery_tag: 3 });
    };
    expect(await told(script, 'basic.ack')).toEqual(['  300 µs tag=2 multiple confirms=2']);
    expect(await told(script, 'basic.nack')).toEqual(['  200 µs tag=3']);
  });

  it('stands the round trip of a call', async () => {
    const script = (talk: Conversation): void => {
      const channel = talk.connect().channel();
      channel.client('queue.purge', { queue: 'q' });
      talk.wait(12.4);
      channel.server('queue.purge-ok', { message_count: 3 });
    };
    expect(await told(script, 'queue.purge-ok')).toEqual([' 12.5 ms messages=3']);
    expect(await told(script, 'queue.purge')).toEqual(['         q=q']);
  });

  it('stands when the returned message was published, and what a reply answers', async () => {
    const script = (talk: Conversation): void => {
      const channel = talk.connect().channel();
      const request = { correlation_id: '7', reply_to: 'replies' };
      channel.publish({ routingKey: 'nowhere', mandatory: true, properties: request, body: '' });
      channel.return_({ routingKey: 'nowhere', properties: request, body: '' });
      channel.publish({ routingKey: 'replies', properties: { correlation_id: '7' }, body: '' });
    };
    expect((await told(script, 'basic.return'))[0]).toMatch(/^ {2}100 µs reply=312/);
    expect((await told(script, 'basic.publish'))[1]).toBe('  200 µs x="" rk=replies rpc-reply correlation_id=7');
  });

  it('stands so in the view of frames, too', async () => {
    expect(await told(settling, 'basic.ack', { view: 'frames' })).toEqual([
      ' 2.30 ms tag=2 multiple settles=2 q=orders',
    ]);
  });

  it('takes no column where the terminal is narrow', async () => {
    expect(await told(settling, 'basic.ack', { columns: 99 })).toEqual([' 2.30 ms settles=2 tag=2 multiple q=orders']);
    expect(await told(settling, 'basic.consume', { columns: 99 })).toEqual([' q=orders ctag=c']);
  });

  it('leaves no blanks at the end of a line', async () => {
    for (const line of await shown(settling)) expect(line).toBe(line.trimEnd());
  });

  it('is faint, and coloured where it took a second', async () => {
    const script = (talk: Conversation): void => {
      const channel = consumer(talk);
      for (const deliveryTag of [1, 2]) {
        channel.deliver({ consumerTag: 'c', deliveryTag });
        talk.wait(deliveryTag === 1 ? 1 : 1500);
        channel.ack(deliveryTag);
      }
    };
    const lines = (await shown(script, { color: true })).filter((line) => line.includes('basic.ack'));
    expect(lines[0]).toContain('\x1b[2m1.10 ms\x1b[22m');
    expect(lines[1]).toContain('\x1b[33m 1.50 s\x1b[39m');
  });
});

const GREETED = defineFinding({
  id: 'greeted',
  severity: 'warning',
  title: 'A queue was declared',
  explanation: 'for this test',
  advice: 'Look at it, and then think about it for as long as it takes to fill a second line of this terminal.',
  watch: ({ report }) => ({
    method: ({ connection, channel, decoded, record, time }) => {
      if (decoded.method.name !== 'queue.declare') return;
      const text = `The queue '${decoded.arguments['queue']}' was declared.`;
      report({ connection, channel, text, evidence: [record], time, subject: String(record) });
    },
  }),
});

describe('a finding', () => {
  const script = (talk: Conversation): void => {
    const channel = talk.connect({ name: 'shop' }).channel();
    channel.call('queue.declare', { queue: 'jobs' });
    channel.call('queue.declare', { queue: '\x1b[2J' });
  };
  const findings = [GREETED];

  it('stands where it happened, with what to do below it', async () => {
    const lines = await shown(script, { findings, columns: 120 });
    const at = lines.findIndex((line) => line.includes('▲'));
    expect(lines[at - 1]).toContain('queue.declare');
    expect(lines.slice(at, at + 4)).toEqual([
      '10:00:00.001100 #1 shop            ▲ A queue was declared  ch1',
      "                                     The queue 'jobs' was declared.",
      '                                     → Look at it, and then think about it for as long as it takes to fill a second line',
      '                                       of this terminal.',
    ]);
  });

  it('says in a wide terminal which records show it, and in a narrow one begins further left', async () => {
    const [, wide] = await shown(script, { findings, columns: 160, findingsOnly: true });
    expect(wide).toMatch(/▲ A queue was declared {2}ch1 {2}record 11$/);
    const narrow = await shown(script, { findings, columns: 80, findingsOnly: true });
    expect(narrow[2]).toBe("  The queue 'jobs' was declared.");
    for (const line of narrow) expect(line.length).toBeLessThanOrEqual(80);
  });

  it('is all there is with --findings-only', async () => {
    const lines = await shown(script, { findings, findingsOnly: true });
    expect(lines.filter((line) => line.includes('#1'))).toHaveLength(2);
    expect(lines.join('\n')).not.toContain('queue.declare');
    const events = (await shown(script, { findings, findingsOnly: true, format: 'json' })).map((line) =>
      JSON.parse(line),
    );
    expect(events).toMatchObject([
      { type: 'finding', finding: 'greeted', severity: 'warning', connection: 1, channel: 1, evidence: [11] },
      { type: 'finding' },
    ]);
    expect(await shown(script, { findings, findingsOnly: true, format: 'tracer' })).toHaveLength(2);
  });

  it('is coloured by its severity, and shows no control characters', async () => {
    const lines = await shown(script, { findings, findingsOnly: true, color: true });
    expect(lines.join('\n')).toContain('\x1b[33mA queue was declared\x1b[39m');
    expect((await shown(script, { findings, findingsOnly: true })).join('')).not.toMatch(/\p{Cc}/u);
  });
});
