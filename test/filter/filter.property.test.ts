// Whatever is written in a filter, and whatever passes on the wire: no defect, no exception but the one for wrong filters.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FilterSyntaxError } from '../../src/errors.ts';
import { completions } from '../../src/filter/completions.ts';
import { NO_CONTEXT } from '../../src/filter/context.ts';
import { FIELDS } from '../../src/filter/fields.ts';
import { parseFilter } from '../../src/filter/filter.ts';
import { parseTree } from '../../src/filter/grammar.ts';
import {
  COMPARISONS,
  formatTree,
  type Literal,
  type Name,
  type Step,
  type Tree,
} from '../../src/filter/syntax-tree.ts';
import { Cursor } from '../../src/log/cursor.ts';
import { CLIENT_TO_SERVER, SERVER_TO_CLIENT } from '../../src/protocol/frame.ts';
import { CommandAssembler } from '../../src/session/command-assembler.ts';
import { Traffic } from '../cli/traffic.ts';
import { CLIENT_FRAMES, concat } from '../protocol/wire.ts';
import { CommandSubject } from './command-subject.ts';
import { passes, passing } from './traffic.ts';

const PLACE = { start: 0, end: 0 };
const word = fc.oneof(
  fc.constantFrom('routing_key', 'headers', 'x-death', 'basic', 'publish', 'body', 'größe', '_', 'true'),
  fc
    .stringMatching(/^[a-z_][a-z0-9_-]{0,8}$/)
    .filter((text) => !['and', 'or', 'not', 'in', 'contains', 'matches'].includes(text)),
);
const step: fc.Arbitrary<Step> = fc.oneof(
  word.map((key) => ({ key, isWord: true, ...PLACE })),
  fc.oneof(fc.string({ unit: 'binary' }), fc.nat()).map((key) => ({ key, isWord: false, ...PLACE })),
);
const name: fc.Arbitrary<Name> = fc
  .tuple(word, fc.array(step, { maxLength: 3 }))
  .map(([first, rest]) => ({ steps: [{ key: first, isWord: true, ...PLACE }, ...rest], ...PLACE }));
const literal: fc.Arbitrary<Literal> = fc.oneof(
  fc.string({ unit: 'binary' }).map((value) => ({ kind: 'string' as const, value, ...PLACE })),
  fc
    .oneof(
      fc.integer(),
      fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0),
    )
    .map((value) => ({
      kind: 'number' as const,
      value,
      ...PLACE,
    })),
  fc.bigInt({ min: 2n ** 53n, max: 2n ** 64n }).map((value) => ({ kind: 'number' as const, value, ...PLACE })),
  fc.nat().map((value) => ({ kind: 'duration' as const, value, ...PLACE })),
  word.map((value) => ({ kind: 'word' as const, value, ...PLACE })),
);
const { tree } = fc.letrec<{ tree: Tree }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    name.map((bare): Tree => ({ kind: 'bare', name: bare })),
    fc
      .record({ name, comparison: fc.constantFrom(...COMPARISONS), literal })
      .map((test): Tree => ({ kind: 'compare', ...test })),
    fc
      .record({ name, literals: fc.array(literal, { minLength: 1, maxLength: 3 }) })
      .map((test): Tree => ({ kind: 'in', ...test, set: PLACE })),
    tie('tree').map((part): Tree => ({ kind: 'not', part })),
    fc
      .record({ kind: fc.constantFrom('or', 'and'), parts: fc.array(tie('tree'), { minLength: 2, maxLength: 3 }) })
      .map((parts): Tree => parts),
  ),
}));

/** The tree without its places. */
function bareTree(value: Tree): unknown {
  return JSON.parse(
    JSON.stringify(value, (key, part: unknown) => {
      if (key === 'start' || key === 'end' || key === 'set') return undefined;
      return typeof part === 'bigint' ? `${part}n` : part;
    }),
  );
}

const fragments = fc.constantFrom(
  ...['routing_key', 'basic.publish', '==', '!=', '&&', 'or', 'not', '(', ')', '{', '}', 'in', '"a', 'matches', '"(a"'],
  ...[
    'headers["x"]',
    '[',
    ']',
    '.',
    ',',
    '1',
    '-2.5ms',
    '64KiB',
    'latency',
    "'",
    '\\',
    'body.a',
    '!',
    'method',
    'r"',
    '<',
  ],
);
const texts = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.array(fragments, { maxLength: 12 }).map((parts) => parts.join(' ')),
);

