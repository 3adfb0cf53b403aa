// The store on disk, as the broker uses it: what comes back after closing, and what keeps it from opening.

import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { BrokerClock } from '../../../src/broker/clock.ts';
import { openStore } from '../../../src/broker/store/lmdb-store.ts';
import { ConfigError } from '../../../src/errors.ts';
import { emptyFolder, flushed, messageOf, placesOf } from './stored-state.ts';

/** Every file of a folder with its bytes, but for the lock that the test itself holds or made. */
function contentOf(folder: string): Map<string, string> {
  return new Map(readdirSync(folder).map((name) => [name, readFileSync(path.join(folder, name), 'latin1')]));
}

async function filledFolder(): Promise<string> {
  const folder = await emptyFolder();
  const store = await openStore(folder);
  store.putMessage(1, 0, 1, messageOf(1, 1, 12), 5, 0);
  await store.close([]);
  return folder;
}

describe('a store', () => {
  it('gives back entities and messages, in the order of their queues', async () => {
    const folder = path.join(await emptyFolder(), 'made', 'on', 'the', 'way');
    const store = await openStore(folder);
    store.putEntity('vhost', '/', { tracing: false });
    store.putEntity('queue', 'gone', {});
    store.putEntity('queue', 'q', { durable: true, n: 1 });
    store.putEntity('queue', 'q', { durable: true, n: 2 });
    store.deleteEntity('queue', 'gone');
    for (let i = 1; i <= 5; i++) {
      store.putMessage(1, 0, i, messageOf(1, i, 12), 1000 + i, i === 2 ? 99 : 0);
      store.putMessage(1, 3, i, messageOf(1, i, 12), 1000 + i, 0);
    }
    store.deleteMessage(1, 0, 3);
    await store.close([{ queue: 1, level: 3, position: 4, deliveries: 7 }]);

    const again = await openStore(folder);
    expect([...again.entities()]).toEqual([
      { kind: 'vhost', key: '/', value: { tracing: false } },
      { kind: 'queue', key: 'q', value: { durable: true, n: 2 } },
    ]);
    const messages = [...again.messages(1)];
    expect(
      messages.map(({ level, position, storedAt, expiresAt, deliveries }) => [
        level,
        position,
        storedAt,
        expiresAt,
        deliveries,
      ]),
    ).toEqual([
      [0, 1, 1001, 0, 0],
      [0, 2, 1002, 99, 0],
      [0, 4, 1004, 0, 0],
      [0, 5, 1005, 0, 0],
      [3, 1, 1001, 0, 0],
      [3, 2, 1002, 0, 0],
      [3, 3, 1003, 0, 0],
      [3, 4, 1004, 0, 7],
      [3, 5, 1005, 0, 0],
    ]);
    expect([...again.messages(1)]).toEqual([]);
    await again.close([]);
  });

  it('forgets the messages of queues that nobody asked for', async () => {
    const folder = await filledFolder();
    const store = await openStore(folder);
    store.restored();
    await store.close([]);
    const again = await openStore(folder);
    expect(placesOf(again, [1])).toEqual([]);
    await again.close([]);
  });

  it('takes a message of 128 MiB', async () => {
    const folder = await emptyFolder();
    const store = await openStore(folder);
    store.putMessage(1, 0, 1, messageOf(1, 1, 128 * 1024 * 1024), 0, 0);
    store.putMessage(1, 0, 2, messageOf(1, 2, 1), 0, 0);
    await store.close([]);
    const again = await openStore(folder);
    expect(placesOf(again, [1])).toEqual(['1/0/1', '1/0/2']);
    again.deleteMessage(1, 0, 1);
    await again.close([]);
  });

  it('gives the disk back, when opened, what a backlog took that is gone', async () => {
    const folder = await emptyFolder();
    const store = await openStore(folder);
    store.putMessage(1, 0, 1, messageOf(1, 1, 70 * 1024 * 1024), 0, 0);
    store.putMessage(1, 0, 2, messageOf(1, 2, 100), 0, 0);
    await flushed(store);
    store.deleteMessage(1, 0, 1);
    await store.close([]);
    const file = path.join(folder, 'data.mdb');
    expect(statSync(file).size).toBeGreaterThan(70 * 1024 * 1024);
    const again = await openStore(folder);
    expect(placesOf(again, [1])).toEqual(['1/0/2']);
    expect(statSync(file).size).toBeLessThan(1024 * 1024);
    again.putMessage(1, 0, 3, messageOf(1, 3, 100), 0, 0);
    await again.close([]);
    const last = await openStore(folder);
    expect(placesOf(last, [1])).toEqual(['1/0/2', '1/0/3']);
    await last.close([]);
  });

  it('calls back flushes in order, and never during the call', async () => {
    const store = await openStore(await emptyFolder());
    const order: number[] = [];
    store.flush(() => order.push(0));
    store.putMessage(1, 0, 1, messageOf(1, 1, 12), 0, 0);
    store.flush(() => order.push(1));
    store.flush(() => order.push(2));
    expect(order).toEqual([]);
    await flushed(store);
    store.deleteMessage(1, 0, 1);
    store.flush(() => order.push(3));
    await flushed(store);
    expect(order).toEqual([0, 1, 2, 3]);
    await store.close([]);
  });

  it('gives back what a model has, opened again and again', async () => {
    const step = fc.record({
      queue: fc.integer({ min: 1, max: 3 }),
      puts: fc.integer({ min: 0, max: 40 }),
      size: fc.constantFrom(0, 12, 300, 20_000),
      deletes: fc.array(fc.nat(), { maxLength: 40 }),
      afterwards: fc.constantFrom('flush', 'nothing', 'nothing', 'reopen', 'purge'),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
        const folder = await emptyFolder();
        let store = await openStore(folder);
        let living: string[] = [];
        let position = 0;
        for (const { queue, puts, size, deletes, afterwards } of steps) {
          for (let i = 0; i < puts; i++) {
            store.putMessage(queue, 0, ++position, messageOf(queue, position, size), 0, 0);
            living.push(`${queue}/0/${position}`);
          }
          for (const which of deletes) {
            const [place] = living.splice(which % Math.max(1, living.length), 1);
            if (place === undefined) continue;
            const [queue, level, at] = place.split('/').map(Number) as [number, number, number];
            store.deleteMessage(queue, level, at);
          }
          if (afterwards === 'flush') await flushed(store);
          if (afterwards === 'purge') {
            store.deleteMessages(queue);
            living = living.filter((place) => !place.startsWith(`${queue}/`));
          }
          if (afterwards === 'reopen') {
            await store.close([]);
            store = await openStore(folder);
            expect(placesOf(store, [1, 2, 3]).sort()).toEqual([...living].sort());
          }
        }
        await store.close([]);
        store = await openStore(folder);
        expect(placesOf(store, [1, 2, 3]).sort()).toEqual([...living].sort());
        await store.close([]);
      }),
      { numRuns: 25 },
    );
  });
});

