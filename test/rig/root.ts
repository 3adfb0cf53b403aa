// Where the project's own files are, whether this runs as TypeScript in place or compiled elsewhere below the root.
// Counterpart: process.ts and require-command.ts find dist/ and .ci/ by it.

import { existsSync } from 'node:fs';
import path from 'node:path';

/** The folder that holds package.json. */
export const root = findRoot(import.meta.dirname);

function findRoot(folder: string): string {
  return existsSync(path.join(folder, 'package.json')) ? folder : findRoot(path.dirname(folder));
}
