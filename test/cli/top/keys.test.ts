// Keys as terminals send them, in any pieces.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isCharacter, KeyDecoder } from '../../../src/cli/top/keys.ts';

function decode(...pieces: readonly string[]): string[] {
  const decoder = new KeyDecoder();
  return pieces.flatMap((piece) => decoder.decode(piece));
}

const KEYS: readonly (readonly [sent: string, key: string])[] = [
  ['q', 'q'],
  ['/', '/'],
  ['é', 'é'],
  ['倉', '倉'],
  ['🐇', '🐇'],
  ['\r', 'enter'],
  ['\n', 'enter'],
  ['\t', 'tab'],
  ['\x7f', 'backspace'],
  ['\x08', 'backspace'],
  ['\x03', 'ctrl-c'],
  ['\x0c', 'ctrl-l'],
  ['\x1a', 'ctrl-z'],
  ['\x1b[A', 'up'],
  ['\x1bOA', 'up'],
  ['\x1b[1;5A', 'up'],
  ['\x1b[B', 'down'],
  ['\x1b[C', 'right'],
  ['\x1b[D', 'left'],
  ['\x1b[Z', 'back-tab'],
  ['\x1b[H', 'home'],
  ['\x1bOH', 'home'],
  ['\x1b[1~', 'home'],
  ['\x1b[7~', 'home'],
  ['\x1b[F', 'end'],
  ['\x1b[4~', 'end'],
  ['\x1b[5~', 'page-up'],
  ['\x1b[6~', 'page-down'],
  ['\x1b[6;2~', 'page-down'],
  ['\x1bOM', 'enter'],
];

describe('a key', () => {
  it.each(KEYS)('sent as %j is %s', (sent, key) => {
    expect(decode(sent)).toEqual([key]);
  });

  it('is the same in whatever pieces it comes', () => {
    for (const [sent, key] of KEYS) expect(decode(...sent)).toEqual([key]);
  });

  it('of no known name is passed over as a whole', () => {
    expect(decode('a\x1b[24~b\x1b[<0;12;7Mc\x1b[?1;2cd\x1bxe\x1bOPf\x00g\x9bh')).toEqual([...'abcdefgh']);
  });

  it('may come with others at once', () => {
    expect(decode('/or\x1b[B\r\x1b[')).toEqual(['/', 'o', 'r', 'down', 'enter']);
  });
});

describe('the escape key', () => {
  it('is known by what does not follow', () => {
    const decoder = new KeyDecoder();
    expect(decoder.decode('\x1b')).toEqual([]);
    expect(decoder.waiting).toBe(true);
    expect(decoder.timeout()).toEqual(['escape']);
    expect(decoder.waiting).toBe(false);
    expect(decoder.decode('A')).toEqual(['A']);
  });

  it('pressed twice is two keys', () => {
    const decoder = new KeyDecoder();
    expect([...decoder.decode('\x1b\x1b'), ...decoder.timeout()]).toEqual(['escape', 'escape']);
  });

  it('is no broken sequence', () => {
    const decoder = new KeyDecoder();
    expect([...decoder.decode('\x1b[1;'), ...decoder.timeout(), ...decoder.decode('q')]).toEqual(['q']);
  });
});

describe('whatever is sent', () => {
  it('gives the same keys in any pieces, and every one of them is a name or a single character', () => {
    const piece = fc.oneof(fc.constantFrom('\x1b', '[', 'O', ';', '1', '~', 'A'), fc.string({ unit: 'binary' }));
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        const keys = decode(...pieces);
        expect(decode(pieces.join(''))).toEqual(keys);
        for (const key of keys) expect(isCharacter(key) || /^[a-z]+(-[a-z]+)?$/.test(key)).toBe(true);
      }),
    );
  });
});
