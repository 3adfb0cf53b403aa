// All faults. To add one: copy a fault's file, add a line here, add its test.

import { delay } from './delay.ts';
import { dropHeartbeats } from './drop-heartbeats.ts';
import type { FaultContext, StartedFault } from './fault.ts';

export const FAULTS = { delay, 'drop-heartbeats': dropHeartbeats } as const;

export type FaultKind = keyof typeof FAULTS;
/** A fault and its options, as data: `{kind: 'delay', options: {ms: 50, jitterMs: 20}}`. */
export type FaultSpec = {
  [K in FaultKind]: { readonly kind: K; readonly options: Parameters<(typeof FAULTS)[K]['explain']>[0] };
}[FaultKind];

/** What the fault does, as a sentence. */
export function explainFault(spec: FaultSpec): string {
  return FAULTS[spec.kind].explain(spec.options as never);
}

/** Starts the fault on one direction of a connection; undefined if it leaves it alone. */
export function startFault(spec: FaultSpec, context: FaultContext): StartedFault | undefined {
  return FAULTS[spec.kind].start(spec.options as never, context);
}
