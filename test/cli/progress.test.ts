// The words of the progress bar and of sizes; lines of hex.

import { describe, expect, it } from 'vitest';
import { hexDump } from '../../src/cli/hex-dump.ts';
import { progressText } from '../../src/cli/progress.ts';
import { sizeText } from '../../src/cli/size-text.ts';

describe('the progress bar', () => {
  it('shows how much is done, of what, and how fast', () => {
    const [half, all] = [progressText(50 << 20, 100 << 20, 2000), progressText(100 << 20, 100 << 20, 4000)];
    expect(half).toBe(`${'█'.repeat(15)}${'░'.repeat(15)}  50 %  50 MiB of 100 MiB  25 MiB/s`);
    expect(all).toBe(`${'█'.repeat(30)} 100 %  100 MiB of 100 MiB  25 MiB/s`);
  });

  it('does not overflow when the file grows meanwhile', () => {
    expect(progressText(200, 100, 1000)).toMatch(/^█{30} 100 %/);
    expect(progressText(0, 0, 1000)).toMatch(/^█{30} 100 %/);
  });
});

describe('sizes', () => {
  it.each([
    [0, '0'],
    [99_999, '99999'],
    [100_000, '97.7K'],
    [1024 * 1023.96, '1.0M'],
    [1.5 * 2 ** 30, '1.5G'],
    [2 ** 45, '32.0T'],
  ])('the size %d is written as %s', (bytes, text) => {
    expect(sizeText(bytes)).toBe(text);
  });
});

describe('a hex dump', () => {
  it('has sixteen bytes a line, with their offset from the start', () => {
    const bytes = Uint8Array.from({ length: 20 }, (_, i) => 0x3e + i);
    expect([...hexDump(bytes, 2, 20)]).toEqual([
      '0000  40 41 42 43 44 45 46 47  48 49 4a 4b 4c 4d 4e 4f  @ABCDEFGHIJKLMNO',
      '0010  50 51                                             PQ',
    ]);
  });

  it('shows nothing of bytes but printable ASCII', () => {
    const bytes = Uint8Array.of(0x00, 0x1b, 0x20, 0x7e, 0x7f, 0x9b, 0xff);
    expect([...hexDump(bytes, 0, 7)]).toEqual(['0000  00 1b 20 7e 7f 9b ff                              ·· ~···']);
  });

  it('has wider offsets where it needs them', () => {
    const [first] = hexDump(new Uint8Array(0x10001), 0, 0x10001);
    expect(first).toMatch(/^00000 {2}00 /);
  });
});
