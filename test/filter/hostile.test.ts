// Filters and names that are made to be dear: refused, or done with in bounded time.

import { describe, expect, test } from 'vitest';
import { parseFilter } from '../../src/filter/filter.ts';
import { nearest } from '../../src/filter/nearest.ts';
import { compilePattern } from '../../src/filter/regular-expression.ts';

describe('patterns', () => {
  test.each([
    'x{999}'.repeat(1000),
    `(${'ab'.repeat(4000)}){1000}`,
    '((((a{900}){900}){900}){900})',
    'a{99999999999999999999}',
  ])('that come to a large program are refused before they are compiled: %.30s', (pattern) => {
    expect(() => compilePattern(pattern)).toThrow('the pattern is too large');
  });

  test.each([
    ['^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$', '01234567-89ab-cdef-0123-456789abcdef'],
    [String.raw`\p{Lu}{2}\x{41}[]{}]{2,3}\{9\}`, 'ABA]}{9}'],
    ['(?i)^(a|b){0}.{500}$', 'x'.repeat(500)],
  ])('that people write are taken: %s', (pattern, text) => {
    expect(compilePattern(pattern)(text)).toBe(true);
  });
});

test('a name has no more parts than any body has', () => {
  expect(() => parseFilter(`body${'.a'.repeat(300)} == 1`)).toThrow('a name has at most 200 parts');
  expect(parseFilter(`body${'.a'.repeat(100)} == 1`).needsContent).toBe(true);
});

describe('the nearest name', () => {
  test('is the one with the fewest slips', () => {
    expect(nearest('roting_key', ['queue', 'routing_keys', 'routing_key'])).toBe('routing_key');
    expect(nearest('ordres', ['order', 'orders', 'other'])).toBe('orders');
    expect(nearest('abc', ['xyz', 'abd'])).toBe('abd');
    expect(nearest('abc', ['axyz'])).toBeUndefined();
  });

  test('of long names is one with few slips', () => {
    const name = 'invoices.'.repeat(25);
    expect(nearest(`${name}eu`, [`${name}us.1`, `${name}eu1`])).toBe(`${name}eu1`);
    expect(nearest(name, ['orders.'.repeat(32)])).toBeUndefined();
  });

  test('is not sought among all of very many long ones', () => {
    let looked = 0;
    function* names() {
      for (; looked < 1_000_000; looked++) yield `${'abcdefghij'.repeat(24)}${looked}`;
    }
    expect(nearest('q'.repeat(245), names())).toBeUndefined();
    expect(looked).toBeLessThan(1000);
  });
});
