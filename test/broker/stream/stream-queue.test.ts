import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DELIVERED, STORED } from '../../../src/broker/queue/queue.ts';
import { queueSettings } from '../../../src/broker/queue/queue-settings.ts';
import type { PlainValue } from '../../rig/field-values.ts';
import { message, StreamBench, TestChannel, TestStore } from './stream-bench.ts';

describe('a stream', () => {
  it('gives every consumer all messages, in order, and keeps them', () => {
    const bench = new StreamBench();
    bench.publish('a', 'b');
    const [one, two] = [bench.consume().channel, bench.consume().channel];
    bench.publish('c');
    expect(one.bodies).toEqual(['a', 'b', 'c']);
    expect(one.offsets).toEqual([0, 1, 2]);
    expect(two.bodies).toEqual(one.bodies);
    bench.ack(...one.deliveries);
    expect(bench.queue.readyCount).toBe(3);
    expect(bench.queue.stats).toMatchObject({ published: 3, delivered: 6, acked: 3, redelivered: 0 });
  });

  it('gives no more than the prefetch count lets it, and goes on when some are settled', () => {
    const bench = new StreamBench();
    bench.publish('a', 'b', 'c', 'd', 'e');
    const { channel } = bench.consume({ prefetch: 2 });
    expect(channel.bodies).toEqual(['a', 'b']);
    bench.publish('f');
    expect(channel.bodies).toEqual(['a', 'b']);
    bench.ack(...channel.deliveries);
    expect(channel.bodies).toEqual(['a', 'b', 'c', 'd']);
    bench.queue.giveBack([channel.deliveries[2]!]);
    bench.queue.wake(channel.deliveries[2]!.consumer!);
    expect(channel.bodies).toEqual(['a', 'b', 'c', 'd', 'e']);
    bench.ack(...channel.deliveries.slice(3));
    expect(channel.offsets).toEqual([0, 1, 2, 3, 4, 5]);
  });

  it.each<[PlainValue | undefined, number[]]>([
    [undefined, []],
    ['next', []],
    ['first', [0, 1, 2, 3]],
    ['last', [3]],
    [2, [2, 3]],
    [{ type: 'B', value: 2 }, [2, 3]],
    [2n, [2, 3]],
    [-2, [0, 1, 2, 3]],
    [4, []],
    [6, []],
    [Buffer.from('first'), [0, 1, 2, 3]],
    [new Date(0), [0, 1, 2, 3]],
    [new Date(1_000_000), [0, 1, 2, 3]],
    [new Date(1_001_000), [1, 2, 3]],
    [new Date(1_010_000), [1, 2, 3]],
    [new Date(1_020_000), [2, 3]],
    [new Date(1_021_000), []],
    ['1s', [2, 3]],
    ['15s', [1, 2, 3]],
    ['1h', [0, 1, 2, 3]],
  ])('read from %o', (offset, expected) => {
    const bench = new StreamBench();
    bench.publish('a');
    bench.clock.advance(10_000);
    bench.publish('b');
    bench.clock.advance(10_000);
    bench.publish('c', 'd');
    const { channel } = bench.consume({ offset });
    expect(channel.offsets).toEqual(expected);
    bench.publish('e', 'f', 'g');
    expect(channel.offsets).toEqual([...expected, 4, 5, 6].filter((at) => offset !== 6 || at === 6));
  });

  it('read from `last` or `first` while it is empty gives the first message', () => {
    const bench = new StreamBench();
    const channels = ['last', 'first', 'next', '1h'].map((offset) => bench.consume({ offset }).channel);
    bench.publish('a');
    for (const { bodies } of channels) expect(bodies).toEqual(['a']);
  });

  it.each<[string, Parameters<StreamBench['consume']>[0]]>([
    ["PRECONDITION_FAILED - consumer prefetch count is not set for 'queue 's' in vhost '/''", { prefetch: 0 }],
    [
      "NOT_IMPLEMENTED - automatic acknowledgement not supported by stream queues queue 's' in vhost '/'",
      { noAck: true },
    ],
    [
      "PRECONDITION_FAILED - invalid arg 'x-stream-offset' for queue 's' in vhost '/': {invalid_stream_offset_arg,{longstr,<<\"5x\">>}}",
      { offset: '5x', prefetch: 0 },
    ],
    [
      "PRECONDITION_FAILED - invalid arg 'x-stream-offset' for queue 's' in vhost '/': {invalid_stream_offset_arg,{bool,true}}",
      { offset: true },
    ],
  ])('refuses: %s', (text, options) => {
    const bench = new StreamBench();
    expect(() => bench.consume(options)).toThrow(text);
    expect(bench.queue.consumers.size).toBe(0);
  });

  it('refuses basic.get, purge and returning', () => {
    const { queue } = new StreamBench();
    const refused = (what: string) => `NOT_IMPLEMENTED - ${what} not supported by stream queues queue 's' in vhost '/'`;
    expect(() => queue.get()).toThrow(refused('basic.get'));
    expect(() => queue.purge()).toThrow(refused('queue.purge'));
    expect(() => queue.assertReturnable()).toThrow(refused('basic.nack and basic.reject'));
  });

  it('serves nobody who cannot take more, and goes on from where it was', () => {
    const bench = new StreamBench();
    const { channel, consumer } = bench.consume();
    bench.publish('a');
    channel.congested = true;
    bench.publish('b', 'c');
    expect(channel.bodies).toEqual(['a']);
    channel.congested = false;
    bench.queue.wake(consumer);
    bench.queue.wake(consumer);
    expect(channel.bodies).toEqual(['a', 'b', 'c']);
  });

  it('serves a reader of a long log in shares, so that others have their turn', () => {
    const bench = new StreamBench();
    for (let i = 0; i < 40; i++) bench.queue.push(message(Buffer.alloc(100_000)));
    const one = bench.consume().channel;
    const two = bench.consume().channel;
    expect(one.deliveries.length).toBeGreaterThan(5);
    expect(one.deliveries.length).toBeLessThan(15);
    expect(two.deliveries.length).toBe(one.deliveries.length);
    bench.queue.wake(one.deliveries[0]!.consumer!);
    bench.publish('late');
    expect(two.deliveries.length).toBe(one.deliveries.length);
    bench.clock.tick();
    expect(one.deliveries.length).toBeLessThan(30);
    for (let i = 0; i < 5; i++) bench.clock.tick();
    expect(one.offsets).toEqual(Array.from({ length: 41 }, (_, offset) => offset));
    expect(two.offsets).toEqual(one.offsets);
    expect(bench.clock.pending).toBe(0);
  });

  it('bears readers that settle, publish, consume and leave while they are served', () => {
    const bench = new StreamBench();
    const channel = new TestChannel();
    channel.onDelivery = (consumer, delivery) => {
      bench.ack(delivery);
      if (delivery.position < 20) bench.publish('more');
      if (delivery.position === 3) bench.consume({ offset: 'next' });
      if (delivery.position === 10) bench.queue.removeConsumer(consumer);
    };
    bench.consume({ channel, prefetch: 1 });
    bench.publish('a');
    expect(channel.offsets).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(bench.queue.consumers.size).toBe(1);
  });

  it('delivers nothing to a consumer that left', () => {
    const bench = new StreamBench();
    const { channel, consumer } = bench.consume();
    bench.publish('a');
    bench.queue.removeConsumer(consumer);
    bench.publish('b');
    bench.queue.wake(consumer);
    bench.ack(...channel.deliveries);
    expect(channel.bodies).toEqual(['a']);
  });

  it('cancels its consumers when it goes, and gives its memory back', () => {
    const store = new TestStore();
    const bench = new StreamBench({}, store);
    bench.publish('a', 'b');
    const { channel } = bench.consume();
    expect(bench.memory.used).toBeGreaterThan(400);
    bench.queue.close();
    expect(channel.cancelled).toEqual(['tag']);
    expect(bench.memory.used).toBe(0);
    expect(store.messages.size).toBe(0);
    bench.ack(...channel.deliveries);
  });
});

