// Rates from samples, on a virtual clock. Counterpart: src/broker/management/rates.ts.

import { describe, expect, it } from 'vitest';
import { formatJson } from '../../../src/broker/definitions/exact-json.ts';
import { Rates, withRates } from '../../../src/broker/management/rates.ts';
import { VirtualClock } from '../../rig/virtual-clock.ts';

describe('rates', () => {
  it('are not known at first, and then the growth a second between the last two samples', () => {
    const clock = new VirtualClock();
    const rates = new Rates(clock);
    const counts = { publish: 100, ack: 7 };
    const read = () => ({ ...counts });
    expect(rates.of(counts, read)).toEqual({});
    counts.publish = 150;
    clock.advance(5000);
    expect(rates.of(counts, read)).toEqual({ publish: 10, ack: 0 });
    clock.advance(5000);
    expect(rates.of(counts, read)).toEqual({ publish: 0, ack: 0 });
  });

  it('are right for what is asked for between two samples', () => {
    const clock = new VirtualClock();
    const rates = new Rates(clock);
    rates.of({}, () => ({ n: 0 }));
    clock.advance(3000);
    const owner = { n: 0 };
    rates.of(owner, () => ({ n: owner.n }));
    owner.n = 20;
    clock.advance(2000);
    expect(rates.of(owner, () => ({ n: owner.n }))).toEqual({ n: 10 });
  });

  it('may fall, for lengths', () => {
    const clock = new VirtualClock();
    const rates = new Rates(clock);
    const queue = { messages: 10 };
    rates.of(queue, () => ({ ...queue }));
    queue.messages = 0;
    clock.advance(5000);
    expect(rates.of(queue, () => ({ ...queue }))).toEqual({ messages: -2 });
  });

  it('are sampled only as long as somebody asks', () => {
    const clock = new VirtualClock();
    const rates = new Rates(clock);
    let reads = 0;
    rates.of({}, () => ({ n: reads++ }));
    expect(clock.pending).toBe(1);
    for (let i = 0; i < 20; i++) clock.advance(5000);
    expect(clock.pending).toBe(0);
    expect(reads).toBeLessThan(15);
  });

  it('leave no timer behind', () => {
    const clock = new VirtualClock();
    const rates = new Rates(clock);
    rates.of({}, () => ({ n: 1 }));
    rates.reset();
    expect(clock.pending).toBe(0);
  });

  it('are written as floating-point numbers', () => {
    expect(formatJson(withRates({ ack: 3 }, {}))).toBe('{"ack":3,"ack_details":{"rate":0.0}}');
    expect(formatJson(withRates({ ack: 3 }, { ack: 0.25 }))).toBe('{"ack":3,"ack_details":{"rate":0.25}}');
  });
});
