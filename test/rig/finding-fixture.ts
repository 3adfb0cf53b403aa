// A conversation that shows a finding: fixtures/findings/<id>.ts exports `fixtures`, a list of them.
// Counterpart: test/session/findings/fixtures.test.ts, which plays them all.

import { Session } from '../../src/session/session.ts';
import { Conversation } from './conversation.ts';

export interface FindingFixture {
  /** Completes "when …". */
  readonly when: string;
  /** What the finding says of it, word for word. */
  readonly text: string;
  /** Ids of other findings that rightly fire on it, too. */
  readonly also?: readonly string[];
  /** How often it is counted; once by default. */
  readonly count?: number;
  /** The spy sees all of the broker's topology from its start. */
  readonly seesAll?: boolean;
  play(talk: Conversation): void;
}

/** The session of a conversation that was played to it as it happened. */
export function sessionOf({ play, seesAll = false }: Pick<FindingFixture, 'play' | 'seesAll'>): {
  session: Session;
  talk: Conversation;
} {
  const talk = new Conversation();
  const session = new Session(talk.log, talk.connections, { seesAll });
  play(talk);
  session.tick(talk.time);
  return { session, talk };
}
