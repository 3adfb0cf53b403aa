// Kills a writing process with SIGKILL at random moments: what comes back is the state after some number of its steps,
// and no fewer than it was told are on disk. STORE_CRASHES sets the number of rounds.

import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { openStore } from '../../../src/broker/store/lmdb-store.ts';
import { startProcess } from '../../rig/process.ts';
import { emptyFolder, placesOf } from './stored-state.ts';

const ROUNDS = Number(process.env['STORE_CRASHES'] ?? 20);

interface State {
  readonly messages: Set<string>;
  readonly entities: Map<string, number>;
}

function take(state: State, step: string): void {
  const [what, a, b] = step.split(' ') as [string, string, string];
  if (what === 'p') state.messages.add(`${a}/0/${b}`);
  else if (what === 'd') state.messages.delete(`${a}/0/${b}`);
  else if (what === 'x') for (const place of state.messages) place.startsWith(`${a}/`) && state.messages.delete(place);
  else if (what === 'e') state.entities.set(a, Number(b));
  else state.entities.delete(a);
}

function print({ messages, entities }: State): string {
  return JSON.stringify([[...messages].sort(), [...entities].sort()]);
}

it('loses nothing that was confirmed, and brings back nothing that was deleted, when it is killed', async () => {
  const folder = await emptyFolder();
  const notes = path.join(await emptyFolder(), 'notes');
  let state: State = { messages: new Set(), entities: new Map() };
  let confirmedSteps = 0;
  for (let round = 1; round <= ROUNDS; round++) {
    writeFileSync(notes, '');
    const writer = startProcess(process.execPath, [
      path.join(import.meta.dirname, 'crash-writer.mjs'),
      folder,
      notes,
      `${round}`,
    ]);
    // The moment is the point of the test: any is right, also one before the store is open.
    await new Promise((resolve) => setTimeout(resolve, 60 + Math.random() * 250));
    await writer.kill();
    expect(writer.stderr).toBe('');

    const lines = readFileSync(notes, 'utf8').split('\n').slice(0, -1);
    const steps = lines.filter((line) => !line.startsWith('c '));
    const confirmed = Math.max(
      0,
      ...lines.filter((line) => line.startsWith('c ')).map((line) => Number(line.slice(2))),
    );
    confirmedSteps += confirmed;

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
    expect(print(state), `round ${round}: ${confirmed} of ${steps.length} steps confirmed`).toBe(wanted);
    state = found;
  }
  expect(confirmedSteps).toBeGreaterThan(0);
}, 600_000);
