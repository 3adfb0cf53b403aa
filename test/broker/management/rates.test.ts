// Rates from samples, on a virtual clock. Counterpart: src/broker/management/rates.ts.

import { describe, expect, it } from 'vitest';
import type { BrokerClock, Timer } from '../../../src/broker/clock.ts';
import { formatJson } from '../../../src/broker/definitions/exact-json.ts';
import { Rates, withRates } from '../../../src/broker/management/rates.ts';

class ManualClock implements BrokerClock {
  time = 0;
  timers: { at: number; fire: () => void }[] = [];

  now(): number {
    return this.time;
  }

  after(ms: number, fire: () => void): Timer {
    const timer = { at: this.time + ms, fire };
    this.timers.push(timer);
    return { cancel: () => (this.timers = this.timers.filter((other) => other !== timer)) };
  }

  pass(ms: number): void {
    this.time += ms;
    const due = this.timers.filter(({ at }) => at <= this.time);
    this.timers = this.timers.filter(({ at }) => at > this.time);
    for (const { fire } of due) fire();
  }
}

describe('rates', () => {
  it('are not known at first, and then the growth a second between the last two samples', () => {
    const clock = new ManualClock();
    const rates = new Rates(clock);
    const counts = { publish: 100, ack: 7 };
    const read = () => ({ ...counts });
    expect(rates.of(counts, read)).toEqual({});
    counts.publish = 150;
    clock.pass(5000);
    expect(rates.of(counts, read)).toEqual({ publish: 10, ack: 0 });
    clock.pass(5000);
    expect(rates.of(counts, read)).toEqual({ publish: 0, ack: 0 });
  });

  it('are right for what is asked for between two samples', () => {
    const clock = new ManualClock();
    const rates = new Rates(clock);
    rates.of({}, () => ({ n: 0 }));
    clock.pass(3000);
    const owner = { n: 0 };
    rates.of(owner, () => ({ n: owner.n }));
    owner.n = 20;
    clock.pass(2000);
    expect(rates.of(owner, () => ({ n: owner.n }))).toEqual({ n: 10 });
  });

  it('may fall, for lengths', () => {
    const clock = new ManualClock();
    const rates = new Rates(clock);
    const queue = { messages: 10 };
    rates.of(queue, () => ({ ...queue }));
    queue.messages = 0;
    clock.pass(5000);
    expect(rates.of(queue, () => ({ ...queue }))).toEqual({ messages: -2 });
  });

  it('are sampled only as long as somebody asks', () => {
    const clock = new ManualClock();
    const rates = new Rates(clock);
    let reads = 0;
    rates.of({}, () => ({ n: reads++ }));
    expect(clock.timers).toHaveLength(1);
    for (let i = 0; i < 20; i++) clock.pass(5000);
    expect(clock.timers).toHaveLength(0);
    expect(reads).toBeLessThan(15);
  });

  it('leave no timer behind', () => {
    const clock = new ManualClock();
    const rates = new Rates(clock);
    rates.of({}, () => ({ n: 1 }));
    rates.reset();
    expect(clock.timers).toHaveLength(0);
  });

  it('are written as floating-point numbers', () => {
    expect(formatJson(withRates({ ack: 3 }, {}))).toBe('{"ack":3,"ack_details":{"rate":0.0}}');
    expect(formatJson(withRates({ ack: 3 }, { ack: 0.25 }))).toBe('{"ack":3,"ack_details":{"rate":0.25}}');
  });
});
