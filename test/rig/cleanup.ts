// Loaded before each test file: ends what the file's tests started and left running.
// Counterpart: process.ts.

import { afterAll } from 'vitest';
import { killAll } from './process.ts';

afterAll(killAll);
