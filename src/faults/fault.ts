// What a fault is: a definition (what it is called, what it does, in words) that starts one fault per direction of a
// connection; a started fault looks at each unit and gives a verdict. One file a fault; registry.ts lists them.
// Verdicts are data: only the proxy executes them.

import type { Direction } from '../protocol/frame.ts';
import type { UnitKind } from '../protocol/frame-splitter.ts';
import type { Random } from './random.ts';

/** What to do with one unit. */
export type Verdict =
  | { readonly kind: 'forward' }
  | { readonly kind: 'drop' }
  /** Forward it `ms` later, never before what came before it. */
  | { readonly kind: 'delay'; readonly ms: number };

export const FORWARD: Verdict = { kind: 'forward' };
export const DROP: Verdict = { kind: 'drop' };

/** Looks at one unit of its direction; `bytes` are valid during the call only. */
export type StartedFault = (unit: UnitKind, bytes: Uint8Array) => Verdict;

export interface FaultContext {
  readonly connection: number;
  readonly direction: Direction;
  readonly random: Random;
}

export interface FaultDefinition<Kind extends string, Options> {
  readonly kind: Kind;
  /** One line for help and documentation. */
  readonly summary: string;
  /** What these options do, as a sentence. */
  explain(options: Options): string;
  /** Undefined if the fault leaves this direction alone. */
  start(options: Options, context: FaultContext): StartedFault | undefined;
}

export function defineFault<const Kind extends string, Options>(
  definition: FaultDefinition<Kind, Options>,
): FaultDefinition<Kind, Options> {
  return definition;
}
