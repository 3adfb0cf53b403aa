// Sizes as people write them: `256MiB`, `64k`, `1GB`, `4096`. Binary with an i or a single letter, decimal with B alone.

import { ConfigError } from '../errors.ts';
import { SIZE_UNITS } from '../filter/units.ts';
import { formatByteSize } from '../log/quantity.ts';

/** Parses a size in bytes between the bounds. `option` is named in the error. */
export function parseByteSize(option: string, text: string, least: number, most: number): number {
  const match = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/i.exec(text.trim());
  const unit = match ? SIZE_UNITS.get(match[2]!.toLowerCase() || 'b') : undefined;
  if (!match || unit === undefined) throw new ConfigError(option, `expected a size such as 64MiB, found '${text}'`);
  const size = Math.round(Number(match[1]) * unit);
  if (size < least || size > most) {
    throw new ConfigError(
      option,
      `expected a size from ${formatByteSize(least)} to ${formatByteSize(most)}, found '${text}'`,
    );
  }
  return size;
}
