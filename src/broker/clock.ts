// The broker's time: milliseconds since the Unix epoch, and timers. The real clock stands here; tests bring a virtual one.

/** A timer that was started; `cancel` may be called at any time, also after it fired. */
export interface Timer {
  cancel(): void;
}

export interface BrokerClock {
  /** Milliseconds since the Unix epoch. */
  now(): number;
  /** Calls `fire` once, `ms` from now. */
  after(ms: number, fire: () => void): Timer;
}

/** Longer waits are cut into pieces: setTimeout takes no more than 2^31 - 1 ms. */
const LONGEST_WAIT_MS = 0x7fffffff;

class RealTimer implements Timer {
  #handle: NodeJS.Timeout | undefined;

  constructor(ms: number, fire: () => void) {
    this.#wait(ms, fire);
  }

  cancel(): void {
    clearTimeout(this.#handle);
  }

  #wait(ms: number, fire: () => void): void {
    const piece = Math.min(ms, LONGEST_WAIT_MS);
    this.#handle = setTimeout(() => (ms > piece ? this.#wait(ms - piece, fire) : fire()), piece);
    // What waits in a broker is no reason to keep the process alive; its listener is.
    this.#handle.unref();
  }
}

export const REAL_CLOCK: BrokerClock = {
  now: () => Date.now(),
  after: (ms, fire) => new RealTimer(ms, fire),
};

/** The clock with timers of which none can end the process: what one throws is told to `onDefect`. */
export function guardedClock(clock: BrokerClock, onDefect: (error: unknown) => void): BrokerClock {
  return {
    now: () => clock.now(),
    after: (ms, fire) =>
      clock.after(ms, () => {
        try {
          fire();
        } catch (error) {
          onDefect(error);
        }
      }),
  };
}
