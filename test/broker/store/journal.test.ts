// The journal against a model, over a file that is a Map: whatever is put and deleted in whatever order, a replay of what
// was committed gives what the model has. Limits are tiny, so that everything is written anew all the time.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Message } from '../../../src/broker/message/message.ts';
import { Journal, type JournalLimits } from '../../../src/broker/store/journal.ts';
import { Replay } from '../../../src/broker/store/replay.ts';

const TINY: JournalLimits = {
  batch: 600,
  largeMessage: 300,
  smallBatch: 200,
  manySmall: 4,
  slack: 200,
  compaction: 1000,
};

type Step =
  | { do: 'put'; queue: number; level: number; size: number; gap: number; route: string }
  | { do: 'delete'; queue: number; level: number; which: number }
  | { do: 'delete first'; queue: number; count: number }
  | { do: 'delete unknown'; queue: number; position: number }
  | { do: 'purge'; queue: number }
  | { do: 'put entity'; key: string; value: number }
  | { do: 'delete entity'; key: string }
  | { do: 'commit' }
  | { do: 'restart' };

const queue = fc.integer({ min: 1, max: 3 });
const level = fc.integer({ min: 0, max: 1 });
const key = fc.constantFrom('a', 'b', 'ü\udcff');
const steps = fc.array(
  fc.oneof(
    {
      weight: 12,
      arbitrary: fc.record({
        do: fc.constant('put' as const),
        queue,
        level,
        size: fc.oneof({ weight: 9, arbitrary: fc.nat(60) }, { weight: 1, arbitrary: fc.nat(900) }),
        gap: fc.oneof(
          { weight: 9, arbitrary: fc.constant(1) },
          { weight: 1, arbitrary: fc.integer({ min: 1, max: 2000 }) },
        ),
        route: fc.constantFrom('', 'k', 'schlüssel', 'a\udcff'),
      }),
    },
    { weight: 6, arbitrary: fc.record({ do: fc.constant('delete' as const), queue, level, which: fc.nat() }) },
    {
      weight: 4,
      arbitrary: fc.record({ do: fc.constant('delete first' as const), queue, count: fc.integer({ min: 1, max: 9 }) }),
    },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('delete unknown' as const), queue, position: fc.nat(50) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('purge' as const), queue }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('put entity' as const), key, value: fc.nat(9) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('delete entity' as const), key }) },
    { weight: 5, arbitrary: fc.constant({ do: 'commit' as const }) },
    { weight: 1, arbitrary: fc.constant({ do: 'restart' as const }) },
  ),
  { maxLength: 150 },
);

/** A journal on a Map, and the model of what it should hold. */
class Bench {
  readonly file = new Map<number, Buffer>();
  readonly model = new Map<string, Message>();
  readonly entities = new Map<string, number>();
  readonly next = new Map<string, number>();
  journal = new Journal((sequence) => this.file.get(sequence)!, TINY);

  run(step: Step): void {
    switch (step.do) {
      case 'put': {
        const track = `${step.queue}/${step.level}`;
        const position = (this.next.get(track) ?? 0) + step.gap;
        this.next.set(track, position);
        const message = messageOf(step.size, step.route, position);
        this.journal.putMessage(step.queue, step.level, position, message, position, 7);
        this.model.set(`${track}/${position}`, message);
        break;
      }
      case 'delete': {
        const places = this.places(`${step.queue}/${step.level}/`);
        if (places.length > 0) this.delete(places[step.which % places.length]!);
        break;
      }
      case 'delete first':
        for (const place of this.places(`${step.queue}/0/`).slice(0, step.count)) this.delete(place);
        break;
      case 'delete unknown':
        if (!this.model.has(`${step.queue}/0/${step.position}`)) {
          this.journal.deleteMessage(step.queue, 0, step.position);
        }
        break;
      case 'purge':
        this.journal.deleteMessages(step.queue);
        for (const place of this.places(`${step.queue}/`)) this.model.delete(place);
        break;
      case 'put entity':
        this.journal.putEntity('queue', step.key, { n: step.value });
        this.entities.set(step.key, step.value);
        break;
      case 'delete entity':
        this.journal.deleteEntity('queue', step.key);
        this.entities.delete(step.key);
        break;
      case 'commit':
        this.commit();
        break;
      case 'restart':
        this.commit();
        this.check();
        this.restart();
        break;
    }
  }

  places(prefix: string): string[] {
    return [...this.model.keys()].filter((place) => place.startsWith(prefix));
  }

  delete(place: string): void {
    const [queue, level, position] = place.split('/').map(Number) as [number, number, number];
    this.journal.deleteMessage(queue, level, position);
    this.model.delete(place);
  }

  commit(): void {
    const commit = this.journal.collect();
    for (const batch of commit.puts) this.file.set(batch.sequence, Buffer.from(batch.bytes!));
    for (const batch of commit.removals) expect(this.file.delete(batch.sequence)).toBe(true);
    // What is scribbled over a spare buffer must not matter any more.
    for (const batch of commit.puts) batch.bytes!.fill(0xee);
    this.journal.recycle(commit);
  }

