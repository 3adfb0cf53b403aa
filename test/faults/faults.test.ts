// What each fault decides, what several decide together, and that the dice fall the same way for the same seed.

import { describe, expect, test } from 'vitest';
import { ConfigError } from '../../src/errors.ts';
import { parseDelay } from '../../src/faults/delay.ts';
import { parseDuration } from '../../src/faults/duration.ts';
import { FaultEngine, startFaults } from '../../src/faults/engine.ts';
import { DROP, FORWARD, type Verdict } from '../../src/faults/fault.ts';
import { seededRandom } from '../../src/faults/random.ts';
import { explainFault, type FaultSpec } from '../../src/faults/registry.ts';
import { CLIENT_TO_SERVER, HEARTBEAT_FRAME, SERVER_TO_CLIENT } from '../../src/protocol/frame.ts';
import { encodeMethodFrame } from '../../src/protocol/method.ts';

const OPEN = encodeMethodFrame(1, 'channel.open', {});
const where = (direction: 0 | 1, connection = 1) => ({ connection, direction });
const delay = (ms: number, jitterMs = 0): FaultSpec => ({ kind: 'delay', options: { ms, jitterMs } });
const drop = (from: 'client' | 'server' | 'both'): FaultSpec => ({ kind: 'drop-heartbeats', options: { from } });

describe('durations', () => {
  test.each([
    ...([
      ['50ms', 50],
      ['1.5s', 1500],
      ['2m', 120_000],
      ['1h', 3_600_000],
    ] as const),
    ...([
      ['250us', 0.25],
      ['250µs', 0.25],
      ['250μs', 0.25],
      ['5min', 300_000],
      [' 0 ', 0],
      ['0.0', 0],
      ['2147483647ms', 2_147_483_647],
    ] as const),
  ])('%s is %d ms', (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });

  test.each([
    '',
    'ms',
    '-5ms',
    '+5',
    '1e3',
    '5 ms',
    '5d',
    '5M',
    '5constructor',
    '.5s',
    '1,5s',
    '2147483648ms',
    '50',
    '600h',
    'NaN',
    'Infinity',
  ])("'%s' is none", (text) => {
    expect(parseDuration(text)).toBeUndefined();
  });
});

describe('--delay', () => {
  test.each([
    ['50ms', 50, 0],
    ['50ms±20ms', 50, 20],
    ['50ms+-20ms', 50, 20],
    ['1s+/-100ms', 1000, 100],
    ['50ms ± 50ms', 50, 50],
    ['0', 0, 0],
  ])('%s', (text, ms, jitterMs) => {
    expect(parseDelay('--delay', text)).toEqual({ ms, jitterMs });
  });

  test.each(['', 'fast', '±20ms', '50ms±', '50ms±20ms±10ms', '50ms-20ms', '-50ms', '50', '50ms±20'])(
    "'%s' is refused",
    (text) => {
      expect(() => parseDelay('--delay', text)).toThrow(ConfigError);
      expect(() => parseDelay('--delay', text)).toThrow(/^--delay: expected a duration with its unit, like 50ms/);
    },
  );

  test('with a jitter larger than itself is refused', () => {
    expect(() => parseDelay('--delay', '50ms±60ms')).toThrow(
      /^--delay: the jitter is larger than the delay: '50ms±60ms'$/,
    );
  });

  test('says what it does', () => {
    expect(explainFault(delay(50))).toBe('delays each frame by 50 ms in each direction');
    expect(explainFault(delay(50, 20))).toBe('delays each frame by 50 ms ± 20 ms in each direction');
  });

  test('delays by its mean, whatever the unit', () => {
    const engine = startFaults([delay(50)], 1, where(CLIENT_TO_SERVER))!;
    for (const unit of ['protocol-header', 'frame', 'piece', 'opaque'] as const) {
      expect(engine.decide(unit, OPEN)).toEqual({ kind: 'delay', ms: 50 });
    }
  });

  test('spreads its jitter over the whole range, never below zero, and the same way for the same seed', () => {
    const draw = (seed: number, direction: 0 | 1, connection: number) => {
      const engine = startFaults([delay(10, 20)], seed, where(direction, connection))!;
      return Array.from({ length: 2000 }, () => {
        const verdict = engine.decide('frame', OPEN);
        return verdict.kind === 'delay' ? verdict.ms : 0;
      });
    };
    const delays = draw(7, 0, 1);
    expect(Math.min(...delays)).toBe(0);
    expect(Math.max(...delays)).toBeGreaterThan(29);
    expect(Math.max(...delays)).toBeLessThanOrEqual(30);
    expect(draw(7, 0, 1)).toEqual(delays);
    for (const other of [draw(8, 0, 1), draw(7, 1, 1), draw(7, 0, 2)]) expect(other).not.toEqual(delays);
  });
});