describe('opening a store is refused, and nothing changed,', () => {
  async function refusal(folder: string): Promise<Error & { code?: string }> {
    const before = existsSync(folder) && readdirSync(folder).length > 0 ? contentOf(folder) : undefined;
    const error = await openStore(folder).then(
      () => expect.fail('it opened'),
      (reason: Error) => reason,
    );
    if (before !== undefined) expect(contentOf(folder)).toEqual(before);
    expect(error.message).not.toContain('\n');
    return error;
  }

  it('while it is open in this process', async () => {
    const folder = await emptyFolder();
    const store = await openStore(folder);
    const error = await refusal(folder);
    expect(error).toBeInstanceOf(ConfigError);
    expect(error.message).toContain(`in use by process ${process.pid}`);
    await store.close([]);
  });

  it('while another process has it, but not once that one was killed', async () => {
    const folder = await filledFolder();
    const other = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
    const started = readFileSync(`/proc/${other.pid}/stat`, 'latin1').split(') ')[1]?.split(' ')[19];
    writeFileSync(path.join(folder, 'lock'), JSON.stringify({ pid: other.pid, started: Number(started) }));
    expect((await refusal(folder)).message).toContain(`in use by process ${other.pid}`);
    other.kill('SIGKILL');
    await new Promise((resolve) => other.once('exit', resolve));
    await (await openStore(folder)).close([]);
  });

  it('unless the process with the number in the lock is another one by now', async () => {
    const folder = await filledFolder();
    writeFileSync(path.join(folder, 'lock'), JSON.stringify({ pid: process.pid, started: 1 }));
    await (await openStore(folder)).close([]);
  });

  it('unless the lock was cut off when it was written', async () => {
    const folder = await filledFolder();
    writeFileSync(path.join(folder, 'lock'), '{"pi');
    await (await openStore(folder)).close([]);
  });

  it('if a newer version wrote it', async () => {
    const folder = await filledFolder();
    writeFileSync(path.join(folder, 'amqp-spy.json'), '{"format":"amqp-spy broker data","version":99}');
    const error = await refusal(folder);
    expect(error).toBeInstanceOf(ConfigError);
    expect(error.message).toMatch(/newer amqp-spy \(data version 99, this one reads up to 1\)/);
  });

  it('if it is a folder of something else', async () => {
    const folder = await emptyFolder();
    writeFileSync(path.join(folder, 'thesis.txt'), 'chapter one');
    const error = await refusal(folder);
    expect(error).toBeInstanceOf(ConfigError);
    expect(error.message).toContain("not a data folder: it holds 'thesis.txt'");
    const another = await emptyFolder();
    writeFileSync(path.join(another, 'data.mdb'), Buffer.alloc(8192, 1));
    expect((await refusal(another)).message).toContain('data.mdb is not ours');
  });

  it('if its marker is damaged, lost, or alone', async () => {
    for (const text of ['', '{', 'null', '{"format":"x","version":1}']) {
      const folder = await filledFolder();
      writeFileSync(path.join(folder, 'amqp-spy.json'), text);
      expect(await refusal(folder)).toMatchObject({ code: 'ERR_STORE_DAMAGED' });
    }
    const without = await filledFolder();
    rmSync(path.join(without, 'amqp-spy.json'));
    expect(await refusal(without)).toMatchObject({ code: 'ERR_STORE_DAMAGED' });
    const alone = await filledFolder();
    rmSync(path.join(alone, 'data.mdb'));
    expect((await refusal(alone)).message).toContain('data.mdb');
  });

  it('if it is a file, or below one', async () => {
    const file = path.join(await emptyFolder(), 'file');
    writeFileSync(file, 'x');
    for (const folder of [file, path.join(file, 'below')]) {
      const error = await openStore(folder).catch((reason: Error) => reason);
      expect(error).toBeInstanceOf(ConfigError);
      expect((error as Error).message).toContain('expected a folder');
    }
    expect(readFileSync(file, 'utf8')).toBe('x');
  });

  it('if the disk is full', async () => {
    const folder = await filledFolder();
    const before = contentOf(folder);
    const error = await openStore(folder, { freeSpace: async () => 1000 }).catch((reason: Error) => reason);
    expect(error).toBeInstanceOf(ConfigError);
    expect((error as Error).message).toContain('on a full disk (1000 bytes free)');
    expect(contentOf(folder)).toEqual(before);
  });

  it.skipIf(process.getuid?.() === 0)('if it may not be written', async () => {
    const folder = path.join(await emptyFolder(), 'closed');
    mkdirSync(folder);
    chmodSync(folder, 0o500);
    expect(await refusal(folder)).toBeInstanceOf(ConfigError);
  });
});

