import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { StreamLog } from '../../../src/broker/stream/stream-log.ts';
import { message } from './stream-bench.ts';

/** Publishing at these times; a segment of one message each with segment size 0. */
function logOf(times: readonly number[], segmentSize = -1): StreamLog {
  const log = new StreamLog();
  for (const time of times) log.append(message('b'), time, segmentSize);
  return log;
}

const ALL = { maxLengthBytes: -1, maxAge: -1, segmentSize: -1 };

describe('a stream log', () => {
  it('counts offsets from 0', () => {
    const log = new StreamLog();
    expect([log.first, log.next, log.length]).toEqual([0, 0, 0]);
    log.append(message('a'), 0, -1);
    expect([log.first, log.next, log.length, log.bodyBytes]).toEqual([0, 1, 1, 1]);
    expect([...log]).toHaveLength(1);
  });

  it('finds every offset in its segment', () => {
    for (const count of [1, 2, 5, 16]) {
      const log = logOf(new Array(count).fill(0), 0);
      for (let offset = 0; offset < count; offset++) expect(log.segmentAt(offset)?.first).toBe(offset);
      expect(log.segmentAt(count)).toBeUndefined();
    }
  });

  it('begins a segment once one is full', () => {
    const log = new StreamLog();
    const begun = Array.from({ length: 6 }, () => log.append(message('x'.repeat(100)), 0, 300));
    // 8 bytes of the file's header, then 195 a message.
    expect(begun).toEqual([false, false, true, false, true, false]);
  });

  it('drops no segment without limits, and never the last', () => {
    expect(logOf([0, 1, 2], 0).trim(ALL, 1e6)).toEqual([]);
    const log = logOf([0, 1, 2], 0);
    expect(log.trim({ ...ALL, maxLengthBytes: 0, maxAge: 0 }, 1e6).map(({ first }) => first)).toEqual([0, 1]);
    expect([log.first, log.next]).toEqual([2, 3]);
    expect(log.trim({ ...ALL, maxLengthBytes: 0, maxAge: 0 }, 1e6)).toEqual([]);
  });

  it('keeps the latest segments that fit into the limit together', () => {
    const log = logOf([0, 0, 0, 0, 0], 0);
    const size = log.segmentAt(0)!.fileSize;
    expect(log.trim({ ...ALL, maxLengthBytes: 3 * size }, 0)).toHaveLength(2);
    expect(log.trim({ ...ALL, maxLengthBytes: 3 * size - 1 }, 0)).toHaveLength(1);
    expect(log.first).toBe(3);
  });

  it('drops segments whose last message is older than the limit', () => {
    const log = logOf([0, 10, 20, 30], 0);
    expect(log.trim({ ...ALL, maxAge: 20 }, 40)).toHaveLength(2);
    expect(log.first).toBe(2);
  });

  it('finds the first message that came at a time or later, as a search through all of them does', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 20 }), { maxLength: 40 }),
        fc.integer({ min: -1, max: 22 }),
        fc.constantFrom(-1, 0, 400),
        (unsorted, time, segmentSize) => {
          const times = unsorted.sort((a, b) => a - b);
          const at = times.findIndex((other) => other >= time);
          expect(logOf(times, segmentSize).offsetAt(time)).toBe(at < 0 ? times.length : at);
        },
      ),
    );
  });

  it('takes a clock that steps back for one that stands', () => {
    expect(logOf([10, 5, 11]).offsetAt(10)).toBe(0);
    expect(logOf([10, 5, 11]).offsetAt(11)).toBe(2);
    expect(logOf([10, 5, 11], 0).offsetAt(11)).toBe(2);
  });

  it('goes on at a later offset', () => {
    const log = new StreamLog();
    log.skipTo(5);
    log.append(message('a'), 0, -1);
    log.skipTo(9);
    log.append(message('b'), 0, -1);
    expect([log.first, log.next]).toEqual([5, 10]);
    expect(log.segmentAt(7)?.first).toBe(9);
  });
});
