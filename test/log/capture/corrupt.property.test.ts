import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CaptureReader } from '../../../src/log/capture/capture-reader.ts';
import type { CaptureSink } from '../../../src/log/capture/capture-sink.ts';
import { concat } from './packets.ts';
import { readChunks } from './transcript.ts';

const folder = path.join(import.meta.dirname, '../../../fixtures/captures');
const files = readdirSync(folder)
  .filter((name) => /\.pcap(ng)?$/.test(name))
  .map((name) => new Uint8Array(readFileSync(path.join(folder, name))));

/** Reads and checks what holds for any input; `readChunks` rethrows whatever is no CaptureFormatError. */
function check(bytes: Uint8Array, chunk: number): void {
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += chunk) pieces.push(bytes.subarray(at, at + chunk));
  const { transcript, summary, lines } = readChunks(pieces);
  let delivered = 0;
  for (let connection = 1; connection <= summary.connections; connection++) {
    delivered += transcript.stream(connection, 0).length + transcript.stream(connection, 1).length;
  }
  expect(delivered).toBeLessThanOrEqual(bytes.length);
  expect(summary.bytes).toBeLessThanOrEqual(bytes.length);
  const opened = lines.filter((line) => line.includes(': open ')).length;
  expect(lines.filter((line) => /: (closed|reset|capture-ended)$/.test(line)).length).toBeGreaterThanOrEqual(opened);
  for (const time of transcript.times) expect(() => new Date(time / 1000).toISOString()).not.toThrow();
}

describe('corrupt captures', () => {
  it('of random bytes behind a true begin end in an error or nothing, never in a crash', () => {
    const begins = files.map((bytes) => bytes.subarray(0, 200));
    fc.assert(
      fc.property(
        fc.constantFrom(...begins),
        fc.uint8Array({ maxLength: 2000 }),
        fc.integer({ min: 1, max: 999 }),
        (begin, rest, chunk) => {
          check(concat(begin, rest), chunk);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('with any bytes changed give no more than was in them', () => {
    const changes = fc.array(fc.tuple(fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }), fc.nat(255)), {
      minLength: 1,
      maxLength: 40,
    });
    fc.assert(
      fc.property(fc.constantFrom(...files), changes, fc.integer({ min: 100, max: 9999 }), (file, changed, chunk) => {
        const bytes = file.slice(0, 15_000);
        for (const [at, value] of changed) bytes[Math.floor(at * bytes.length)] = value;
        check(bytes, chunk);
      }),
      { numRuns: 300 },
    );
  });

  it('keep no more in memory than they hold, whatever lengths they claim', () => {
    const sink: CaptureSink<null> = { open: () => null, data: () => {}, gap: () => {}, end: () => {} };
    const before = process.memoryUsage().arrayBuffers;
    const readers = Array.from({ length: 50 }, () => {
      const reader = new CaptureReader(sink);
      // A pcapng block that claims 16 MiB, of which little comes.
      reader.write(Uint8Array.of(0x0a, 0x0d, 0x0d, 0x0a, 0, 0, 0, 1, 0x4d, 0x3c, 0x2b, 0x1a, 1, 0, 0, 0));
      return reader;
    });
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(50 * 200 * 1024);
    for (const reader of readers) expect(() => reader.end()).toThrow(/expected a pcap or pcapng file/);
  });
});