describe('a first start that was cut short', () => {
  it('is made up for by the next', async () => {
    for (const [file, text] of [
      ['data.mdb', ''],
      ['amqp-spy.json.new', '{"fo'],
      ['lock.123', ''],
    ] as const) {
      const folder = await emptyFolder();
      writeFileSync(path.join(folder, file), text);
      const store = await openStore(folder);
      store.putMessage(1, 0, 1, messageOf(1, 1, 1), 0, 0);
      await store.close([]);
      const again = await openStore(folder);
      expect(placesOf(again, [1])).toEqual(['1/0/1']);
      await again.close([]);
    }
  });
});

describe('a disk that fills up', () => {
  it('is told when the free space falls below the limit, and when there is room again', async () => {
    const due: { at: number; fire: () => void }[] = [];
    const clock: BrokerClock = {
      now: () => 0,
      after: (at, fire) => {
        const entry = { at, fire };
        due.push(entry);
        return { cancel: () => due.splice(due.indexOf(entry), 1) };
      },
    };
    let free = 50_000_000;
    const store = await openStore(await emptyFolder(), {
      clock,
      freeSpace: async () => free,
    });
    const told: boolean[] = [];
    store.onFull = (full) => told.push(full);
    for (const space of [50_000_000, 49_999_999, 10, 50_000_000, 60_000_000]) {
      free = space;
      due.shift()!.fire();
      // The next look is planned once this one is done.
      while (due.length === 0) await Promise.resolve();
    }
    expect(told).toEqual([true, false]);
    await store.close([]);
    expect(due).toEqual([]);
  });
});
