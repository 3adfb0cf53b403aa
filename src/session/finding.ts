// What a finding is: a mistake or a mishap that an expert would point out, with the words for it. One file each in
// findings/, listed in findings/registry.ts; findings.ts keeps what was found.
// Invariant: false positives are worse than silence: a finding reports only what the traffic proves.

import type { Severity } from '../log/note.ts';
import type { Channel } from './channel.ts';
import type { SessionListener } from './listener.ts';
import type { SessionTables } from './tables.ts';
import type { TrackedConnection } from './tracked-connection.ts';

/** One occurrence. */
export interface Report {
  readonly connection: TrackedConnection | undefined;
  readonly channel?: Channel | undefined;
  /**
   * What it is about (a queue, a consumer, a client): reports of a finding with the same subject are one, counted.
   * By default the channel, or the connection, or the finding alone.
   */
  readonly subject?: string;
  /** What happened here: one or two sentences in plain words, names quoted. Made only for the first of a subject. */
  readonly text: string | (() => string);
  /** What to do, if the definition's advice can be more exact here. */
  readonly advice?: string;
  /** How bad it is here, if other than as a rule. */
  readonly severity?: Severity;
  /** Ids of the records that show it, the telling one first. */
  readonly evidence: readonly number[];
  /** µs since the Unix epoch. */
  readonly time: number;
}

export interface FindingContext {
  readonly tables: SessionTables;
  readonly report: (report: Report) => void;
}

export interface FindingDefinition {
  /** kebab-case. */
  readonly id: string;
  readonly severity: Severity;
  /** A few words: `A delivery was acknowledged twice`. */
  readonly title: string;
  /** Why it matters, in plain words, for somebody who does not know the protocol. */
  readonly explanation: string;
  /** What to do about it: one sentence. */
  readonly advice: string;
  /** Makes what watches one session. */
  readonly watch: (context: FindingContext) => SessionListener;
}

/** The definition as it is, checked by its type. */
export function defineFinding(definition: FindingDefinition): FindingDefinition {
  return definition;
}
