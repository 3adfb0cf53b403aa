import { describe, expect, it } from 'vitest';
import { formatTimeOfDay, formatTimestamp } from '../../src/log/timestamp.ts';

describe('a timestamp', () => {
  it.each([
    [0, '1970-01-01T00:00:00.000000Z'],
    [1795341600_123456, '2026-11-22T10:00:00.123456Z'],
    [1795341600_000001, '2026-11-22T10:00:00.000001Z'],
    [1795341600_999999.5, '2026-11-22T10:00:00.999999Z'],
    [-1, '1969-12-31T23:59:59.999999Z'],
    [253402300800_000000, '+010000-01-01T00:00:00.000000Z'],
  ])('%d µs is %s', (micros, text) => {
    expect(formatTimestamp(micros)).toBe(text);
    expect(formatTimestamp(micros)).toBe(text);
  });

  it('stays a text of the usual shape when it is beyond all dates', () => {
    for (const micros of [8.65e18, 1e300, -1e300])
      expect(formatTimestamp(micros)).toMatch(/^[+-]\d{6}-\d\d-\d\dT\d\d:\d\d:\d\d\./);
  });

  it('has a time of day in every zone', () => {
    expect(formatTimeOfDay(1795341600_123456)).toBe('10:00:00.123456');
    expect(formatTimeOfDay(1795341600_123456, 60)).toBe('11:00:00.123456');
    expect(formatTimeOfDay(1795341600_123456, -630)).toBe('23:30:00.123456');
    expect(formatTimeOfDay(253402300800_000000, 330)).toBe('05:30:00.000000');
  });
});
