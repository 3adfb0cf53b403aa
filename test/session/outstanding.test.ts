import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Outstanding, RingBudget } from '../../src/session/outstanding.ts';

function settledBy(act: (told: (number: number) => void) => unknown): { result: unknown; numbers: number[] } {
  const numbers: number[] = [];
  const result = act((number) => numbers.push(number));
  return { result, numbers };
}

describe('what a channel has outstanding', () => {
  test('is settled one by one, in any order', () => {
    const ring = new Outstanding<string>(new RingBudget());
    for (let i = 0; i < 5; i++) ring.push(i + 1, i, 'x');
    expect(settledBy((told) => ring.settle(3, told))).toEqual({ result: 'settled', numbers: [3] });
    expect(settledBy((told) => ring.settle(3, told))).toEqual({ result: 'already', numbers: [] });
    expect(settledBy((told) => ring.settle(6, told))).toEqual({ result: 'unknown', numbers: [] });
    expect(settledBy((told) => ring.settle(0, told))).toEqual({ result: 'unknown', numbers: [] });
    expect(ring.size).toBe(4);
  });

  test('is settled up to a number, and all of it by 0', () => {
    const ring = new Outstanding<string>(new RingBudget());
    for (let i = 0; i < 5; i++) ring.push(i + 1, i, 'x');
    ring.settle(2, () => {});
    expect(settledBy((told) => ring.settleUpTo(4, told))).toEqual({ result: 'settled', numbers: [1, 3, 4] });
    expect(settledBy((told) => ring.settleUpTo(4, told))).toEqual({ result: 'already', numbers: [] });
    expect(settledBy((told) => ring.settleUpTo(9, told))).toEqual({ result: 'unknown', numbers: [] });
    expect(settledBy((told) => ring.settleUpTo(0, told))).toEqual({ result: 'settled', numbers: [5] });
  });

  test('hands back the row, the time and the owner of each', () => {
    const ring = new Outstanding<string>(new RingBudget());
    ring.push(70, 1000, 'consumer');
    const told: unknown[] = [];
    ring.settle(1, (...entry) => told.push(entry));
    expect(told).toEqual([[1, 70, 1000, 'consumer']]);
  });

  test('stays exact in number and bounded in detail when a million are never settled', () => {
    const ring = new Outstanding<undefined>(new RingBudget());
    for (let i = 1; i <= 1_000_000; i++) ring.push(i, i, undefined);
    expect(ring.size).toBe(1_000_000);
    expect(ring.counted).toBe(1_000_000 - 65_536);
    expect(ring.settle(1, () => {})).toBe('settled');
    const { numbers } = settledBy((told) => ring.settleUpTo(0, told));
    expect(numbers).toHaveLength(65_536);
    expect(ring.size).toBe(0);
  });

  test('takes no more than its share where many channels settle nothing', () => {
    const budget = new RingBudget();
    const rings = Array.from({ length: 200 }, () => new Outstanding<undefined>(budget));
    for (const ring of rings) for (let i = 1; i <= 65_536; i++) ring.push(i, i, undefined);
    expect(budget.left).toBeGreaterThanOrEqual(0);
    for (const ring of rings) expect(ring.size).toBe(65_536);
    for (const ring of rings) ring.clear();
    expect(budget.left).toBe(new RingBudget().left);
  });

  test('agrees with a plain set, whatever is handed out and settled', () => {
    const step = fc.oneof(
      fc.constant({ do: 'push' } as const),
      fc.record({ do: fc.constant('one' as const), number: fc.integer({ min: 0, max: 60 }) }),
      fc.record({ do: fc.constant('many' as const), number: fc.integer({ min: 0, max: 60 }) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const ring = new Outstanding<undefined>(new RingBudget());
        const model = new Set<number>();
        for (const now of steps) {
          if (now.do === 'push') model.add(ring.push(ring.next, 0, undefined));
          else {
            const last = now.do === 'many' && now.number === 0 ? ring.next - 1 : now.number;
            const expected = [...model].filter((number) => (now.do === 'one' ? number === last : number <= last));
            const { numbers } = settledBy((told) =>
              now.do === 'one' ? ring.settle(now.number, told) : ring.settleUpTo(now.number, told),
            );
            const isUnknown = last >= ring.next;
            expect(numbers).toEqual(isUnknown ? [] : expected);
            for (const number of numbers) model.delete(number);
          }
          expect(ring.size).toBe(model.size);
        }
      }),
    );
  });
});
