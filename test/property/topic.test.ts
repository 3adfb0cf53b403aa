// The topic exchange over random patterns and keys: what its trie finds is what matching word by word finds.

import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Binding, Destination } from '../../src/broker/exchange/binding.ts';
import { TOPIC } from '../../src/broker/exchange/topic.ts';
import { TopicTrie } from '../../src/broker/exchange/topic-trie.ts';
import { message } from '../broker/exchange/bindings.ts';

/** Few words, so that keys meet patterns; some are empty or only look like wildcards. */
const word = fc.constantFrom('a', 'b', 'c', '', 'a#', '**');
const patternWord = fc.oneof({ weight: 3, arbitrary: word }, { weight: 2, arbitrary: fc.constantFrom('*', '#') });
const pattern = fc.array(patternWord, { maxLength: 6 }).map((words) => words.join('.'));
const key = fc
  .array(fc.oneof({ weight: 9, arbitrary: word }, { weight: 1, arbitrary: fc.constantFrom('*', '#') }), {
    maxLength: 7,
  })
  .map((words) => words.join('.'));

const wordsOf = (text: string) => (text === '' ? [] : text.split('.'));

function matches([first, ...rest]: string[], words: string[]): boolean {
  if (first === undefined) return words.length === 0;
  if (first === '#') return matches(rest, words) || (words.length > 0 && matches([first, ...rest], words.slice(1)));
  return words.length > 0 && (first === '*' || first === words[0]) && matches(rest, words.slice(1));
}

const bindingOf = (routingKey: string, index: number): Binding => ({
  source: 'x',
  destination: { kind: 'queue', name: `${index} ${routingKey}` },
  routingKey,
  arguments: [],
});

interface Matcher {
  add(binding: Binding): void;
  remove(binding: Binding): void;
  find(key: string, found: Destination[]): void;
}

function trie(): Matcher {
  const made = new TopicTrie();
  return {
    add: (binding) => made.add(binding),
    remove: (binding) => made.remove(binding),
    find: (routed, found) => made.match(routed, found),
  };
}

function exchange(): Matcher {
  const index = TOPIC.createIndex([], Math.random);
  return {
    add: (binding) => index.add(binding),
    remove: (binding) => index.remove(binding),
    find: (routed, found) => index.destinations(message(routed), found),
  };
}

function expectMatches(matcher: Matcher, bindings: Iterable<Binding>, keys: string[]): void {
  for (const routed of keys) {
    const found: Destination[] = [];
    matcher.find(routed, found);
    const expected = [...bindings].filter(({ routingKey }) => matches(wordsOf(routingKey), wordsOf(routed)));
    expect(found.map(({ name }) => name).sort()).toEqual(expected.map(({ destination }) => destination.name).sort());
  }
}

const steps = fc.record({
  patterns: fc.array(pattern, { maxLength: 40 }),
  removed: fc.array(fc.nat(), { maxLength: 40 }),
  keys: fc.array(key, { minLength: 1, maxLength: 8 }),
});

it.each([
  ['the trie', trie],
  ['the topic exchange', exchange],
])('%s finds each binding that matches once, and no other, while bindings come and go', (_name, make) => {
  const property = fc.property(steps, ({ patterns, removed, keys }) => {
    const matcher = make();
    const bindings = patterns.map(bindingOf);
    for (const binding of bindings) matcher.add(binding);
    expectMatches(matcher, bindings, keys);
    const left = new Set(bindings);
    for (const index of removed) {
      const binding = bindings[index % bindings.length];
      if (binding && left.delete(binding)) matcher.remove(binding);
    }
    expectMatches(matcher, left, keys);
    for (const binding of left) matcher.remove(binding);
    expectMatches(matcher, [], keys);
    for (const binding of bindings) matcher.add(binding);
    expectMatches(matcher, bindings, keys);
  });
  fc.assert(property, { numRuns: 500 });
});
