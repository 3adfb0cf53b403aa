// The faults armed on one direction of a connection, and their joint verdict on each unit: a drop wins, delays add up.

import type { UnitKind } from '../protocol/frame-splitter.ts';
import { DROP, type FaultContext, FORWARD, type StartedFault, type Verdict } from './fault.ts';
import { seededRandom } from './random.ts';
import { type FaultSpec, startFault } from './registry.ts';

export class FaultEngine {
  readonly #faults: readonly StartedFault[];

  constructor(faults: readonly StartedFault[]) {
    this.#faults = faults;
  }

  decide(unit: UnitKind, bytes: Uint8Array): Verdict {
    let ms = 0;
    for (const fault of this.#faults) {
      const verdict = fault(unit, bytes);
      if (verdict.kind === 'drop') return DROP;
      if (verdict.kind === 'delay') ms += verdict.ms;
    }
    return ms > 0 ? { kind: 'delay', ms } : FORWARD;
  }
}

/** The engine for one direction; undefined if no fault concerns it, so that its bytes can take the direct path. */
export function startFaults(
  specs: readonly FaultSpec[],
  seed: number,
  where: Omit<FaultContext, 'random'>,
): FaultEngine | undefined {
  const started = specs.flatMap((spec, index) => {
    const random = seededRandom(seed, index, where.connection, where.direction);
    return startFault(spec, { ...where, random }) ?? [];
  });
  return started.length > 0 ? new FaultEngine(started) : undefined;
}
