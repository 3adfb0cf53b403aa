import { describe, expect, it } from 'vitest';
import { DIRECT } from '../../../src/broker/exchange/direct.ts';
import { Bindings } from './bindings.ts';

describe('the direct exchange', () => {
  it('routes to every queue bound with the message’s key, and to no other', () => {
    const bindings = new Bindings(DIRECT);
    bindings.bind('a', 'red');
    bindings.bind('b', 'red');
    bindings.bind('c', 'blue');
    expect(bindings.queuesOf('red')).toEqual(['a', 'b']);
    expect(bindings.queuesOf('blue')).toEqual(['c']);
    expect(bindings.queuesOf('Red')).toEqual([]);
    expect(bindings.queuesOf('')).toEqual([]);
  });

  it('knows the empty key, and no wildcards', () => {
    const bindings = new Bindings(DIRECT);
    bindings.bind('empty', '');
    bindings.bind('hash', '#');
    expect(bindings.queuesOf('')).toEqual(['empty']);
    expect(bindings.queuesOf('a')).toEqual([]);
    expect(bindings.queuesOf('#')).toEqual(['hash']);
  });

  it('forgets a binding that is removed, and keeps the others of its key', () => {
    const bindings = new Bindings(DIRECT);
    const [a, b] = [bindings.bind('a', 'k'), bindings.bind('b', 'k')];
    bindings.unbind(a);
    expect(bindings.queuesOf('k')).toEqual(['b']);
    bindings.unbind(b);
    expect(bindings.queuesOf('k')).toEqual([]);
  });

  it('takes any property of an object for a key', () => {
    const bindings = new Bindings(DIRECT);
    expect(bindings.queuesOf('__proto__')).toEqual([]);
    bindings.bind('q', 'constructor');
    expect(bindings.queuesOf('constructor')).toEqual(['q']);
  });
});
