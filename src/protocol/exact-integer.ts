// 64-bit integers as numbers where that loses nothing. Counterpart: log/json-value.ts, which writes the others as text.

/** A number, if a double holds it exactly; else the bigint. */
export function exactInteger(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}
