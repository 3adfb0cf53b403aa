// Messages that came back to a lane, given out by their turns: a binary heap, so that a client may give back a hundred
// thousand one by one, in any order. Counterpart: lane.ts.
// Invariant: no turn is lower than that at half its index, so the first one is the lowest.

import type { Delivery } from './delivery.ts';

export class ReturnedDeliveries {
  #heap: Delivery[] = [];

  get length(): number {
    return this.#heap.length;
  }

  /** The one whose turn it is, or undefined. */
  get first(): Delivery | undefined {
    return this.#heap[0];
  }

  add(delivery: Delivery): void {
    const heap = this.#heap;
    let at = heap.length;
    heap.push(delivery);
    while (at > 0) {
      const parent = (at - 1) >>> 1;
      if (heap[parent]!.turn <= delivery.turn) break;
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = delivery;
  }

  /** Takes the first one out. */
  shift(): Delivery | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return first;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && heap[child + 1]!.turn < heap[child]!.turn) child++;
      if (heap[child]!.turn >= last.turn) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = last;
    return first;
  }

  clear(): void {
    this.#heap = [];
  }

  /** All by turn, without taking them out. Whoever looks at the first one only does not wait for the sorting. */
  *inOrder(): Generator<Delivery> {
    const { first } = this;
    if (first === undefined) return;
    yield first;
    for (const delivery of [...this.#heap].sort((a, b) => a.turn - b.turn)) if (delivery !== first) yield delivery;
  }
}
