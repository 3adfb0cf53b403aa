// Several bindings, in no order, from which one is taken out as fast as it was put in, however many there are.
// Most places hold just one binding: those keep the binding itself in place of a list (`Bound`), which is leaner.

import type { Binding, Destination } from './binding.ts';

/** From this many bindings on it pays to remember where each one stands. */
const LONG = 16;

export class BindingList {
  readonly items: Binding[] = [];
  #places: Map<Binding, number> | undefined;

  add(binding: Binding): void {
    this.#places?.set(binding, this.items.length);
    this.items.push(binding);
    if (this.items.length === LONG) this.#places ??= new Map(this.items.map((item, place) => [item, place]));
  }

  /** The last one takes its place. */
  remove(binding: Binding): void {
    const place = this.#places?.get(binding) ?? this.items.indexOf(binding);
    if (place < 0) return;
    this.#places?.delete(binding);
    const last = this.items.pop()!;
    if (last === binding) return;
    this.items[place] = last;
    this.#places?.set(last, place);
  }

  addDestinations(found: Destination[]): void {
    const { items } = this;
    for (let i = 0; i < items.length; i++) found.push(items[i]!.destination);
  }
}

/** One binding or several. */
export type Bound = Binding | BindingList;

/** What to keep in place of `bound` now that there is one more binding. */
export function withBinding(bound: Bound | undefined, binding: Binding): Bound {
  if (bound === undefined) return binding;
  if (bound instanceof BindingList) {
    bound.add(binding);
    return bound;
  }
  const list = new BindingList();
  list.add(bound);
  list.add(binding);
  return list;
}

/** What to keep in place of `bound` now that the binding is gone; undefined: nothing. */
export function withoutBinding(bound: Bound | undefined, binding: Binding): Bound | undefined {
  if (bound === binding) return undefined;
  if (!(bound instanceof BindingList)) return bound;
  bound.remove(binding);
  return bound.items.length === 1 ? bound.items[0] : bound;
}

export function addDestinations(bound: Bound, found: Destination[]): void {
  if (bound instanceof BindingList) bound.addDestinations(found);
  else found.push(bound.destination);
}
