import { describe, expect, it } from 'vitest';
import { HEADERS } from '../../../src/broker/exchange/headers.ts';
import type { PlainValue } from '../../rig/field-values.ts';
import { Bindings, message, messageWith } from './bindings.ts';

type Arguments = { readonly [name: string]: PlainValue };

function matches(pattern: Arguments, headers: Arguments): boolean {
  const bindings = new Bindings(HEADERS);
  bindings.bind('q', 'any key', pattern);
  return bindings.queuesOf(messageWith(headers)).length === 1;
}

const matchesValue = (wanted: PlainValue, value: PlainValue) => matches({ k: wanted }, { k: value });

describe('the headers exchange', () => {
  it.each([{}, { 'x-match': 'all' }])('wants all headers of a binding with %o', (match) => {
    const pattern = { ...match, a: 1, b: 'two' };
    expect(matches(pattern, { a: 1, b: 'two', c: 3 })).toBe(true);
    expect(matches(pattern, { b: 'two' })).toBe(false);
    expect(matches(pattern, { a: 1, b: 'three' })).toBe(false);
    expect(matches(pattern, {})).toBe(false);
  });

  it('wants one header of a binding with x-match any', () => {
    const pattern = { 'x-match': 'any', a: 1, b: 'two' };
    expect(matches(pattern, { a: 1 })).toBe(true);
    expect(matches(pattern, { a: 2, b: 'two' })).toBe(true);
    expect(matches(pattern, { a: 2, b: 2 })).toBe(false);
    expect(matches(pattern, {})).toBe(false);
  });

  it('matches everything where all of no headers are wanted, and nothing where any is', () => {
    expect(matches({}, {})).toBe(true);
    expect(matches({ 'x-match': 'all' }, { a: 1 })).toBe(true);
    expect(matches({ 'x-match': 'any' }, { a: 1 })).toBe(false);
  });

  it('looks at arguments that begin with x- only in all-with-x and any-with-x', () => {
    const headers = { a: 1, 'x-b': 2 };
    expect(matches({ 'x-match': 'all', a: 1, 'x-b': 3 }, headers)).toBe(true);
    expect(matches({ 'x-match': 'all-with-x', a: 1, 'x-b': 3 }, headers)).toBe(false);
    expect(matches({ 'x-match': 'all-with-x', a: 1, 'x-b': 2 }, headers)).toBe(true);
    expect(matches({ 'x-match': 'any', a: 0, 'x-b': 2 }, headers)).toBe(false);
    expect(matches({ 'x-match': 'any-with-x', a: 0, 'x-b': 2 }, headers)).toBe(true);
    expect(matches({ 'x-match': 'any-with-x', a: 0, 'x-b': 3 }, headers)).toBe(false);
  });

  it('does not want x-match itself in the headers', () => {
    expect(matches({ 'x-match': 'all-with-x', a: 1 }, { a: 1 })).toBe(true);
    expect(matches({ 'x-match': 'any-with-x' }, { 'x-match': 'any-with-x' })).toBe(false);
  });

  it('wants a header to be there, with any value, where the argument has none', () => {
    expect(matchesValue(null, 'anything')).toBe(true);
    expect(matchesValue(null, null)).toBe(true);
    expect(matches({ k: null }, { other: 1 })).toBe(false);
    expect(matchesValue('', null)).toBe(false);
  });

  it('compares numbers by value, whatever their types', () => {
    expect(matchesValue({ type: 'b', value: 5 }, 5n)).toBe(true);
    expect(matchesValue(1, { type: 'd', value: 1 })).toBe(true);
    expect(matchesValue(1, { type: 'd', value: 1.5 })).toBe(false);
    expect(matchesValue(2n ** 60n, 2n ** 60n + 1n)).toBe(false);
    expect(matchesValue({ type: 'T', value: 7n }, 7)).toBe(true);
    expect(matchesValue(1, true)).toBe(false);
    expect(matchesValue(1, '1')).toBe(false);
  });

  it('compares text and byte arrays by their bytes', () => {
    expect(matchesValue('é', Buffer.from('é'))).toBe(true);
    expect(matchesValue(Buffer.from('a'), Buffer.from('b'))).toBe(false);
    expect(matchesValue('a', 'A')).toBe(false);
  });

  it('compares truth values and decimals', () => {
    expect(matchesValue(true, true)).toBe(true);
    expect(matchesValue(true, false)).toBe(false);
    expect(matchesValue(true, 'true')).toBe(false);
    expect(matchesValue({ type: 'D', scale: 2, value: 314 }, { type: 'D', scale: 2, value: 314 })).toBe(true);
    expect(matchesValue({ type: 'D', scale: 1, value: 10 }, { type: 'D', scale: 2, value: 100 })).toBe(false);
  });

  it('compares arrays and tables item by item, types included', () => {
    expect(matchesValue([1, 'a', [true]], [1, 'a', [true]])).toBe(true);
    expect(matchesValue([1, 2], [2, 1])).toBe(false);
    expect(matchesValue([1], [1, 2])).toBe(false);
    expect(matchesValue([1], [1n])).toBe(false);
    expect(matchesValue({ a: 1, b: { c: null } }, { a: 1, b: { c: null } })).toBe(true);
    expect(matchesValue({ a: 1 }, { b: 1 })).toBe(false);
    expect(matchesValue({ a: 1 }, [1])).toBe(false);
    expect(matchesValue([], {})).toBe(true);
  });

  it('takes a message without headers for one with none', () => {
    const bindings = new Bindings(HEADERS);
    bindings.bind('all');
    bindings.bind('some', '', { a: 1 });
    expect(bindings.queuesOf(message('k'))).toEqual(['all']);
  });

  it('forgets a binding that is removed', () => {
    const bindings = new Bindings(HEADERS);
    const first = bindings.bind('q', '', { a: 1 });
    bindings.bind('q', '', { a: 2 });
    bindings.unbind(first);
    expect(bindings.queuesOf(messageWith({ a: 1 }))).toEqual([]);
    expect(bindings.queuesOf(messageWith({ a: 2 }))).toEqual(['q']);
  });

  it('refuses an x-match that it does not know', () => {
    const bindings = new Bindings(HEADERS);
    expect(() => bindings.bind('q', '', { 'x-match': 'most' })).toThrow(
      'PRECONDITION_FAILED - Invalid x-match field value <<"most">>; expected all, any, all-with-x, or any-with-x',
    );
    expect(() => bindings.bind('q', '', { 'x-match': 5 })).toThrow(
      'PRECONDITION_FAILED - Invalid x-match field type signedint (value 5); expected longstr',
    );
  });
});
