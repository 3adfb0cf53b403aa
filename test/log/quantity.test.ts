// Counts and sizes as sentences say them.

import { describe, expect, it } from 'vitest';
import { counted, countText, formatByteSize } from '../../src/log/quantity.ts';

describe('counts and sizes in sentences', () => {
  it.each([
    [0, '0'],
    [999, '999'],
    [1000, '1,000'],
    [1234567, '1,234,567'],
  ])('the count %d is written as %s', (count, text) => {
    expect(countText(count)).toBe(text);
  });

  it('what is counted has its plural', () => {
    expect(counted(1, 'delivery', 'deliveries')).toBe('1 delivery');
    expect(counted(4211, 'delivery', 'deliveries')).toBe('4,211 deliveries');
    expect(counted(0, 'record')).toBe('0 records');
  });

  it.each([
    [0, '0 B'],
    [1023, '1023 B'],
    [1536, '1.5 KiB'],
    [16 * 2 ** 20 + 1, '16 MiB'],
    [100.5 * 2 ** 20, '101 MiB'],
    [2 ** 50, '1024 TiB'],
  ])('the size %d is written as %s', (bytes, text) => {
    expect(formatByteSize(bytes)).toBe(text);
  });
});
