// Where `top` gets its snapshots from. Implementations: api-source.ts, a spy elsewhere; the live command, its own spy.

import type { TopSnapshot } from './snapshot.ts';

export interface TopSource {
  /** Names the spy in the header: `127.0.0.1:15673`. */
  readonly where: string;
  /** The spy as it is now. Rejects with AmqpSpyError if it cannot be asked; the next call may succeed. */
  snapshot(): Promise<TopSnapshot>;
  close(): void;
}
