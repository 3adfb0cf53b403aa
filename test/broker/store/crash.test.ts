// A writing process that comes to a bad end, killed with SIGKILL at random moments or refused by a full disk: what comes
// back is the state after some number of its steps, and no fewer than it was told are on disk. STORE_CRASHES sets the
// number of kills.

import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { openStore } from '../../../src/broker/store/lmdb-store.ts';
import { startProcess } from '../../rig/process.ts';
import { emptyFolder, placesOf } from './stored-state.ts';

const ROUNDS = Number(process.env['STORE_CRASHES'] ?? 20);
const WRITER = path.join(import.meta.dirname, 'crash-writer.mjs');

interface State {
  readonly messages: Set<string>;
  readonly entities: Map<string, number>;
}

function take(state: State, step: string): void {
  const [what, a, b] = step.split(' ') as [string, string, string];
  if (what === 'p') state.messages.add(`${a}/0/${b}`);
  else if (what === 'd') state.messages.delete(`${a}/0/${b}`);
  else if (what === 'e') state.entities.set(a, Number(b));
  else if (what === 'r') state.entities.delete(a);
  else for (const place of [...state.messages]) if (place.startsWith(`${a}/`)) state.messages.delete(place);
}

function print({ messages, entities }: State): string {
  return JSON.stringify([[...messages].sort(), [...entities].sort()]);
}

/** What the store holds now; fails unless that is `state` after the steps noted that were confirmed, or more of them. */
async function stateAfter(folder: string, notes: string, state: State): Promise<{ found: State; confirmed: number }> {
  const lines = readFileSync(notes, 'utf8').split('\n').slice(0, -1);
  const steps = lines.filter((line) => !line.startsWith('c '));
  const confirmed = Math.max(0, ...lines.filter((line) => line.startsWith('c ')).map((line) => Number(line.slice(2))));

  const store = await openStore(folder, { log: (line) => expect.fail(line) });
  const found: State = {
    messages: new Set(placesOf(store, [1, 2, 3])),
    entities: new Map([...store.entities()].map(({ key, value }) => [key, value as number])),
  };
  await store.close([]);

  const wanted = print(found);
  for (const step of steps.slice(0, confirmed)) take(state, step);
  let reached = confirmed;
  while (print(state) !== wanted && reached < steps.length) take(state, steps[reached++]!);
  expect(print(state), `${confirmed} of ${steps.length} steps confirmed`).toBe(wanted);
  return { found, confirmed };
}

it('loses nothing that was confirmed, and brings back nothing that was deleted, when it is killed', async () => {
  const folder = await emptyFolder();
  const notes = path.join(await emptyFolder(), 'notes');
  let state: State = { messages: new Set(), entities: new Map() };
  let confirmed = 0;
  for (let round = 1; round <= ROUNDS; round++) {
    writeFileSync(notes, '');
    const writer = startProcess(process.execPath, [WRITER, folder, notes, `${round}`]);
    // The moment is the point of the test: any is right, also one before the store is open.
    await new Promise((resolve) => setTimeout(resolve, 60 + Math.random() * 250));
    await writer.kill();
    expect(writer.stderr).toBe('');
    const after = await stateAfter(folder, notes, state);
    state = after.found;
    confirmed += after.confirmed;
  }
  expect(confirmed).toBeGreaterThan(0);
}, 600_000);

it('loses nothing that was confirmed when the disk is full, and says so', async () => {
  const folder = await emptyFolder();
  const notes = path.join(await emptyFolder(), 'notes');
  writeFileSync(notes, '');
  // Files of 3 MB at most stand for a disk that is full.
  const script = 'ulimit -f 6000; exec "$@"';
  const writer = startProcess('/bin/sh', ['-c', script, 'sh', process.execPath, WRITER, folder, notes, '1', 'fill']);
  await writer.waitForLine(/^refused: .*data\.mdb cannot be written: .*is the disk full\?$/, 'stdout');
  expect(await writer.exit).toEqual({ code: 0, signal: null });
  const { confirmed } = await stateAfter(folder, notes, { messages: new Set(), entities: new Map() });
  expect(confirmed).toBeGreaterThan(0);
});
