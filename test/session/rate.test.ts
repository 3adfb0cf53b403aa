// Events a second, whatever time does.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Rate } from '../../src/session/rate.ts';

const SECOND = 1e6;
/** Any time of day; not the beginning of a second. */
const T = 1_800_000_000 * SECOND + 300_000;

function rateOf(...times: readonly number[]): Rate {
  const rate = new Rate();
  for (const time of times) rate.add(time);
  return rate;
}

/** Times of events at this many a second, evenly spread. */
function steady(perSecond: number, from: number, seconds: number): number[] {
  return Array.from({ length: perSecond * seconds }, (_, i) => from + (i * SECOND) / perSecond);
}

describe('a rate', () => {
  it('is 0 before anything happened', () => {
    expect(new Rate().perSecond(T)).toBe(0);
  });

  it('is that of the last second for what has just begun', () => {
    const rate = new Rate();
    rate.add(T, 50);
    expect(rate.perSecond(T)).toBe(50);
    expect(rate.perSecond(T + 2 * SECOND)).toBe(25);
  });

  it('holds for steady events, at any part of a second', () => {
    const events = steady(20, T, 30);
    for (let part = 0; part <= SECOND; part += SECOND / 4) {
      const now = T + 29 * SECOND + part;
      expect(rateOf(...events.filter((time) => time <= now)).perSecond(now)).toBeCloseTo(20, 0);
    }
  });

  it('falls to 0 within the window and a second when events end', () => {
    const rate = rateOf(...steady(10, T, 20));
    const end = T + 20 * SECOND;
    const seen = Array.from({ length: 12 }, (_, second) => rate.perSecond(end + second * SECOND));
    expect(seen).toEqual([...seen].sort((a, b) => b - a));
    expect(seen[5]).toBeCloseTo(5, 0);
    expect(seen.at(-1)).toBe(0);
    expect(rate.perSecond(end + 3600 * SECOND)).toBe(0);
  });

  it('spreads a burst after a long silence over the whole window', () => {
    const rate = rateOf(T);
    rate.add(T + 3600 * SECOND, 100);
    expect(rate.perSecond(T + 3600 * SECOND)).toBe(10);
  });

  it('counts what comes late as of now', () => {
    const rate = rateOf(...steady(10, T, 20));
    const before = rate.perSecond(T + 20 * SECOND);
    rate.add(T + 12 * SECOND, 10);
    expect(rate.perSecond(T + 20 * SECOND)).toBeCloseTo(before + 1, 5);
  });

  it('answers for an earlier time as for the newest it knows', () => {
    const rate = rateOf(...steady(10, T, 20));
    expect(rate.perSecond(T)).toBe(rate.perSecond(T + 19.7 * SECOND));
  });

  it('begins anew when the clock is set far back', () => {
    const rate = rateOf(...steady(1000, T, 5));
    rate.add(T - 3600 * SECOND, 7);
    expect(rate.perSecond(T - 3600 * SECOND)).toBe(7);
    expect(rate.perSecond(T - 3500 * SECOND)).toBe(0);
  });

  it('never counts less than the last nine seconds nor more than the last eleven, for times that ascend', () => {
    const gaps = fc.array(fc.integer({ min: 0, max: 3 * SECOND }), { minLength: 1, maxLength: 200 });
    fc.assert(
      fc.property(gaps, fc.integer({ min: 0, max: 15 * SECOND }), (steps, later) => {
        let time = T;
        const times = steps.map((step) => (time += step));
        const now = time + later;
        const since = (seconds: number) => times.filter((at) => at > now - seconds * SECOND).length;
        const span = Math.min(10, Math.max(1, (now - times[0]!) / SECOND));
        const counted = rateOf(...times).perSecond(now) * span;
        expect(counted).toBeGreaterThanOrEqual(since(9) - 1e-6);
        expect(counted).toBeLessThanOrEqual(since(11) + 1e-6);
      }),
    );
  });

  it('is a number from 0 up whatever the times', () => {
    const times = fc.array(fc.integer({ min: -(2 ** 50), max: 2 ** 50 }), { maxLength: 50 });
    fc.assert(
      fc.property(times, fc.integer({ min: -(2 ** 50), max: 2 ** 50 }), (all, now) => {
        const seen = rateOf(...all).perSecond(now);
        expect(seen).toBeGreaterThanOrEqual(0);
        expect(seen).toBeLessThanOrEqual(all.length);
      }),
    );
  });
});
