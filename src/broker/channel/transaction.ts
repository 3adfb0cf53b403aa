// tx: publishes and settlements that take effect together, at tx.commit, or not at all (AMQP 0-9-1 §1.7).

import type { Memory } from '../memory.ts';
import type { Delivery } from '../queue/delivery.ts';
import { ackAll, rejectAll } from './deliveries.ts';

export type Settlement = 'acked' | 'requeued' | 'rejected';

export class Transaction {
  /** Deliveries to consumers among what is settled: they fill the channel's prefetch until the commit. */
  consumed = 0;
  #publishes: (() => number)[] = [];
  /** What the messages weigh that wait for the commit. */
  #cost = 0;
  readonly #memory: Memory;
  #settled: { readonly how: Settlement; readonly entries: readonly (readonly [tag: number, delivery: Delivery])[] }[] =
    [];

  constructor(memory: Memory) {
    this.#memory = memory;
  }

  /** Publishes that wait for the commit. */
  get publishCount(): number {
    return this.#publishes.length;
  }

  /** Settlements that wait for the commit. */
  get settledCount(): number {
    return this.#settled.reduce((count, { entries }) => count + entries.length, 0);
  }

  /** Keeps a publish until the commit; `effect` gives what its queues say, `cost` is what the message weighs. */
  publish(effect: () => number, cost: number): void {
    this.#publishes.push(effect);
    this.#cost += cost;
    this.#memory.add(cost);
  }

  settle(how: Settlement, entries: readonly (readonly [tag: number, delivery: Delivery])[]): void {
    this.#settled.push({ how, entries });
    for (const [, { consumer }] of entries) if (consumer) this.consumed++;
  }

  /**
   * Does it all; returns the sum of what the queues said to the publishes. Throws ReplyError for what a queue does not
   * let be given back; the settlements behind that one have not happened then.
   */
  commit(): number {
    const publishes = this.#publishes;
    const settled = this.#settled;
    const cost = this.#cost;
    this.#forget();
    let result = 0;
    for (const effect of publishes) result |= effect();
    this.#lighten(cost);
    let done = 0;
    try {
      for (const { how, entries } of settled) {
        done++;
        const deliveries = entries.map(([, delivery]) => delivery);
        if (how === 'acked') ackAll(deliveries);
        else rejectAll(deliveries, how);
      }
    } finally {
      // Where a queue refuses, the channel closes and gives back what it still holds.
      this.#settled = settled.slice(done);
    }
    return result;
  }

  /** Forgets the publishes; returns the settlements that did not happen. */
  rollback(): (readonly [tag: number, delivery: Delivery])[] {
    const entries = this.#settled.flatMap((settlement) => settlement.entries);
    this.#forget();
    this.#lighten(this.#cost);
    return entries;
  }

  #lighten(cost: number): void {
    this.#cost -= cost;
    this.#memory.add(-cost);
  }

  #forget(): void {
    this.#publishes = [];
    this.#settled = [];
    this.consumed = 0;
  }
}
