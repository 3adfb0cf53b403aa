// Everything that a spy's log holds, as the events that the world sees, gathered as it comes.
// Counterpart: tshark-frames.ts turns both sides into one shape.
// Invariant: no record is left out; a log that overran its reader fails the test.

import { Cursor } from '../../src/log/cursor.ts';
import { eventOf, type LogEvent } from '../../src/log/frame-event.ts';
import { Pump } from '../../src/log/pump.ts';
import type { Spy } from '../../src/spy.ts';

export class LogEvents {
  readonly events: LogEvent[] = [];
  readonly #pump: Pump;
  #changed: () => void = () => {};

  /** Gathers what is in the log and all that comes. */
  constructor({ log }: Spy) {
    this.#pump = new Pump(log, new Cursor(log, 1), {
      gatherMs: 0,
      read: (cursor) => {
        this.events.push(eventOf(cursor, log.showSecrets));
        return true;
      },
      flush: () => this.#changed(),
      missed: (count) => {
        throw new Error(`the log overran its reader: ${count} records are gone`);
      },
    });
  }

  /** Resolves once what came satisfies the condition. */
  async until(condition: (events: readonly LogEvent[]) => boolean): Promise<void> {
    while (!condition(this.events)) {
      await new Promise<void>((resolve) => {
        this.#changed = resolve;
      });
    }
  }

  /** Gathers all that is left, and no more. */
  finish(): readonly LogEvent[] {
    this.#pump.drain();
    this.#pump.stop();
    return this.events;
  }
}
