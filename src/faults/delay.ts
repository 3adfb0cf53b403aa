// Delay: everything arrives later, in the same order. Each direction has its own delay, drawn anew for each frame.

import { ConfigError } from '../errors.ts';
import { parseDuration } from './duration.ts';
import { defineFault } from './fault.ts';

export interface DelayOptions {
  /** Mean delay in ms. */
  readonly ms: number;
  /** Largest deviation in ms, either way; uniformly distributed. */
  readonly jitterMs: number;
}

export const delay = defineFault({
  kind: 'delay',
  summary: 'hold everything back for a time, in both directions, order kept',
  explain: ({ ms, jitterMs }: DelayOptions) =>
    `delays each frame by ${ms} ms${jitterMs > 0 ? ` ± ${jitterMs} ms` : ''} in each direction`,
  start({ ms, jitterMs }, { random }) {
    return () => ({ kind: 'delay', ms: Math.max(0, ms + (2 * random() - 1) * jitterMs) });
  },
});

/** Parses `50ms`, `50ms±20ms`, `50ms+-20ms`. `option` is named in the ConfigError. */
export function parseDelay(option: string, text: string): DelayOptions {
  const [mean, jitter, ...rest] = text.split(/±|\+-|\+\/-/);
  const ms = parseDuration(mean!);
  const jitterMs = jitter === undefined ? 0 : parseDuration(jitter);
  if (ms === undefined || jitterMs === undefined || rest.length > 0) {
    throw new ConfigError(option, `expected a duration with its unit, like 50ms or 50ms±20ms, found '${text}'`);
  }
  if (jitterMs > ms) throw new ConfigError(option, `the jitter is larger than the delay: '${text}'`);
  return { ms, jitterMs };
}
