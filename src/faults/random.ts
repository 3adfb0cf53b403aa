// The random source of faults: seeded, one stream a connection and direction, so that a run can be repeated.

/** A number in [0, 1). */
export type Random = () => number;

/** SplitMix32 over the seed and whatever tells this stream from others. */
export function seededRandom(seed: number, ...keys: readonly number[]): Random {
  let state = seed | 0;
  for (const key of keys) state = mix(state ^ mix(key | 0));
  return () => {
    state = (state + 0x9e3779b9) | 0;
    return (mix(state) >>> 0) / 2 ** 32;
  };
}

function mix(value: number): number {
  let z = value ^ (value >>> 16);
  z = Math.imul(z, 0x21f0aaad);
  z ^= z >>> 15;
  z = Math.imul(z, 0x735a2d97);
  return z ^ (z >>> 15);
}