describe("a stream's retention", () => {
  it('drops whole segments once they are too many bytes, and memory and store with them', () => {
    const store = new TestStore();
    const bench = new StreamBench({ 'max-length-bytes': 1000, 'stream-max-segment-size-bytes': 400 }, store);
    for (let i = 0; i < 50; i++) bench.publish('x'.repeat(100));
    const { firstOffset, readyCount } = bench.queue;
    expect(firstOffset).toBeGreaterThan(40);
    expect(readyCount).toBe(50 - firstOffset);
    expect(bench.queue.byteCount).toBe(readyCount * 100);
    expect([...store.messages.keys()]).toEqual(Array.from({ length: readyCount }, (_, i) => firstOffset + i));
    expect(bench.consume().channel.offsets[0]).toBe(firstOffset);
    expect(bench.consume({ offset: 3 }).channel.offsets[0]).toBe(firstOffset);
    bench.queue.close();
    expect(bench.memory.used).toBe(0);
  });

  it('keeps everything while one segment holds it, however small the limit', () => {
    const bench = new StreamBench({ 'max-length-bytes': 1, 'max-age': '1s' });
    bench.publish('a');
    bench.clock.advance(5000);
    bench.publish('b');
    expect(bench.queue.firstOffset).toBe(0);
  });

  it('drops what is too old when a segment begins', () => {
    const bench = new StreamBench({ 'max-age': '10s', 'stream-max-segment-size-bytes': 0 });
    bench.publish('a', 'b');
    bench.clock.advance(11_000);
    expect(bench.queue.readyCount).toBe(2);
    bench.publish('c');
    expect(bench.queue.firstOffset).toBe(2);
  });

  it('is looked at again when settings change', () => {
    const bench = new StreamBench({ 'stream-max-segment-size-bytes': 0 });
    bench.publish('a', 'b', 'c');
    bench.queue.apply(queueSettings({ 'max-length-bytes': 0 }));
    expect(bench.queue.readyCount).toBe(1);
  });

  it('takes a slow reader on to what is still there', () => {
    const bench = new StreamBench({ 'max-length-bytes': 0, 'stream-max-segment-size-bytes': 0 });
    const { channel } = bench.consume({ prefetch: 1 });
    bench.publish('a', 'b', 'c', 'd');
    bench.ack(channel.deliveries[0]!);
    expect(channel.offsets).toEqual([0, 3]);
  });
});

