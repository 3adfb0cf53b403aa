// A filter: text in, a judge of records out. The one expression language of view, recording, stream and API.
// Invariants: reading a wrong one throws FilterSyntaxError; judging never throws, on any record.

import { compile, leavesOf, type Test, testAt } from './compile.ts';
import { parseTree } from './grammar.ts';
import { AT_END, AT_HEADER, AT_METHOD, type Stage, type Subject } from './subject.ts';

export interface Filter {
  readonly text: string;
  /** Whether a command's content has to be seen before it can be judged for certain. */
  readonly needsContent: boolean;
  /** Whether the bytes of bodies are looked at. */
  readonly needsBody: boolean;
  /** Judges what there is; what is not there is missing. */
  matches(subject: Subject): boolean;
  /** Judges a command of which more is to come, as far as that cannot change it; undefined: it can. */
  foresee(subject: Subject, stage: Stage): boolean | undefined;
}

/** Reads a filter. Throws FilterSyntaxError, whose message shows what is wrong, where, and what may have been meant. */
export function parseFilter(text: string): Filter {
  const program = compile(text, parseTree(text));
  const leaves = [...leavesOf(program)];
  const last = Math.max(...leaves.map(({ stage }) => stage));
  const matches = testAt(program, AT_END, false);
  const foresights = ([AT_METHOD, AT_HEADER] as const).map((stage) => ({
    isPossible: stage < last ? testAt(program, stage, true) : matches,
    isCertain: stage < last ? testAt(program, stage, false) : matches,
  }));
  const foresee = (subject: Subject, stage: Stage): boolean | undefined => {
    const foresight: { readonly isPossible: Test; readonly isCertain: Test } | undefined = foresights[stage];
    if (!foresight || stage >= last) return matches(subject);
    if (!foresight.isPossible(subject)) return false;
    return foresight.isCertain(subject) ? true : undefined;
  };
  return {
    text,
    needsContent: last > AT_METHOD,
    needsBody: leaves.some(({ needsBody }) => needsBody),
    matches,
    foresee,
  };
}
