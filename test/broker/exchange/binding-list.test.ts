import { describe, expect, it } from 'vitest';
import type { Binding } from '../../../src/broker/exchange/binding.ts';
import { BindingList, type Bound, withBinding, withoutBinding } from '../../../src/broker/exchange/binding-list.ts';

const bindingTo = (name: string): Binding => ({
  source: 'x',
  destination: { kind: 'queue', name },
  routingKey: '',
  arguments: [],
});

describe('a binding list', () => {
  it.each([3, 15, 16, 17, 1000])('gives back what is left of %i bindings, whatever the order they go in', (count) => {
    const bindings = Array.from({ length: count }, (_, index) => bindingTo(`${index}`));
    const list = new BindingList();
    const left = new Set(bindings);
    for (const binding of bindings) list.add(binding);
    for (let i = 0; i < count; i++) {
      const binding = bindings[(i * 7) % count];
      if (binding && left.delete(binding)) list.remove(binding);
      if (i % 97 === 0) expect(new Set(list.items)).toEqual(left);
    }
    expect(list.items).toHaveLength(left.size);
    expect(new Set(list.items)).toEqual(left);
  });

  it('takes bindings again after it was emptied', () => {
    const list = new BindingList();
    const bindings = Array.from({ length: 20 }, (_, index) => bindingTo(`${index}`));
    for (const binding of bindings) list.add(binding);
    for (const binding of bindings) list.remove(binding);
    expect(list.items).toEqual([]);
    list.add(bindings[0]!);
    list.remove(bindings[1]!);
    expect(list.items).toEqual([bindings[0]]);
  });

  it('stands in for one binding only while there are several', () => {
    const [a, b] = [bindingTo('a'), bindingTo('b')];
    let bound: Bound | undefined = withBinding(undefined, a);
    expect(bound).toBe(a);
    bound = withBinding(bound, b);
    expect(bound).toBeInstanceOf(BindingList);
    bound = withoutBinding(bound, a);
    expect(bound).toBe(b);
    expect(withoutBinding(bound, a)).toBe(b);
    expect(withoutBinding(bound, b)).toBeUndefined();
  });
});
