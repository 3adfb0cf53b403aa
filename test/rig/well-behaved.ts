// Conversations of exemplary programs, about which there is nothing to find: every finding must stay silent on them.
// Counterpart: conversation.ts, in whose words they are written.
// Invariant: all connections are named and closed by the client, all that must be settled is settled, no call fails.

import { Conversation } from './conversation.ts';
import { CALLERS } from './well-behaved/callers.ts';
import type { WellBehaved } from './well-behaved/words.ts';
import { WORKERS } from './well-behaved/workers.ts';

export type { WellBehaved } from './well-behaved/words.ts';

export const WELL_BEHAVED: readonly WellBehaved[] = [...WORKERS, ...CALLERS];

/** The script, told into a conversation of its own. */
export function played({ play }: WellBehaved): Conversation {
  const talk = new Conversation();
  play(talk);
  return talk;
}
