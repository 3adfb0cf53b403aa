// The scenario of pika, the client for Python: plays pika_scenario.py.

import path from 'node:path';
import { run } from '../../rig/process.ts';
import type { Scenario } from './scenario.ts';

/** Debian's, which has python3-pika; another Python may stand before it in the path. */
export const PYTHON = '/usr/bin/python3';

export const PIKA: Scenario = {
  client: 'pika',
  async play(uri, name) {
    return JSON.parse(await run(PYTHON, [path.join(import.meta.dirname, 'pika_scenario.py'), uri, name]));
  },
};
