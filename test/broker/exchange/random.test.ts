import { describe, expect, it } from 'vitest';
import { RANDOM } from '../../../src/broker/exchange/random.ts';
import { Bindings } from './bindings.ts';

describe('the random exchange', () => {
  it('routes to one binding, wherever the random number falls', () => {
    let drawn = 0;
    const bindings = new Bindings(RANDOM, {}, () => drawn);
    for (const queue of ['a', 'b', 'c', 'd']) bindings.bind(queue, queue);
    const chosen = [0, 0.24, 0.25, 0.5, 0.75, 1 - 2 ** -53].map((number) => {
      drawn = number;
      return bindings.queuesOf('any');
    });
    expect(chosen).toEqual([['a'], ['a'], ['b'], ['c'], ['d'], ['d']]);
  });

  it('gives a queue that is bound twice two chances', () => {
    let drawn = 0;
    const bindings = new Bindings(RANDOM, {}, () => drawn);
    bindings.bind('a', '1');
    bindings.bind('a', '2');
    bindings.bind('b', '1');
    const chosen = [0.1, 0.5, 0.9].map((number) => {
      drawn = number;
      return bindings.queuesOf('')[0];
    });
    expect(chosen).toEqual(['a', 'a', 'b']);
  });

  it('routes nowhere without bindings', () => {
    const bindings = new Bindings(RANDOM);
    bindings.unbind(bindings.bind('a'));
    expect(bindings.queuesOf('k')).toEqual([]);
  });
});
