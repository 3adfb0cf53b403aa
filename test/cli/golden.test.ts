// What `read` makes of captures of real clients, line by line, and frame by frame what tshark makes of them.
// UPDATE_GOLDEN=1 writes fixtures/golden anew instead of comparing with it.

import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ReadOptions, readCapture } from '../../src/cli/read-capture.ts';
import type { LogEvent } from '../../src/log/frame-event.ts';
import { eventConnections, tsharkConnections } from '../interop/tshark-frames.ts';
import { dissect } from '../rig/tshark.ts';
import { Screen } from './traffic.ts';

const fixtures = path.join(import.meta.dirname, '../../fixtures');
const captures = readdirSync(path.join(fixtures, 'captures')).filter((name) => /\.pcap(ng)?$/.test(name));

/** Cut packets are too much for tshark, and a direction that begins inside a frame is, too. */
const TOO_HARD_FOR_TSHARK = ['pika-snaplen-120.pcapng', 'midway.pcap'];
const AMQP_PORT = 5672;

const zone = process.env['TZ'];

beforeAll(() => {
  process.env['TZ'] = 'UTC';
});
afterAll(() => {
  if (zone === undefined) delete process.env['TZ'];
  else process.env['TZ'] = zone;
});

function fileOf(name: string): string {
  return path.join(fixtures, 'captures', name);
}

async function read(name: string, format: 'json' | 'pretty', showSecrets = false): Promise<string> {
  const stdout = new Screen(format === 'pretty' ? 120 : undefined);
  const view = format === 'json' ? 'frames' : 'commands';
  const options: ReadOptions = {
    view: { view, format, heartbeats: true, color: false, quiet: false, findingsOnly: false },
    ports: undefined,
    logSize: 16 << 20,
    showSecrets,
  };
  const stderr = new Screen();
  expect(await readCapture(fileOf(name), options, { stdin: Readable.from([]), stdout, stderr })).toBe(0);
  expect(stderr.text).toBe('');
  return stdout.text;
}

function expectGolden(name: string, text: string): void {
  const golden = path.join(fixtures, 'golden', name);
  if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(golden, text);
  expect(text).toBe(readFileSync(golden, 'utf8'));
}

function eventsOf(text: string): LogEvent[] {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
}

describe.each(captures)('%s', (name) => {
  const base = name.replace(/\.\w+$/, '');

  it('is decoded as ever', async () => {
    expectGolden(`${base}.ndjson`, await read(name, 'json'));
  });

  it('looks on a terminal as ever', async () => {
    expectGolden(`${base}.txt`, await read(name, 'pretty'));
  });
});

describe('the events of a capture', () => {
  it.each(captures.filter((name) => !TOO_HARD_FOR_TSHARK.includes(name)))(
    "equal tshark's dissection of %s",
    async (name) => {
      const events = eventsOf(await read(name, 'json', true));
      expect(eventConnections(events)).toEqual(tsharkConnections(await dissect(fileOf(name)), AMQP_PORT));
    },
  );
});
