import { describe, expect, it } from 'vitest';
import { FilterSyntaxError } from '../../src/errors.ts';
import { LONGEST_FILTER, parseTree } from '../../src/filter/grammar.ts';
import { formatTree } from '../../src/filter/syntax-tree.ts';
import { filterError } from './traffic.ts';

/** Text, and how it is understood: with the parentheses that show it. */
const understood: readonly (readonly [text: string, tree: string])[] = [
  ['basic.publish', 'basic.publish'],
  ['basic.get-ok', 'basic.get-ok'],
  ['  a\n&&\tb ', 'a && b'],
  ['a and b or c', 'a && b || c'],
  ['a or b and c', 'a || b && c'],
  ['(a or b) and c', '(a || b) && c'],
  ['a && (b && c)', 'a && (b && c)'],
  ['((a))', 'a'],
  ['!a && b', '!a && b'],
  ['not not a', '!!a'],
  ['!(a || b)', '!(a || b)'],
  ['!a == 1', '!(a == 1)'],
  ['a==1', 'a == 1'],
  ['a == -1', 'a == -1'],
  [
    'a eq 1 and b ne 2 and c lt 3 and d le 4 and e gt 5 and f ge 6',
    'a == 1 && b != 2 && c < 3 && d <= 4 && e > 5 && f >= 6',
  ],
  ['a ~ "x"', 'a matches "x"'],
  ['a contains "x" && b matches "y"', 'a contains "x" && b matches "y"'],
  ['a in {1 2, 3}', 'a in {1, 2, 3}'],
  ['method in {basic.ack basic.nack}', 'method in {basic.ack, basic.nack}'],
  ['headers["x-retry"] >= 3', 'headers["x-retry"] >= 3'],
  ["headers['x'][0].y", 'headers["x"][0].y'],
  ['headers.x-death[0].count', 'headers.x-death[0].count'],
  ['body.and.or.in.contains', 'body.and.or.in.contains'],
  ['a == "b\\"c\\\\d"', 'a == "b\\"c\\\\d"'],
  ["a == 'b\"c'", 'a == "b\\"c"'],
  ['a == "^eu\\."', 'a == "^eu\\\\."'],
  ['a == r"\\d\\x41"', 'a == "\\\\d\\\\x41"'],
  ['a == "\\x41\\u00e9\\u{1f600}\\n"', 'a == "Aé\\ud83d\\ude00\\u000a"'],
  ['a == 100ms', 'a == 100000us'],
  ['a == 2s or a == 1.5m or a == 1h', 'a == 2000000us || a == 90000000us || a == 3600000000us'],
  ['a == 500us or a == 500µs', 'a == 500us || a == 500us'],
  ['a == 64KiB or a == 1MB or a == 10k or a == 2M', 'a == 65536 || a == 1000000 || a == 10240 || a == 2097152'],
  ['a == 0x1f', 'a == 31'],
  ['a == 1.5e3', 'a == 1500'],
  ['a == 9007199254740993', 'a == 9007199254740993'],
  ['a == 18446744073709551615', 'a == 18446744073709551615'],
  ['a == true', 'a == true'],
  ['größe', 'größe'],
];

/** Text, the part of it that is refused, and a part of the reason. */
const refused: readonly (readonly [text: string, part: string, reason: RegExp])[] = [
  ['', '', /expected a field/],
  ['   ', '', /expected a field/],
  ['a = 1', '=', /did you mean ==/],
  ['a & b', '&', /did you mean &&/],
  ['a | b', '|', /did you mean \|\|/],
  ['a == ', '', /expected a value/],
  ['a b', 'b', /expected and, or or the end/],
  ['a constructor "x"', 'constructor', /expected and, or or the end/],
  ['a == 5constructor', 'constructor', /unknown unit/],
  ['(a', '', /expected and, or or '\)'/],
  ['a)', ')', /expected and, or or the end/],
  ['and', 'and', /expected a field/],
  ['a &&', '', /expected a field/],
  ['1 == a', '1', /begins with a field/],
  ['"x"', '"x"', /begins with a field/],
  ['a == "x', '"x', /has no end/],
  ['a == 10q', 'q', /unknown unit/],
  ['a == 1e999', '1e999', /too large/],
  ['a.', '', /expected a name/],
  ['a."b"', '"b"', /in brackets/],
  ['a[b]', 'b', /a string or an index/],
  ['a[-1]', '-1', /a string or an index/],
  ['a[1', '', /expected '\]'/],
  ['a in 1', '1', /expected a set/],
  ['a in {}', '}', /expected a value/],
  ['a in {1', '', /expected a value or '}'/],
  ['a == # b', '#', /no meaning/],
  ['a == 😀', '😀', /no meaning/],
];

describe('the grammar', () => {
  it.each(understood)('reads %s', (text, tree) => {
    expect(formatTree(parseTree(text))).toBe(tree);
    expect(formatTree(parseTree(tree))).toBe(tree);
  });

  it.each(refused)('refuses %s and says where', (text, part, reason) => {
    const error = filterError(() => parseTree(text));
    expect(text.slice(error.start, error.end)).toBe(part);
    expect(error.reason).toMatch(reason);
  });

  it('shows the place with carets below it', () => {
    expect(filterError(() => parseTree('a == 1 && b = 2')).message).toBe(
      ['did you mean ==? (at character 13)', '  a == 1 && b = 2', '              ^'].join('\n'),
    );
  });

  it('shows a long filter around the place, and no control characters', () => {
    const error = filterError(() => parseTree(`${'a && '.repeat(100)}\x1b`));
    const [, shown, carets] = error.message.split('\n');
    expect(shown!.length).toBeLessThanOrEqual(102);
    expect(shown).not.toContain('\x1b');
    expect(carets!.indexOf('^')).toBe(shown!.length - 1);
  });

  it('takes neither endless nor bottomless filters', () => {
    expect(() => parseTree('('.repeat(5000))).toThrow(/100 levels/);
    expect(() => parseTree('!'.repeat(5000))).toThrow(/100 levels/);
    expect(() => parseTree(`a${' '.repeat(LONGEST_FILTER)}`)).toThrow(FilterSyntaxError);
    expect(formatTree(parseTree(`${'('.repeat(100)}a${')'.repeat(100)}`))).toBe('a');
    expect(parseTree('a && '.repeat(1000).slice(0, -4)).kind).toBe('and');
  });
});
