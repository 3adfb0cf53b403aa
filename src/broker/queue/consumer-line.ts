// Whose turn it is: the consumers of a queue that may be able to take a message, by priority, in turn among equals.
// Invariant: a consumer that is found unable leaves the line, and comes back to its end when it is woken; so finding the
// next one costs no more than the number of those that became unable since.

import type { Consumer } from './consumer.ts';

export class ConsumerLine {
  /** Highest priority first; each line in the order of turns. No group is empty. */
  readonly #groups: { readonly priority: number; readonly line: Consumer[] }[] = [];

  /** Puts the consumer at the end of its priority's line, unless it stands there. */
  add(consumer: Consumer): void {
    if (consumer.inLine) return;
    consumer.inLine = true;
    const { priority } = consumer;
    let i = 0;
    while (i < this.#groups.length && this.#groups[i]!.priority > priority) i++;
    const group = this.#groups[i];
    if (group?.priority === priority) group.line.push(consumer);
    else this.#groups.splice(i, 0, { priority, line: [consumer] });
  }

  remove(consumer: Consumer): void {
    if (!consumer.inLine) return;
    consumer.inLine = false;
    const at = this.#groups.findIndex((group) => group.priority === consumer.priority);
    const { line } = this.#groups[at]!;
    line.splice(line.indexOf(consumer), 1);
    if (line.length === 0) this.#groups.splice(at, 1);
  }

  /** The next consumer that can take a message, which then goes to the end of its line; undefined: none can. */
  next(): Consumer | undefined {
    while (this.#groups.length > 0) {
      const { line } = this.#groups[0]!;
      const consumer = line[0]!;
      if (consumer.able) {
        if (line.length > 1) {
          line.shift();
          line.push(consumer);
        }
        return consumer;
      }
      consumer.inLine = false;
      line.shift();
      if (line.length === 0) this.#groups.shift();
    }
    return undefined;
  }
}
