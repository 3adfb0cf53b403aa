// `read --findings`: what was found, worst first, and how the summary shows the same.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ErrorTally } from '../../../src/cli/error-tally.ts';
import { summaryText } from '../../../src/cli/summary.ts';
import type { Severity } from '../../../src/log/note.ts';
import { defineFinding, type FindingDefinition } from '../../../src/session/finding.ts';
import { Session } from '../../../src/session/session.ts';
import { Conversation } from '../../rig/conversation.ts';
import { told, toldJson } from './told.ts';

const zone = process.env['TZ'];

beforeAll(() => {
  process.env['TZ'] = 'UTC';
});
afterAll(() => {
  if (zone === undefined) delete process.env['TZ'];
  else process.env['TZ'] = zone;
});

/** Found at each of these methods, once a channel. */
function foundAt(method: string, severity: Severity, title: string): FindingDefinition {
  return defineFinding({
    id: method.replace('.', '-'),
    severity,
    title,
    explanation: 'for this test',
    advice: 'Do it otherwise.',
    watch: ({ report }) => ({
      method: ({ connection, channel, decoded, record, time }) => {
        if (decoded.method.name !== method) return;
        report({ connection, channel, text: `There was a ${method}.`, evidence: [record], time });
      },
    }),
  });
}

const findings = [
  foundAt('queue.declare', 'warning', 'A queue was declared'),
  foundAt('tx.select', 'info', 'Transactions are used'),
  foundAt('channel.close', 'error', 'A channel was closed'),
];

function script(talk: Conversation): void {
  const channel = talk.connect({ name: 'shop' }).channel();
  channel.call('queue.declare', { queue: 'a' });
  channel.call('queue.declare', { queue: 'b' });
  channel.call('tx.select');
  channel.closeByServer(404, "NOT_FOUND - no queue 'c' in vhost '/'", 'queue.declare');
}

describe('the report of findings', () => {
  it('has them worst first, with what shows them and how often they were', async () => {
    expect(await told({ kind: 'findings' }, script, { findings, columns: 80 })).toEqual([
      'findings  1 error, 1 warning, 1 to know',
      '',
      '▲ A channel was closed  channel-close',
      '  There was a channel.close.',
      '  → Do it otherwise.',
      '  #1 shop ch1  10:00:00.001  record 19',
      '',
      '▲ A queue was declared  2 times  queue-declare',
      '  There was a queue.declare.',
      '  → Do it otherwise.',
      '  #1 shop ch1  10:00:00.001  record 11',
      '',
      '▲ Transactions are used  tx-select',
      '  There was a tx.select.',
      '  → Do it otherwise.',
      '  #1 shop ch1  10:00:00.001  record 16',
    ]);
  });

  it('says that there are none', async () => {
    expect(await told({ kind: 'findings' }, script)).toEqual(['findings  none']);
    expect(await told({ kind: 'findings' }, script, { json: true })).toEqual([]);
  });

  it('is the JSON of the API, with --format json', async () => {
    expect(await toldJson({ kind: 'findings' }, script, { findings })).toMatchObject([
      { v: 1, finding: 'channel-close', severity: 'error', connection: 1, channel: 1, count: 1 },
      { v: 1, finding: 'queue-declare', count: 2, advice: 'Do it otherwise.' },
      { v: 1, finding: 'tx-select' },
    ]);
  });
});

describe('the summary', () => {
  async function summary(columns = 80): Promise<string[]> {
    const talk = new Conversation();
    const session = new Session(talk.log, talk.connections, { findings });
    const errors = new ErrorTally(talk.log, session);
    script(talk);
    const client = talk.connect({ name: 'audit' });
    for (let i = 0; i < 2; i++) {
      const channel = client.channel();
      channel.call('queue.declare', { queue: 'a' });
      channel.closeByServer(404, `NOT_FOUND - no queue '${i}' in vhost '/'`, 'queue.declare');
    }
    errors.check();
    const { traffic } = talk.log;
    const sources = { connections: talk.connections, session, traffic, errors, missed: 0, color: false, columns };
    return (await summaryText(sources)).split('\n');
  }

  function section(lines: readonly string[], title: string): string[] {
    const from = lines.findIndex((line) => line.startsWith(title));
    return lines.slice(from, lines.indexOf('', from));
  }

  it('has a line a finding, wherever it was found', async () => {
    expect(section(await summary(), 'findings')).toEqual([
      'findings  3 errors, 3 warnings, 1 to know',
      '                         where        count',
      '▲ A channel was closed   3 places         3',
      '▲ A queue was declared   3 places         4',
      '▲ Transactions are used  #1 shop ch1      1',
    ]);
  });

  it('does not say twice why a channel was closed', async () => {
    expect(section(await summary(), 'errors')).toEqual([
      'errors',
      '                                           count  last',
      'channel.close 404 NOT_FOUND, see findings      3    #1',
    ]);
  });

  it('has latencies, those of messages first', async () => {
    const talk = new Conversation();
    const session = new Session(talk.log, talk.connections, { findings: [] });
    const channel = talk.connect({ name: 'shop' }).channel();
    channel.call('confirm.select');
    for (let i = 1; i <= 3; i++) {
      channel.publish({ exchange: 'orders', routingKey: 'eu' });
      talk.wait(i === 3 ? 1500 : 1);
      channel.confirm(i);
    }
    const errors = new ErrorTally(talk.log, session);
    const sources = {
      connections: talk.connections,
      session,
      traffic: talk.log.traffic,
      errors,
      missed: 0,
      color: false,
    };
    const lines = (await summaryText({ ...sources, columns: 80 })).split('\n');
    expect(section(lines, 'latencies').slice(0, 3)).toEqual([
      'latencies',
      '                                     count      p50     p90     p99     max',
      'publish → confirm  exchange orders       3  1.10 ms  1.50 s  1.50 s  1.50 s',
    ]);
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(80);
  });

  it('has no section without content', async () => {
    const talk = new Conversation();
    const session = new Session(talk.log, talk.connections);
    const errors = new ErrorTally(talk.log, session);
    const sources = {
      connections: talk.connections,
      session,
      traffic: talk.log.traffic,
      errors,
      missed: 0,
      color: false,
    };
    const text = await summaryText({ ...sources, columns: 80 });
    expect(text).not.toMatch(/latencies|findings/);
  });
});