/** Filters that read every field in some way. */
const FILTERS = FIELDS.flatMap(({ name: field, type, part }) => [
  field,
  ...(type === 'string' ? [`${field} == "a"`, `${field} matches "a|b"`, `${field} contains "o"`] : []),
  ...(type === 'number' ? [`${field} >= 1`] : []),
  ...(type === 'time' ? [`${field} > 1`] : []),
  ...(part ? [`${field}["x-a"] == 1`, `${field}["a"][0]["b"]`] : []),
]);

describe('filters', () => {
  it('parse, or are refused with a place within the text', () => {
    fc.assert(
      fc.property(texts, (text) => {
        try {
          parseFilter(text);
        } catch (error) {
          if (!(error instanceof FilterSyntaxError)) throw error;
          expect(error.start).toBeGreaterThanOrEqual(0);
          expect(error.end).toBeGreaterThanOrEqual(error.start);
          expect(error.end).toBeLessThanOrEqual(text.length);
          expect(error.reason).not.toMatch(/\n/);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('are completed at any place without a defect', () => {
    fc.assert(
      fc.property(texts, fc.nat(70), (text, caret) => {
        const { start, end } = completions(text, Math.min(caret, text.length));
        expect(start).toBeLessThanOrEqual(end);
        expect(end).toBeLessThanOrEqual(text.length);
      }),
      { numRuns: 1000 },
    );
  });

  it('are the same after they were written out and read again', () => {
    fc.assert(
      fc.property(tree, (written) => {
        const text = formatTree(written);
        fc.pre(text.length <= 8192);
        expect(bareTree(parseTree(text))).toEqual(bareTree(written));
      }),
      { numRuns: 1000 },
    );
  });

  it('judge mutated frames without an exception', () => {
    const conversation = concat(...CLIENT_FRAMES.slice(1));
    const mutation = fc.record({ at: fc.nat(conversation.length - 1), octet: fc.nat(255) });
    fc.assert(
      fc.property(fc.array(mutation, { maxLength: 20 }), fc.boolean(), (mutations, fromServer) => {
        const bytes = conversation.slice();
        for (const { at, octet } of mutations) bytes[at] = octet;
        const { log } = new Traffic().open().bytes(fromServer ? SERVER_TO_CLIENT : CLIENT_TO_SERVER, bytes);
        for (const text of FILTERS) passes(log, text);
      }),
      { numRuns: 30 },
    );
  });

  it('pass all that their negation withholds', () => {
    const frames = fc.shuffledSubarray([...CLIENT_FRAMES.slice(1)]);
    const filters = fc.constantFrom(
      'body.total > 1',
      'priority == 5',
      'basic',
      'size > 100',
      'exchange == "wire.topic"',
    );
    fc.assert(
      fc.property(frames, filters, (some, text) => {
        const traffic = new Traffic().open();
        for (const frame of some) traffic.bytes(CLIENT_TO_SERVER, frame);
        const all = [...passing(traffic.log, text), ...passing(traffic.log, `!(${text})`)];
        expect(all.sort()).toEqual(passing(traffic.log, 'id > 0').sort());
      }),
      { numRuns: 200 },
    );
  });

  it('judge a command that is decoded as they judge its frames', () => {
    const traffic = new Traffic().open();
    for (const frame of CLIENT_FRAMES.slice(1)) traffic.bytes(CLIENT_TO_SERVER, frame);
    const texts = FILTERS.filter((text) => !/frame\./.test(text));
    for (const text of texts) {
      const filter = parseFilter(text);
      const ids: number[] = [];
      const assembler = new CommandAssembler((command) => {
        if (filter.matches(new CommandSubject(command, NO_CONTEXT))) ids.push(command.firstId);
      });
      for (const cursor = new Cursor(traffic.log, 1); cursor.next(); ) assembler.record(cursor);
      const passed = passing(traffic.log, text).map((line) => line.split(' '));
      const firsts = passed.filter(([, kind]) => kind !== 'header' && kind !== 'body').map(([id]) => Number(id));
      expect(ids, text).toEqual(firsts);
    }
  });
});
