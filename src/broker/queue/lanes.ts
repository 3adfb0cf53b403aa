// The ready messages of a queue: one lane a priority, the highest first; a queue without priorities has one.
// Counterpart: lane.ts, the messages of one priority in order.

import type { Message } from '../message/message.ts';
import type { Delivery } from './delivery.ts';
import { Lane } from './lane.ts';
import type { Queue } from './queue.ts';

export class Lanes {
  /** By priority, lowest first. */
  readonly #lanes: readonly Lane[];

  constructor(queue: Queue, maxPriority: number) {
    this.#lanes = Array.from({ length: maxPriority + 1 }, (_, level) => new Lane(queue, level));
  }

  /** Whether messages are told apart by priority. */
  get prioritized(): boolean {
    return this.#lanes.length > 1;
  }

  /** The lane that a message belongs in. */
  laneOf(message: Message): Lane {
    const lanes = this.#lanes;
    return lanes.length === 1 ? lanes[0]! : lanes[Math.min(message.priority, lanes.length - 1)]!;
  }

  /** The lane that has the first ready message, if there is one. */
  get head(): Lane {
    const lanes = this.#lanes;
    let level = lanes.length - 1;
    while (level > 0 && lanes[level]!.length === 0) level--;
    return lanes[level]!;
  }

  /** Puts messages back to where they stood. */
  return(deliveries: readonly Delivery[]): void {
    if (!this.prioritized) return this.#lanes[0]!.return(deliveries);
    for (const lane of this.#lanes) {
      const own = deliveries.filter(({ level }) => level === lane.level);
      if (own.length > 0) lane.return(own);
    }
  }

  clear(): void {
    for (const lane of this.#lanes) lane.clear();
  }

  /** All messages in the order in which they would be delivered, without taking them out. */
  *[Symbol.iterator](): Generator<{ message: Message; level: number; position: number; deliveries: number }> {
    for (const lane of this.#lanes.toReversed()) {
      for (const { message, position, deliveries } of lane) yield { message, level: lane.level, position, deliveries };
    }
  }
}
