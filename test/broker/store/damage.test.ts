// A data file that was cut short or scribbled on: the store opens at one of its last two commits, or says that it is
// damaged and leaves it alone. It never hands out garbage, and never crashes on the way.

import {
  closeSync,
  copyFileSync,
  cpSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { LmdbFile } from '../../../src/broker/store/lmdb-file.ts';
import { openStore } from '../../../src/broker/store/lmdb-store.ts';
import { emptyFolder, flushed, messageOf, placesOf } from './stored-state.ts';

const QUEUES = [1, 2];

/** Seeded, so that a failure can be repeated. */
function randomFrom(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
}

describe('a damaged data file', () => {
  /** A folder as a kill would leave it, its state after the last commit and after the one before. */
  let killed: string;
  let last: string[];
  let before: string[];
  let bytes: Buffer;

  beforeAll(async () => {
    const folder = await emptyFolder();
    killed = await emptyFolder();
    const random = randomFrom(1);
    const store = await openStore(folder);
    let living: string[] = [];
    let position = 0;
    for (let commit = 0; commit < 60; commit++) {
      before = living;
      living = [...living];
      store.putEntity('queue', `q${commit % 7}`, { commit });
      for (let i = random(30); i >= 0; i--) {
        const queue = 1 + random(2);
        const size = random(10) === 0 ? 5000 + random(20_000) : random(300);
        store.putMessage(queue, 0, ++position, messageOf(queue, position, size), 0, 0);
        living.push(`${queue}/0/${position}`);
      }
      for (let i = random(28); i > 0 && living.length > 0; i--) {
        const [place] = living.splice(random(living.length), 1);
        const [queue, level, at] = place!.split('/').map(Number) as [number, number, number];
        store.deleteMessage(queue, level, at);
      }
      await flushed(store);
    }
    last = living.sort();
    before = before.sort();
    cpSync(folder, killed, { recursive: true, filter: (file) => path.basename(file) !== 'lock' });
    bytes = readFileSync(path.join(killed, 'data.mdb'));
    await store.close([]);
  });

  /** Opens a copy that `harm` has changed, writes on if it opens, and tells which it was. */
  async function open(harm: (file: string) => void): Promise<'last' | 'before' | 'damaged'> {
    const folder = await emptyFolder();
    cpSync(killed, folder, { recursive: true });
    const file = path.join(folder, 'data.mdb');
    harm(file);
    const harmed = readFileSync(file);
    const logged: string[] = [];
    const store = await openStore(folder, { log: (line) => logged.push(line) }).catch((error: Error) => error);
    if (store instanceof Error) {
      expect(store).toMatchObject({ code: 'ERR_STORE_DAMAGED' });
      expect(store.message).toContain('nothing was changed');
      expect(readFileSync(file).equals(harmed)).toBe(true);
      rmSync(folder, { recursive: true });
      return 'damaged';
    }
    const places = placesOf(store, QUEUES).sort();
    const which = places.length === last.length && places.every((place, i) => place === last[i]) ? 'last' : 'before';
    if (which === 'before') {
      expect(places).toEqual(before);
      expect(logged.join()).toMatch(/the last commit was not written whole|^$/);
    }
    expect([...store.entities()].length).toBe(7);
    store.putMessage(3, 0, 1, messageOf(3, 1, 12), 0, 0);
    store.deleteMessages(1);
    await store.close([]);
    const again = await openStore(folder);
    expect(placesOf(again, [1, 2, 3]).sort()).toEqual([...places.filter((place) => place[0] !== '1'), '3/0/1'].sort());
    await again.close([]);
    rmSync(folder, { recursive: true });
    return which;
  }

  it('opens at the last commit if it is whole', async () => {
    expect(await open(() => {})).toBe('last');
  });

  it('that was cut short opens at one of the last two commits, or is refused', async () => {
    const seen = new Set<string>();
    const pages = Math.ceil(statSync(path.join(killed, 'data.mdb')).size / 4096);
    const random = randomFrom(2);
    for (let page = 0; page <= pages; page++) {
      for (const length of [page * 4096, page * 4096 + random(4096)]) {
        seen.add(await open((file) => truncateSync(file, Math.min(length, bytes.length))));
      }
    }
    expect([...seen].sort()).toEqual(expect.arrayContaining(['damaged', 'last']));
  });

  it('with flipped bits opens at one of the last two commits, or is refused', async () => {
    const random = randomFrom(Number(process.env['STORE_SEED'] ?? 3));
    const seen = new Map<string, number>();
    for (let i = 0; i < Number(process.env['STORE_FLIPS'] ?? 300); i++) {
      // Half of them in the header, whose every bit counts.
      const at = i % 2 === 0 ? random(2 * 4096) % (i % 4 === 0 ? 176 : 8192) : random(bytes.length);
      const where = i % 8 === 0 ? 4096 + (at % 176) : at;
      const bit = 1 << random(8);
      const which = await open((file) => {
        const copy = Buffer.from(bytes);
        copy[where]! ^= bit;
        writeFileSync(file, copy);
      }).catch((error: Error) => {
        throw new Error(`bit ${bit} at byte ${where}: ${error.message}`, { cause: error });
      });
      seen.set(which, (seen.get(which) ?? 0) + 1);
    }
    expect([...seen.keys()].sort()).toEqual(['before', 'damaged', 'last']);
  });

  it('with blocks of zeros or garbage at its end does the same', async () => {
    const random = randomFrom(4);
    for (let i = 0; i < 60; i++) {
      const from = bytes.length - 512 * (1 + random(40));
      await open((file) => {
        const copy = Buffer.from(bytes);
        copy.fill(i % 2 === 0 ? 0 : 0x5a, from, Math.min(bytes.length, from + 512 * (1 + random(8))));
        writeFileSync(file, copy);
      });
    }
  });

  it('whose last commit tore is opened at the one before, with a line in the log', async () => {
    const fd = openSync(path.join(killed, 'data.mdb'), 'r');
    const [newest, older] = new LmdbFile(fd).snapshots();
    closeSync(fd);
    expect(newest!.transaction).toBe(older!.transaction + 1);
    // The root is always written anew.
    const root = newest!.main.root * newest!.pageSize;
    expect(
      await open((file) => {
        const copy = Buffer.from(bytes);
        copy.fill(0, root, root + newest!.pageSize);
        writeFileSync(file, copy);
      }),
    ).toBe('before');
  });

  it('that is no database at all is refused', async () => {
    expect(await open((file) => writeFileSync(file, 'not a database'))).toBe('damaged');
    expect(await open((file) => writeFileSync(file, Buffer.alloc(65536)))).toBe('damaged');
    expect(await open((file) => copyFileSync(process.execPath, file))).toBe('damaged');
  });
});