  replay(): Replay {
    const replay = new Replay();
    for (const sequence of [...this.file.keys()].sort((a, b) => a - b)) replay.add(sequence, this.file.get(sequence)!);
    return replay;
  }

  /** Goes on from what the file says; positions begin again right behind the last that lives. */
  restart(): void {
    this.journal = new Journal((sequence) => this.file.get(sequence)!, TINY);
    const replay = this.replay();
    replay.restore(this.journal);
    replay.entities(this.journal);
    this.next.clear();
    for (const place of this.model.keys()) {
      const [queue, level, position] = place.split('/').map(Number) as [number, number, number];
      this.next.set(`${queue}/${level}`, Math.max(position, this.next.get(`${queue}/${level}`) ?? 0));
    }
  }

  check(): void {
    const journal = new Journal(() => Buffer.alloc(0), TINY);
    const replay = this.replay();
    replay.restore(journal);
    const entities = replay.entities(journal).map(({ key, value }) => [key, (value as { n: number }).n]);
    expect(new Map(entities as [string, number][])).toEqual(this.entities);
    expect(entities.length).toBe(this.entities.size);
    const found = new Map<string, Message>();
    for (const queue of [1, 2, 3]) {
      let before = [-1, -1];
      for (const stored of replay.messages(queue)) {
        expect(
          before < [stored.level, stored.position] || before[0]! < stored.level || before[1]! < stored.position,
        ).toBe(true);
        before = [stored.level, stored.position];
        expect([stored.queue, stored.storedAt, stored.expiresAt, stored.deliveries]).toEqual([
          queue,
          stored.position,
          7,
          1,
        ]);
        found.set(`${queue}/${stored.level}/${stored.position}`, stored.message);
      }
    }
    expect([...found.keys()].sort()).toEqual([...this.model.keys()].sort());
    for (const [place, message] of found) expect(plain(message)).toEqual(plain(this.model.get(place)!));
  }

  get size(): number {
    return [...this.file.values()].reduce((sum, value) => sum + value.length, 0);
  }
}

function messageOf(size: number, route: string, seed: number): Message {
  const bytes = Buffer.alloc(size + 20, seed);
  return new Message(`ex-${route}`, route, {
    bytes,
    start: 3,
    bodyStart: 9,
    end: size + 12,
    persistent: true,
    priority: seed % 5,
    expiration: seed % 2 === 0 ? -1 : 2 ** 33 + seed,
  });
}

function plain(message: Message): unknown {
  return {
    exchange: message.exchange,
    routingKey: message.routingKey,
    header: Buffer.from(message.header),
    body: Buffer.from(message.body),
    persistent: message.persistent,
    priority: message.priority,
    expiration: message.expiration,
  };
}

describe('Journal', () => {
  it('gives back what lives, whatever was written in whatever order', () => {
    fc.assert(
      fc.property(steps, (sequence) => {
        const bench = new Bench();
        for (const step of sequence) bench.run(step as Step);
        bench.commit();
        bench.check();
        bench.restart();
        bench.check();
      }),
      { numRuns: Number(process.env['STORE_RUNS'] ?? 300) },
    );
  });

  it('writes nothing of messages that came and went between two commits', () => {
    const bench = new Bench();
    for (let i = 0; i < 50; i++) bench.run({ do: 'put', queue: 1, level: 0, size: 12, gap: 1, route: 'k' });
    bench.run({ do: 'purge', queue: 1 });
    expect(bench.journal.collect()).toEqual({ puts: [], removals: [] });
  });

  it('is empty again once everything was deleted', () => {
    const bench = new Bench();
    for (let round = 0; round < 40; round++) {
      for (let i = 0; i < 20; i++) bench.run({ do: 'put', queue: 1 + (i % 3), level: 0, size: 12, gap: 1, route: 'k' });
      bench.commit();
    }
    for (const place of [...bench.model.keys()].reverse()) {
      bench.delete(place);
      if (bench.model.size % 7 === 0) bench.commit();
    }
    bench.commit();
    expect(bench.file.size).toBe(0);
  });

  it('keeps the file small where a few old messages stay in every batch', () => {
    const bench = new Bench();
    for (let round = 0; round < 400; round++) {
      for (let i = 0; i < 20; i++) {
        bench.run({ do: 'put', queue: i === 7 ? 2 : 1, level: 0, size: 30, gap: 1, route: 'k' });
      }
      bench.commit();
      bench.run({ do: 'delete first', queue: 1, count: 19 });
      bench.commit();
    }
    bench.check();
    const live = [...bench.model.values()].reduce((sum, message) => sum + message.end + 48, 0);
    expect(bench.size).toBeLessThan(5 * live);
  });

  it('refuses positions that do not grow', () => {
    const bench = new Bench();
    bench.journal.putMessage(1, 0, 5, messageOf(1, 'k', 1), 0, 0);
    expect(() => bench.journal.putMessage(1, 0, 5, messageOf(1, 'k', 1), 0, 0)).toThrow('positions only grow');
  });
});
