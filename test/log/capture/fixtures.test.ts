import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { CLIENT_TO_SERVER, SERVER_TO_CLIENT } from '../../../src/protocol/frame.ts';
import { findFrameBoundary } from '../../../src/protocol/resync.ts';
import { run } from '../../rig/process.ts';
import { requireCommand } from '../../rig/require-command.ts';
import { latin1 } from './packets.ts';
import { type Reading, readChunks } from './transcript.ts';

const folder = path.join(import.meta.dirname, '../../../fixtures/captures');
const names = readdirSync(folder).filter((name) => /\.pcap(ng)?$/.test(name));

function load(name: string): Uint8Array {
  return new Uint8Array(readFileSync(path.join(folder, name)));
}

function* pieces(bytes: Uint8Array, size: number): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

/** Both directions of each TCP stream as tshark puts them together, as Latin-1 strings. */
async function follow(name: string, count: number): Promise<[string, string][]> {
  const taps = Array.from({ length: count }, (_, stream) => ['-z', `follow,tcp,raw,${stream}`]).flat();
  const output = await run('tshark', ['-n', '-q', '-r', path.join(folder, name), ...taps]);
  const found: [string, string][] = [];
  for (const section of output.split('Follow: tcp,raw').slice(1)) {
    const sides: [string, string] = ['', ''];
    // Lines of hexadecimal digits; those of the second node are indented.
    for (const line of section.split('\n')) {
      const match = /^(\t?)([0-9a-f]{2,})$/.exec(line);
      if (match) sides[match[1] === '' ? 0 : 1] += Buffer.from(match[2]!, 'hex').toString('latin1');
    }
    found[Number(/tcp\.stream eq (\d+)/.exec(section)![1])] = sides;
  }
  return found;
}

function streams({ transcript, summary }: Reading): [string, string][] {
  return Array.from({ length: summary.connections }, (_, i) => [
    transcript.stream(i + 1, CLIENT_TO_SERVER),
    transcript.stream(i + 1, SERVER_TO_CLIENT),
  ]);
}

/** Whether the frames of a stream follow on each other from `start` to its end. */
function isFrames(text: string, start: number): boolean {
  const bytes = Buffer.from(text, 'latin1');
  let at = start;
  while (at + 8 <= bytes.length) {
    at += bytes.readUInt32BE(at + 3) + 8;
    if (bytes[at - 1] !== 0xce) return false;
  }
  return at === bytes.length;
}

describe('captures of real clients', () => {
  beforeAll(() => {
    requireCommand('tshark');
  });

  it.each(names.filter((name) => !name.includes('snaplen')))('%s holds the streams that tshark sees', async (name) => {
    const read = readChunks([load(name)]);
    expect(read.error).toBeUndefined();
    expect(read.summary).toMatchObject({ gaps: 0, ignoredConnections: 0, otherPackets: 0, truncated: null });
    expect(read.summary.connections).toBeGreaterThan(0);
    const sides = streams(read);
    // tshark does not know which side is the client if the capture begins midway: their order is left aside.
    const same = (await follow(name, sides.length)).map(
      (pair, i) => pair.toSorted().join() === sides[i]!.toSorted().join(),
    );
    expect(same).toEqual(sides.map(() => true));
  });

  it.each(names.filter((name) => !/snaplen|midway/.test(name)))(
    '%s holds whole frames, from start to close',
    (name) => {
      const read = readChunks([load(name)]);
      for (const [client, server] of streams(read)) {
        expect(client.startsWith('AMQP\0\0\x09\x01')).toBe(true);
        expect(isFrames(client, 8)).toBe(true);
        expect(isFrames(server, 0)).toBe(true);
      }
      expect(read.lines.filter((line) => line.endsWith('capture-ended'))).toEqual([]);
      expect(read.lines.filter((line) => line.endsWith('midway'))).toEqual([]);
    },
  );

  it.each(names)('%s reads the same in chunks of any size', (name) => {
    const bytes = load(name);
    const { lines, summary } = readChunks([bytes]);
    for (const size of [1, 7, 64, 1000, 4096]) {
      expect(readChunks(pieces(bytes, size))).toMatchObject({ lines, summary });
    }
  });

  it('begun midway falls into step at a frame boundary', () => {
    const read = readChunks([load('midway.pcap')]);
    expect(read.lines[0]).toContain(':5672 midway');
    for (const text of streams(read)[0]!) {
      const bytes = latin1(text);
      const boundary = findFrameBoundary(bytes, 0, bytes.length, false);
      expect(boundary).toBeGreaterThanOrEqual(0);
      expect(isFrames(text, boundary)).toBe(true);
      // The same from the middle of its first frame.
      const next = findFrameBoundary(bytes, boundary + 1, bytes.length, false);
      expect(next).toBeGreaterThan(boundary);
      expect(isFrames(text, next)).toBe(true);
    }
  });

  it('cut to 120 bytes a packet tells how much is missing', () => {
    const whole = readChunks([load('pika.pcap')]);
    const cut = readChunks([load('pika-snaplen-120.pcapng')]);
    expect(cut.summary.gaps).toBeGreaterThan(3);
    const size = ({ transcript }: Reading) => transcript.stream(1, 0).length + transcript.stream(1, 1).length;
    const lost = cut.lines.map((line) => Number(/^1: [<>] lost (\d+)$/.exec(line)?.[1] ?? 0));
    expect(size(cut) + lost.reduce((sum, bytes) => sum + bytes)).toBe(size(whole));
  });

  it('cut anywhere give the begin of each stream, and no error', () => {
    const bytes = load('amqplib.pcap');
    const whole = streams(readChunks([bytes]));
    for (let end = 24; end < bytes.length; end += 211) {
      const read = readChunks([bytes.subarray(0, end)]);
      expect(read.error).toBeUndefined();
      for (const [index, [client, server]] of streams(read).entries()) {
        expect(whole[index]![0].startsWith(client) && whole[index]![1].startsWith(server)).toBe(true);
      }
    }
  });
});
