// Sizes as people write them: `256MiB`, `64k`, `1GB`, `4096`. Binary with an i or a single letter, decimal with B alone.

import { ConfigError } from '../errors.ts';
import { SIZE_UNITS } from '../filter/units.ts';

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

/** `256 MiB`, `1.5 KiB`, `21 B` */
export function formatByteSize(bytes: number): string {
  const names = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let value = bytes;
  let name = 0;
  for (; value >= 1024 && name < names.length - 1; name++) value /= 1024;
  return `${name === 0 || value >= 100 ? Math.round(value) : Number(value.toPrecision(3))} ${names[name]}`;
}