describe('--drop-heartbeats', () => {
  test.each([
    ['client', CLIENT_TO_SERVER, true],
    ['client', SERVER_TO_CLIENT, false],
    ['server', CLIENT_TO_SERVER, false],
    ['server', SERVER_TO_CLIENT, true],
    ['both', CLIENT_TO_SERVER, true],
    ['both', SERVER_TO_CLIENT, true],
  ] as const)('%s, in direction %d', (from, direction, drops) => {
    const engine = startFaults([drop(from)], 1, where(direction));
    if (!drops) return expect(engine).toBeUndefined();
    expect(engine!.decide('frame', HEARTBEAT_FRAME)).toBe(DROP);
    expect(engine!.decide('frame', OPEN)).toBe(FORWARD);
    expect(engine!.decide('opaque', HEARTBEAT_FRAME)).toBe(FORWARD);
    expect(engine!.decide('piece', HEARTBEAT_FRAME)).toBe(FORWARD);
  });

  test('says what it does', () => {
    expect(explainFault(drop('client'))).toBe('drops the heartbeats sent by the client');
    expect(explainFault(drop('both'))).toBe('drops the heartbeats sent by both sides');
  });
});

describe('the joint verdict', () => {
  const engineOf = (...verdicts: Verdict[]) => new FaultEngine(verdicts.map((verdict) => () => verdict));

  test('forwards what no fault objects to', () => {
    expect(engineOf().decide('frame', OPEN)).toBe(FORWARD);
    expect(engineOf(FORWARD, FORWARD).decide('frame', OPEN)).toBe(FORWARD);
    expect(engineOf({ kind: 'delay', ms: 0 }).decide('frame', OPEN)).toBe(FORWARD);
  });

  test('adds up delays', () => {
    expect(engineOf({ kind: 'delay', ms: 5 }, FORWARD, { kind: 'delay', ms: 7 }).decide('frame', OPEN)).toEqual({
      kind: 'delay',
      ms: 12,
    });
  });

  test('drops what any fault drops', () => {
    expect(engineOf({ kind: 'delay', ms: 5 }, DROP, FORWARD).decide('frame', OPEN)).toBe(DROP);
  });

  test('is left out where no fault has a say', () => {
    expect(startFaults([], 1, where(0))).toBeUndefined();
    expect(startFaults([drop('client')], 1, where(1))).toBeUndefined();
  });
});

describe('the random source', () => {
  test('repeats itself for the same seed and keys, and for no others', () => {
    const draw = (...keys: [number, ...number[]]) => {
      const random = seededRandom(...keys);
      return Array.from({ length: 10 }, () => random());
    };
    expect(draw(1, 2, 3)).toEqual(draw(1, 2, 3));
    const streams = [draw(0), draw(1), draw(1, 2), draw(1, 2, 3), draw(1, 3, 2), draw(2, 1, 3), draw(2 ** 31, 2, 3)];
    expect(new Set(streams.map(String)).size).toBe(streams.length);
  });

  test.each([0, 1, 0xffffffff])('is uniform over [0, 1) for seed %d', (seed) => {
    const random = seededRandom(seed, 0, 1, 0);
    const bins = new Array<number>(16).fill(0);
    for (let draw = 0; draw < 16_000; draw++) {
      const value = random();
      expect(value >= 0 && value < 1).toBe(true);
      bins[Math.floor(value * 16)]! += 1;
    }
    // Chi-squared with 15 degrees of freedom: above 45 once in ten thousand.
    expect(bins.reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0)).toBeLessThan(45);
  });
});
