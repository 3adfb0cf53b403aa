import { describe, expect, it } from 'vitest';
import { FANOUT } from '../../../src/broker/exchange/fanout.ts';
import { Bindings } from './bindings.ts';

describe('the fanout exchange', () => {
  it('routes to everything that is bound, whatever the keys', () => {
    const bindings = new Bindings(FANOUT);
    expect(bindings.queuesOf('k')).toEqual([]);
    bindings.bind('a', 'k');
    const b = bindings.bind('b', 'other', { any: 1 });
    bindings.bind('c');
    expect(bindings.queuesOf('k')).toEqual(['a', 'b', 'c']);
    bindings.unbind(b);
    expect(bindings.queuesOf('')).toEqual(['a', 'c']);
  });
});
