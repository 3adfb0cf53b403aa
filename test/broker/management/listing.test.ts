// Lists as the query wants them. Counterpart: src/broker/management/listing.ts.

import { describe, expect, it } from 'vitest';
import { WholeDouble } from '../../../src/broker/definitions/exact-json.ts';
import { list, selectColumns } from '../../../src/broker/management/listing.ts';

const ROWS = [
  { name: 'b', vhost: '/', messages: 3, stats: { rate: new WholeDouble(2) } },
  { name: 'a', vhost: '/', messages: 3, stats: { rate: 0.5 } },
  { name: 'c', vhost: '/', messages: 1 },
];

// biome-ignore lint/suspicious/noExplicitAny: whatever JSON it is
const listed = (query: string, options = {}): any => list(ROWS, new URLSearchParams(query), options);
const names = (query: string, options = {}): string => {
  const result = listed(query, options);
  return (result.items ?? result).map(({ name }: { name: string }) => name).join('');
};

describe('a list', () => {
  it('is sorted by virtual host and name unless told otherwise', () => {
    expect(names('')).toBe('abc');
    expect(names('', { order: ['messages'] })).toBe('cab');
  });

  it('is sorted by any key, then as ever', () => {
    expect(names('sort=messages')).toBe('cab');
    expect(names('sort=messages&sort_reverse=true')).toBe('bac');
  });

  it('counts what is missing as 0, and looks into rates', () => {
    expect(names('sort=stats.rate')).toBe('cab');
    expect(names('sort=nothing')).toBe('abc');
  });

  it('keeps its order for an empty sort key', () => {
    expect(names('sort=')).toBe('bac');
  });

  it('shows the columns that are asked for, also those within others', () => {
    expect(listed('columns=name,stats.rate')[0]).toEqual({ name: 'a', stats: { rate: 0.5 } });
    expect(listed('columns=')[0]).toEqual({});
  });

  it('comes in pages where the route has them', () => {
    expect(listed('page=1', { pages: false })).toHaveLength(3);
    expect(listed('page=2&page_size=2&columns=name', { pages: true })).toEqual({
      filtered_count: 3,
      item_count: 1,
      items: [{ name: 'c' }],
      page: 2,
      page_count: 2,
      page_size: 2,
      total_count: 3,
    });
  });

  it('is filtered by a part of the name or by a regular expression', () => {
    expect(names('page=1&name=B', { pages: true })).toBe('b');
    expect(names('page=1&name=%5E[ac]&use_regex=true', { pages: true })).toBe('ac');
    expect(() => listed('page=1&name=[&use_regex=true', { pages: true })).toThrow('no regular expression');
  });

  it.each(['page=0', 'page=1&page_size=501', 'page=x', 'page=3&page_size=2'])('refuses %s', (query) => {
    expect(() => listed(query, { pages: true })).toThrow(/pagination|Pagination|out of range/);
  });
});

describe('one object', () => {
  it('has only the columns that are asked for', () => {
    const row = { a: 1, b: { c: 2, d: [{ c: 3, e: 4 }] } };
    expect(selectColumns(row, new URLSearchParams('columns=b.d.c'))).toEqual({ b: { d: [{ c: 3 }] } });
    expect(selectColumns(row, new URLSearchParams())).toEqual(row);
  });
});
