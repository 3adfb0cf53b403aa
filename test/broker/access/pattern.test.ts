// Patterns of permissions and policies, beside Erlang's own regular expressions in a real RabbitMQ.

import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { Pattern } from '../../../src/broker/access/pattern.ts';
import { PatternError } from '../../../src/broker/access/pcre.ts';
import { type SharedRabbitMq, sharedRabbitMq } from '../../rig/shared-rabbitmq.ts';

let rabbitMq: SharedRabbitMq;

beforeAll(async () => {
  rabbitMq = await sharedRabbitMq();
});

type Answer = 'match' | 'nomatch' | 'invalid';

describe('a pattern', () => {
  it('is found anywhere in the name', () => {
    expect(new Pattern('b').matches('abc')).toBe(true);
    expect(new Pattern('^b').matches('abc')).toBe(false);
  });

  it('sees bytes, not characters', () => {
    expect(new Pattern('^..$').matches('é')).toBe(true);
    expect(new Pattern('^é$').matches('é')).toBe(true);
  });

  it.each([
    ['[a', 'missing terminating ] for character class', 2],
    ['(a', 'missing )', 2],
    ['a)', 'unmatched parentheses', 1],
    ['a**', 'nothing to repeat', 2],
    ['(?z)', 'unrecognized character after (? or (?-', 2],
    ['a\\', '\\ at end of pattern', 2],
  ])('%s is refused in the words of PCRE', (source, reason, offset) => {
    expect(refusalOf(source)).toEqual({ reason, offset });
  });

  it.each(['a++', '(?>a)', 'a(?i)b', '(?R)', '\\p{L}', '(*FAIL)', '\\Ka'])(
    '%s is refused, for it could not be kept',
    (source) => {
      expect(() => new Pattern(source)).toThrow(PatternError);
    },
  );
});

const SUBJECTS = [
  '',
  'a',
  'b',
  'ab',
  'aab',
  'A',
  'a\n',
  '\n',
  'a\nb',
  'a.b',
  'a]b',
  'amq.gen-x1_',
  'é',
  '{2}',
  'a b',
  '\x0b',
  '-',
  '^',
];

const SAMPLES = [
  '',
  '.*',
  '^',
  '$',
  '^$',
  '^a$',
  'a\\z',
  'a\\Z',
  '\\Aa',
  '^amq\\.gen',
  '^(?!amq\\.).*',
  '[]a]',
  '[^]a]',
  '[a-]',
  '[[:alpha:]_]',
  '[^[:space:]]',
  '\\Qa.b\\E',
  '\\Qa.b',
  '(?i)AB',
  '(?s)a.b',
  '(?m)^b$',
  '(?im)^A$',
  'a(?#comment)b',
  'a{2}',
  'a{,2}',
  'a{x',
  '{2}',
  '}',
  ']',
  '\\x61',
  '\\x{62}',
  '\\141',
  '\\012',
  '(?:a|b)+?',
  '(a)\\1',
  '(?P<n>a)b',
  '(?<n>a)b',
  '(?=a)',
  '(?<=a)b',
  '(?<!a)b',
  '\\h',
  '\\R',
  '\\N',
  '\\s',
  '\\S',
  '\\d',
  '\\w',
  '\\bx',
  '\\v',
  '\\e',
  '[\\d.]',
  '[\\]]',
  '/',
  '\\-',
  '\\_',
  '[',
  '(',
  ')',
  '*',
  '+a',
  '(?',
  'a|*',
  '[z-a]',
  '\\',
  '(?P<n',
  '[[:nope:]]',
  'a{2}{3}',
  '(|a)',
  '()',
  '[\\b]',
  '[a\\-z]',
  '.\\n',
  '\\cA',
  '\\.',
  '\\#',
  'é',
  '[^a]',
];

describe('beside RabbitMQ', () => {
  it('patterns as people write them give the same answers', async () => {
    await compare(SAMPLES);
  });

  it('random patterns give the same answers', async () => {
    const piece = fc.constantFrom(
      'a',
      'b',
      '.',
      '\\.',
      '[ab]',
      '[^a]',
      '\\w',
      '\\s',
      '(?:a|b)',
      '(a)',
      '(?!b)',
      'a|b',
      '^',
      '$',
      '\\z',
      '-',
      '{',
      '}',
      ']',
      '_',
    );
    const quantifier = fc.constantFrom('', '', '', '*', '+', '?', '*?', '{1,2}', '{2}');
    const pattern = fc.array(fc.tuple(piece, quantifier), { maxLength: 5 }).map((parts) => parts.flat().join(''));
    const patterns = fc.sample(pattern, { numRuns: 600, seed: 7 });
    await compare([...new Set(patterns)]);
  });
});

/** Where a pattern compiles here, RabbitMQ gives the same answers; where RabbitMQ refuses it, so does this. */
async function compare(patterns: readonly string[]): Promise<void> {
  const theirs = await answersOfRabbitMq(patterns);
  const differences = patterns.flatMap((source, index) => {
    const ours = SUBJECTS.map((subject) => answer(source, subject)).join(' ');
    return ours === theirs[index]!.join(' ') ? [] : [{ source, ours, theirs: theirs[index]!.join(' ') }];
  });
  expect(differences).toEqual([]);
}

function answer(source: string, subject: string): Answer {
  try {
    return new Pattern(source).matches(subject) ? 'match' : 'nomatch';
  } catch (error) {
    if (!(error instanceof PatternError)) throw error;
    return 'invalid';
  }
}

async function answersOfRabbitMq(patterns: readonly string[]): Promise<Answer[][]> {
  const list = (texts: readonly string[]): string => `[${texts.map((text) => `<<"${base64(text)}">>`).join(',')}]`;
  const run = 'try re:run(base64:decode(S), base64:decode(P), [{capture, none}]) catch _:_ -> invalid end';
  const output = await rabbitMq.ctl(
    'eval',
    `rabbit_json:encode([[${run} || S <- ${list(SUBJECTS)}] || P <- ${list(patterns)}]).`,
  );
  return JSON.parse(JSON.parse(output.trim().replace(/^<<|>>$/g, ''))) as Answer[][];
}

function base64(text: string): string {
  return Buffer.from(text, 'utf8').toString('base64');
}

function refusalOf(source: string): unknown {
  try {
    new Pattern(source);
    return undefined;
  } catch (error) {
    const { reason, offset } = error as PatternError;
    return { reason, offset };
  }
}
