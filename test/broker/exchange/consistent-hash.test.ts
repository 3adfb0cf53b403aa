import { describe, expect, it } from 'vitest';
import { CONSISTENT_HASH } from '../../../src/broker/exchange/consistent-hash.ts';
import type { Message } from '../../../src/broker/message/message.ts';
import { table } from '../../rig/field-values.ts';
import { Bindings, message, messageWith } from './bindings.ts';

const KEYS = Array.from({ length: 10_000 }, (_, index) => `key-${index}`);

/** Where each of the keys goes. */
function placesOf(bindings: Bindings): string[] {
  return KEYS.map((key) => bindings.queuesOf(key).join());
}

/** How many keys go to each queue. */
function shares(bindings: Bindings): { [queue: string]: number } {
  const counts: { [queue: string]: number } = {};
  for (const queue of placesOf(bindings)) counts[queue] = (counts[queue] ?? 0) + 1;
  return counts;
}

function expectOneQueue(bindings: Bindings, ...messages: Message[]): void {
  const [first, ...rest] = messages.map((each) => bindings.queuesOf(each));
  expect(first).toHaveLength(1);
  for (const other of rest) expect(other).toEqual(first);
}

/** A number of different messages go to every one of the queues. */
function expectAllQueues(bindings: Bindings, messageOf: (number: number) => Message): void {
  const used = new Set(Array.from({ length: 100 }, (_, number) => bindings.queuesOf(messageOf(number)).join()));
  expect([...used].sort()).toEqual(['a', 'b', 'c']);
}

function threeQueues(args: Parameters<typeof table>[0] = {}): Bindings {
  const bindings = new Bindings(CONSISTENT_HASH, args);
  for (const queue of ['a', 'b', 'c']) bindings.bind(queue, '1');
  return bindings;
}

describe('the consistent-hash exchange', () => {
  it('routes every message to one queue, equal keys to the same', () => {
    const bindings = threeQueues();
    const places = placesOf(bindings);
    expect(new Set(places)).toEqual(new Set(['a', 'b', 'c']));
    expect(placesOf(bindings)).toEqual(places);
    expect(new Bindings(CONSISTENT_HASH).queuesOf('k')).toEqual([]);
  });

  it('shares messages out by weight', () => {
    const bindings = new Bindings(CONSISTENT_HASH);
    for (const [queue, weight] of Object.entries({ a: '1', b: '2', c: '7' })) bindings.bind(queue, weight);
    const { a = 0, b = 0, c = 0 } = shares(bindings);
    expect(a + b + c).toBe(KEYS.length);
    expect(a / KEYS.length).toBeCloseTo(0.1, 1.5);
    expect(b / KEYS.length).toBeCloseTo(0.2, 1.5);
    expect(c / KEYS.length).toBeCloseTo(0.7, 1.5);
  });

  it('shares messages out evenly between many queues of equal weight', () => {
    const bindings = new Bindings(CONSISTENT_HASH);
    for (let i = 0; i < 20; i++) bindings.bind(`queue-${i}`, '10');
    const counts = Object.values(shares(bindings));
    expect(counts).toHaveLength(20);
    expect(Math.min(...counts)).toBeGreaterThan(420);
    expect(Math.max(...counts)).toBeLessThan(580);
  });

  it('moves messages only to a queue that comes, and only from one that goes', () => {
    const bindings = threeQueues();
    const before = placesOf(bindings);
    const added = bindings.bind('d', '2');
    const after = placesOf(bindings);
    expect(after.filter((place, index) => place !== 'd' && place !== before[index])).toEqual([]);
    expect(after.filter((place) => place === 'd').length / KEYS.length).toBeCloseTo(0.4, 1.5);
    bindings.unbind(added);
    expect(placesOf(bindings)).toEqual(before);
  });

  it('goes by the queues that are bound, not by the order in which they were', () => {
    const bindings = new Bindings(CONSISTENT_HASH);
    for (const queue of ['c', 'a', 'b']) bindings.bind(queue, '1');
    expect(placesOf(bindings)).toEqual(placesOf(threeQueues()));
  });

  it('gives a queue the weight of its first binding, and none once any of them is gone', () => {
    const bindings = new Bindings(CONSISTENT_HASH);
    bindings.bind('a', '1');
    bindings.bind('b', '1');
    const second = bindings.bind('b', '1000');
    expect((shares(bindings)['b'] ?? 0) / KEYS.length).toBeCloseTo(0.5, 1.5);
    bindings.unbind(second);
    expect(shares(bindings)).toEqual({ a: KEYS.length });
  });

  it('hashes a header if asked to, its type included', () => {
    const bindings = threeQueues({ 'hash-header': 'h' });
    expectAllQueues(bindings, (number) => messageWith({ h: number }));
    expectOneQueue(
      bindings,
      message('1', { headers: table({ h: 'v' }) }),
      message('2', { headers: table({ h: 'v' }) }),
    );
    expectOneQueue(bindings, messageWith({ h: { a: [1] } }), messageWith({ h: { a: [1] }, other: 1 }));
    expectOneQueue(bindings, message('1'), message('2'), messageWith({ other: 1 }));
  });

  it('hashes a property if asked to', () => {
    const byId = threeQueues({ 'hash-property': 'message_id' });
    expectAllQueues(byId, (number) => message('k', { message_id: `${number}` }));
    expectOneQueue(byId, message('1', { message_id: 'm' }), message('2', { message_id: 'm', correlation_id: 'c' }));
    expectOneQueue(byId, message('1'), message('2', { correlation_id: 'c' }));
    const byCorrelation = threeQueues({ 'hash-property': 'correlation_id' });
    expectAllQueues(byCorrelation, (number) => message('k', { correlation_id: `${number}` }));
    const byTime = threeQueues({ 'hash-property': 'timestamp' });
    expectAllQueues(byTime, (number) => message('k', { timestamp: BigInt(number) }));
  });

  it('takes weights of any size', () => {
    const bindings = new Bindings(CONSISTENT_HASH);
    bindings.bind('small', '1');
    bindings.bind('+', '+5');
    bindings.bind('large', '9'.repeat(200));
    expect(shares(bindings)).toEqual({ large: KEYS.length });
  });

  it('refuses binding keys that are no weights', () => {
    const bindings = new Bindings(CONSISTENT_HASH);
    const refusal = (key: string) => {
      try {
        return bindings.bind('q', key) && 'taken';
      } catch (error) {
        return (error as Error).message;
      }
    };
    expect(refusal('ten')).toBe('PRECONDITION_FAILED - The binding key must be an integer: <<"ten">>');
    expect(refusal('1.5')).toBe('PRECONDITION_FAILED - The binding key must be an integer: <<"1.5">>');
    expect(refusal('0')).toBe('PRECONDITION_FAILED - The binding key must be greater than 0');
    expect(refusal('-1')).toBe('PRECONDITION_FAILED - The binding key must be greater than 0');
  });

  it('refuses arguments that contradict each other or name what it cannot hash', () => {
    const declare = (args: Parameters<typeof table>[0]) => () => new Bindings(CONSISTENT_HASH, args);
    expect(declare({ 'hash-header': 'h', 'hash-property': 'message_id' })).toThrow(
      'PRECONDITION_FAILED - hash-header and hash-property are mutually exclusive',
    );
    expect(declare({ 'hash-property': 'app_id' })).toThrow('PRECONDITION_FAILED - Unsupported property: app_id');
    expect(declare({ 'hash-header': 5 })).toThrow('INTERNAL_ERROR');
  });
});
