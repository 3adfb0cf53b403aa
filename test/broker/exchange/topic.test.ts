import { describe, expect, it } from 'vitest';
import { TOPIC } from '../../../src/broker/exchange/topic.ts';
import { Bindings } from './bindings.ts';

/** The patterns, of these, that match the key. */
function matching(key: string, ...patterns: string[]): string[] {
  const bindings = new Bindings(TOPIC);
  for (const pattern of patterns) bindings.bind(pattern, pattern);
  return bindings.queuesOf(key);
}

describe('the topic exchange', () => {
  it('routes to exactly the key where the pattern has no wildcards', () => {
    expect(matching('a.b', 'a.b', 'a', 'b', 'a.b.c', 'a.B', '')).toEqual(['a.b']);
  });

  it('takes * for exactly one word', () => {
    const patterns = ['*', '*.*', 'a.*', '*.b', '*.*.*', 'a.*.b'];
    expect(matching('a', ...patterns)).toEqual(['*']);
    expect(matching('a.b', ...patterns)).toEqual(['*.*', '*.b', 'a.*']);
    expect(matching('a.x.b', ...patterns)).toEqual(['*.*.*', 'a.*.b']);
  });

  it('takes # for any number of words, none included', () => {
    const patterns = ['#', '#.b', 'a.#', 'a.#.b', '#.#', '#.x.#'];
    expect(matching('a', ...patterns)).toEqual(['#', '#.#', 'a.#']);
    expect(matching('b', ...patterns)).toEqual(['#', '#.#', '#.b']);
    expect(matching('a.b', ...patterns)).toEqual(['#', '#.#', '#.b', 'a.#', 'a.#.b']);
    expect(matching('a.x.y.b', ...patterns)).toEqual(['#', '#.#', '#.b', '#.x.#', 'a.#', 'a.#.b']);
  });

  it('counts empty words, but for the empty key, which has none', () => {
    const patterns = ['', '*', '#', '.', '*.*', '*.', '.#', '#.', 'a..b', 'a.*.b'];
    expect(matching('', ...patterns)).toEqual(['', '#']);
    expect(matching('.', ...patterns)).toEqual(['#', '#.', '*.', '*.*', '.', '.#']);
    expect(matching('a..b', ...patterns)).toEqual(['#', 'a.*.b', 'a..b']);
    expect(matching('a.', ...patterns)).toEqual(['#', '#.', '*.', '*.*']);
    expect(matching('a', ...patterns)).toEqual(['#', '*']);
  });

  it('takes wildcards for what they are only where they are whole words', () => {
    const patterns = ['a*', '#b', 'a*.c', '**', '##'];
    expect(matching('ax', ...patterns)).toEqual([]);
    expect(matching('a*', ...patterns)).toEqual(['a*']);
    expect(matching('**', ...patterns, '*')).toEqual(['*', '**']);
  });

  it('takes wildcards in a message’s key for plain words', () => {
    expect(matching('*', 'a', '*', '#')).toEqual(['#', '*']);
    expect(matching('#', 'a', '*', '#')).toEqual(['#', '*']);
    expect(matching('a.#', 'a.b', 'a.*', 'a.#', 'a')).toEqual(['a.#', 'a.*']);
  });

  it('finds a binding once, however many ways its pattern matches', () => {
    expect(matching('a.a.a.a', '#.a.#', '#.*.#', '#.#.#')).toEqual(['#.#.#', '#.*.#', '#.a.#']);
  });

  it('matches patterns made of wildcards to the brim without trying every way', () => {
    const bindings = new Bindings(TOPIC);
    bindings.bind('no', [...new Array(40).fill('#.a'), 'b'].join('.'));
    bindings.bind('yes', new Array(63).fill('#.a').join('.'));
    bindings.bind('all', new Array(120).fill('#').join('.'));
    expect(bindings.queuesOf(new Array(120).fill('a').join('.'))).toEqual(['all', 'yes']);
  });

  it('forgets what is removed, and keeps what shares words with it', () => {
    const bindings = new Bindings(TOPIC);
    const patterns = ['a', 'a.*', 'a.#', 'a.*.c', 'a.b.*', 'a.x.*', '#', '#.b'];
    const bound = patterns.map((pattern) => bindings.bind(pattern, pattern));
    const second = bindings.bind('second', 'a.*');
    expect(bindings.queuesOf('a.b')).toEqual(['#', '#.b', 'a.#', 'a.*', 'second']);
    bindings.unbind(bound[1]!);
    bindings.unbind(bound[7]!);
    expect(bindings.queuesOf('a.b')).toEqual(['#', 'a.#', 'second']);
    bindings.unbind(second);
    expect(bindings.queuesOf('a.b')).toEqual(['#', 'a.#']);
    expect(bindings.queuesOf('a.b.c')).toEqual(['#', 'a.#', 'a.*.c', 'a.b.*']);
    bindings.unbind(bound[4]!);
    expect(bindings.queuesOf('a.x.c')).toEqual(['#', 'a.#', 'a.*.c', 'a.x.*']);
    expect(bindings.queuesOf('a.b.c')).toEqual(['#', 'a.#', 'a.*.c']);
  });
});
