// Findings on their way through `read`: in their place among the frames, those that only time brings out at the end, and
// what is said when the session has a defect. The registry is this test's own.

import path from 'node:path';
import { Readable } from 'node:stream';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { readCapture } from '../../src/cli/read-capture.ts';
import type { ReportChoice } from '../../src/cli/report/report.ts';
import { parseViewOptions } from '../../src/cli/view-options.ts';
import { defineFinding, type FindingContext, type FindingDefinition } from '../../src/session/finding.ts';
import type { SessionListener } from '../../src/session/listener.ts';
import { Screen } from './traffic.ts';

const { FINDINGS } = vi.hoisted(() => ({ FINDINGS: [] as FindingDefinition[] }));
vi.mock('../../src/session/findings/registry.ts', () => ({ FINDINGS }));

const amqplib = path.join(import.meta.dirname, '../../fixtures/captures/amqplib.pcap');

beforeEach(() => {
  FINDINGS.length = 0;
});

function finds(id: string, watch: (context: FindingContext) => SessionListener): void {
  const words = { title: 'Something', explanation: 'for this test', advice: 'Nothing.' };
  FINDINGS.push(defineFinding({ id, severity: 'info', ...words, watch }));
}

async function read(values: { findingsOnly?: true; report?: ReportChoice } = {}) {
  const { report, ...others } = values;
  const stdout = new Screen();
  const stderr = new Screen();
  const view = parseViewOptions({ format: 'json', heartbeats: true, color: false, ...others });
  const options = { view, report, ports: undefined, logSize: 16 << 20, showSecrets: false };
  const code = await readCapture(amqplib, options, { stdin: Readable.from([]), stdout, stderr });
  return { code, events: stdout.lines.map((line) => JSON.parse(line)), stderr: stderr.text };
}

describe('findings in a capture', () => {
  it('stand behind the frames that show them', async () => {
    finds('declared', ({ report }) => ({
      method: ({ connection, decoded, record, time }) => {
        if (decoded.method.name !== 'queue.declare') return;
        report({ connection, text: 'declared', evidence: [record], time, subject: String(record) });
      },
    }));
    const { events, code } = await read();
    expect(code).toBe(0);
    const found = events.filter(({ type }) => type === 'finding');
    expect(found).toHaveLength(2);
    for (const { id, evidence } of found) {
      expect(events.find((event) => event.id === evidence[0])).toMatchObject({ method: 'queue.declare' });
      expect(id).toBeGreaterThan(evidence[0]);
    }
    expect(events.map(({ id }) => id)).toEqual(events.map((_, i) => i + 1));
    expect((await read({ findingsOnly: true })).events).toEqual(found);
  });

  it('that only time brings out are told while connections are still open', async () => {
    let last = 0;
    finds('late', ({ tables, report }) => ({
      tick: (time) => {
        last = time;
        const [connection] = tables.connections.values();
        if (connection) report({ connection, text: () => 'it is still open', evidence: [], time });
      },
    }));
    const { events } = await read({ report: { kind: 'findings' } });
    expect(events).toMatchObject([{ finding: 'late', text: 'It is still open', connection: 1 }]);
    const closed = (await read()).events.at(-1);
    expect(new Date(closed.time).getTime()).toBe(Math.floor(last / 1000));
  });

  it('end with a word on stderr if one has a defect, and the frames go on', async () => {
    finds('broken', () => ({
      channelOpened: () => {
        throw new Error('what a pity');
      },
    }));
    const { events, code, stderr } = await read();
    expect(stderr).toBe('amqp-spy: session tracking stopped: what a pity; the traffic was not affected\n');
    expect(code).toBe(0);
    expect(events.at(-1)).toMatchObject({ type: 'connection.closed' });
    expect(events).toHaveLength(91);
  });
});
