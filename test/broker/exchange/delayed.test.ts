import { describe, expect, it } from 'vitest';
import { delayOf } from '../../../src/broker/exchange/delayed.ts';
import { DELAYED } from '../../../src/broker/exchange/registry.ts';
import type { PlainValue } from '../../rig/field-values.ts';
import { Bindings, message, messageWith } from './bindings.ts';

describe('the delayed-message exchange', () => {
  it('routes as the type that its argument names', () => {
    const topic = new Bindings(DELAYED, { 'x-delayed-type': 'topic' });
    const hash = topic.bind('q', '#');
    expect(topic.queuesOf('a.b')).toEqual(['q']);
    topic.unbind(hash);
    expect(topic.queuesOf('a.b')).toEqual([]);
    const direct = new Bindings(DELAYED, { 'x-delayed-type': 'direct' });
    direct.bind('q', '#');
    expect(direct.queuesOf('a.b')).toEqual([]);
    const random = new Bindings(DELAYED, { 'x-delayed-type': 'x-random' }, () => 0.9);
    random.bind('a');
    random.bind('b');
    expect(random.queuesOf('k')).toEqual(['b']);
  });

  it('checks arguments and bindings as that type does', () => {
    const hashed = { 'x-delayed-type': 'x-consistent-hash' };
    expect(() => new Bindings(DELAYED, { ...hashed, 'hash-property': 'no' })).toThrow('Unsupported property: no');
    expect(() => new Bindings(DELAYED, hashed).bind('q', 'no')).toThrow('The binding key must be an integer');
    expect(() => new Bindings(DELAYED, { 'x-delayed-type': 'fanout' }).bind('q', 'no')).not.toThrow();
  });

  it('wants an existing type other than itself', () => {
    const declare = (type: PlainValue) => () => new Bindings(DELAYED, { 'x-delayed-type': type });
    const missing = "PRECONDITION_FAILED - Invalid argument, 'x-delayed-type' must be an existing exchange type";
    expect(() => new Bindings(DELAYED)).toThrow(missing);
    expect(declare(5)).toThrow(missing);
    expect(declare('x-delayed-message')).toThrow(
      "PRECONDITION_FAILED - Invalid argument, 'x-delayed-message' can't be used for 'x-delayed-type'",
    );
    expect(declare('nonsense')).toThrow("COMMAND_INVALID - unknown exchange type 'nonsense'");
  });
});

describe('a message’s delay', () => {
  it.each<[string, PlainValue, number | undefined]>([
    ['an integer', 5000, 5000],
    ['a long integer', 5000n, 5000],
    ['a fraction, cut', 1500.9, 1500],
    ['digits', '250', 250],
    ['the longest', 4294967295, 4294967295],
    ['too long', 4294967296, undefined],
    ['zero', 0, undefined],
    ['less than zero, which tells that the delay is over', -5000, undefined],
    ['a fraction below one', 0.5, undefined],
    ['other text', 'soon', undefined],
    ['a truth value', true, undefined],
    ['nothing', null, undefined],
  ])('is read from x-delay: %s', (_what, value, delay) => {
    expect(delayOf(messageWith({ 'x-delay': value }))).toBe(delay);
  });

  it('is none without the header', () => {
    expect(delayOf(message('k'))).toBeUndefined();
    expect(delayOf(messageWith({ other: 1 }))).toBeUndefined();
  });
});
