// Lists as the query wants them. Counterpart: src/broker/management/listing.ts.

import { describe, expect, it } from 'vitest';
import { WholeDouble } from '../../../src/broker/definitions/exact-json.ts';
import { list, listSubjects, selectColumns } from '../../../src/broker/management/listing.ts';

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

describe('a list of many', () => {
  /** Which of the rows were told in full. */
  const told = (query: string): { names: string; full: string } => {
    let full = '';
    const telling = {
      brief: ({ name, vhost }: (typeof ROWS)[number]) => ({ name, vhost }),
      full: (row: (typeof ROWS)[number]) => {
        full += row.name;
        return row;
      },
    };
    // biome-ignore lint/suspicious/noExplicitAny: whatever JSON it is
    const result: any = listSubjects(ROWS, telling, new URLSearchParams(query), { pages: true });
    const names = (result.items ?? result).map(({ name }: { name: string }) => name).join('');
    return { names, full };
  };

  it('tells in full only what is shown', () => {
    expect(told('page=1&page_size=1')).toEqual({ names: 'a', full: 'a' });
    expect(told('page=1&page_size=1&sort=name&sort_reverse=true')).toEqual({ names: 'c', full: 'c' });
    expect(told('columns=name,vhost')).toEqual({ names: 'abc', full: '' });
  });

  it('tells all in full where it must, to sort by it or to show it', () => {
    expect(told('page=1&page_size=1&sort=messages')).toEqual({ names: 'c', full: 'bac' });
    expect(told('')).toEqual({ names: 'abc', full: 'bac' });
    expect(told('columns=name,messages').full).toBe('bac');
  });
});

describe('one object', () => {
  it('has only the columns that are asked for', () => {
    const row = { a: 1, b: { c: 2, d: [{ c: 3, e: 4 }] } };
    expect(selectColumns(row, new URLSearchParams('columns=b.d.c'))).toEqual({ b: { d: [{ c: 3 }] } });
    expect(selectColumns(row, new URLSearchParams())).toEqual(row);
  });
});