describe("a stream's store", () => {
  it('holds all messages, persistent or not', () => {
    const store = new TestStore();
    const bench = new StreamBench({}, store);
    expect(bench.queue.push(message('a'))).toBe(STORED);
    expect(bench.queue.push(message('b', { delivery_mode: 2 }))).toBe(STORED);
    expect(store.messages.size).toBe(2);
    expect(new StreamBench().queue.push(message('a'))).toBe(DELIVERED);
  });

  it('gives back the same stream: offsets, times and retention', () => {
    const settings = { 'max-length-bytes': 1000, 'stream-max-segment-size-bytes': 400 };
    const store = new TestStore();
    const before = new StreamBench(settings, store);
    for (let i = 0; i < 20; i++) {
      before.publish(`${i}`.repeat(50));
      before.clock.advance(1000);
    }
    const after = new StreamBench(settings, store);
    after.queue.recover(store.stored());
    expect(after.queue.firstOffset).toBe(before.queue.firstOffset);
    expect(after.queue.nextOffset).toBe(20);
    expect(after.memory.used).toBe(before.memory.used);
    expect(after.consume().channel.bodies).toEqual(before.consume().channel.bodies);
    const time = new Date(1_018_000);
    expect(after.consume({ offset: time }).channel.offsets).toEqual([18, 19]);
    after.publish('more');
    expect(store.messages.has(20)).toBe(true);
  });
});

describe('many readers of one stream', () => {
  it('each see a gapless stretch of it, whatever happens in between', () => {
    const command = fc.oneof(
      fc.record({ kind: fc.constant('publish' as const), count: fc.integer({ min: 1, max: 5 }) }),
      fc.record({
        kind: fc.constant('consume' as const),
        offset: fc.constantFrom('first', 'last', 'next'),
        prefetch: fc.integer({ min: 1, max: 4 }),
      }),
      fc.record({ kind: fc.constantFrom('ack', 'congest', 'relieve', 'leave'), reader: fc.nat(10) }),
    );
    fc.assert(
      fc.property(fc.array(command, { maxLength: 60 }), (commands) => {
        const bench = new StreamBench();
        const readers: (ReturnType<StreamBench['consume']> & { settled: number; start: number; gone: boolean })[] = [];
        for (const step of commands) {
          if (step.kind === 'publish' && 'count' in step) {
            bench.publish(...new Array<string>(step.count).fill('m'));
          } else if (step.kind === 'consume' && 'offset' in step) {
            const { firstOffset, nextOffset } = bench.queue;
            const start =
              step.offset === 'first' ? firstOffset : step.offset === 'next' ? nextOffset : Math.max(0, nextOffset - 1);
            readers.push({ ...bench.consume(step), settled: 0, start, gone: false });
          } else if ('reader' in step && readers.length > 0) {
            const reader = readers[step.reader % readers.length]!;
            const { channel, consumer } = reader;
            if (step.kind === 'ack' && channel.deliveries[reader.settled]) {
              bench.ack(channel.deliveries[reader.settled++]!);
            } else if (step.kind === 'congest') {
              channel.congested = true;
            } else if (step.kind === 'relieve') {
              channel.congested = false;
              bench.queue.wake(consumer);
            } else if (step.kind === 'leave') {
              reader.gone = true;
              bench.queue.removeConsumer(consumer);
            }
          }
          for (const { channel, consumer, settled, start, gone } of readers) {
            expect(channel.offsets).toEqual(channel.offsets.map((_, i) => start + i));
            const held = channel.deliveries.length - settled;
            expect(held).toBeLessThanOrEqual(consumer.prefetch);
            const able = !gone && !channel.congested && held < consumer.prefetch;
            if (able) expect(start + channel.deliveries.length).toBe(bench.queue.nextOffset);
          }
        }
      }),
      { numRuns: 150 },
    );
  });
});
