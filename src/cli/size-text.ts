// Sizes as people read them, in few columns. Counterpart: log/quantity.ts, where there is room for more.

const UNITS = ['K', 'M', 'G', 'T'];
/** Up to here a size is shown to the byte. */
const EXACT_BELOW = 100_000;

/** Bytes in at most six columns: `94`, `98.4K`, `1.5G` (powers of 1024). */
export function sizeText(bytes: number): string {
  if (bytes < EXACT_BELOW) return String(bytes);
  let value = bytes / 1024;
  let unit = 0;
  while (value >= 1023.95 && unit < UNITS.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${value.toFixed(1)}${UNITS[unit]}`;
}
