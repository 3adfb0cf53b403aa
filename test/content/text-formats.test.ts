// JSON, XML and forms: exactness, and what hostile text may do.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bodyLine } from '../../src/content/body-line.ts';
import { decodeBody } from '../../src/content/decode-body.ts';
import { parseExactJson } from '../../src/content/exact-json.ts';
import { ValueBudget } from '../../src/content/value-budget.ts';
import { compactJson } from '../../src/content/value-text.ts';
import { utf8 } from './fixtures.ts';

function parsed(text: string): unknown {
  return parseExactJson(text, new ValueBudget(100_000));
}

describe('JSON', () => {
  it('without large integers is what JSON.parse makes of it', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        fc.pre(!/\d{16}/.test(text));
        const long = `[${text}, "1234567890123456789"]`;
        expect(parsed(text)).toEqual(JSON.parse(text));
        expect(parsed(long)).toEqual(JSON.parse(long));
      }),
    );
  });

  it.each([
    ['12345678901234567890', 12345678901234567890n],
    ['-9223372036854775808', -9223372036854775808n],
    ['[9007199254740993,9007199254740991]', [9007199254740993n, 9007199254740991]],
    ['{"a":12345678901234567890,"b":"12345678901234567890"}', { a: 12345678901234567890n, b: '12345678901234567890' }],
    ['1234567890123456789.5', Number('1234567890123456789.5')],
    ['12345678901234567890e2', Number('12345678901234567890e2')],
    ['0.12345678901234567890', Number('0.12345678901234567890')],
    ['"\\"12345678901234567890"', '"12345678901234567890'],
  ])('%s is exact', (text, value) => {
    expect(parsed(text)).toEqual(value);
  });

  it.each(['01234567890123456789', '[1234567890123456789', '12345678901234567890-', '"1234567890123456789'])(
    '%s is refused',
    (text) => {
      expect(() => parsed(text)).toThrow(SyntaxError);
    },
  );

  it('nested a million deep is text, and says why', () => {
    const text = '['.repeat(1_000_000) + ']'.repeat(1_000_000);
    for (const inner of ['', '12345678901234567890']) {
      const body = utf8(text.slice(0, 1_000_000) + inner + text.slice(1_000_000));
      const decoded = decodeBody(body, { content_type: 'application/json' });
      expect(decoded.kind).toBe('text');
      expect(decoded.notes[0]).toMatch(/nested/);
    }
  });

  it('is shown without its blanks, those in strings excepted', () => {
    const pretty = JSON.stringify({ a: [1, { 'b c': 'd  "e' }], n: 1.5 }, null, 2);
    expect(compactJson(pretty, 1000)).toBe('{"a":[1,{"b c":"d  \\"e"}],"n":1.5}');
    expect(compactJson(pretty, 10)).toHaveLength(10);
  });
});

describe('XML', () => {
  const indented = (text: string) => decodeBody(utf8(text), { content_type: 'application/xml' }).text;

  it.each([
    ['<a><b>t</b><c/></a>', '<a>\n  <b>t</b>\n  <c/>\n</a>'],
    ['<a>text <b>bold</b> more</a>', '<a>text <b>bold</b> more</a>'],
    [
      '<a x="1>2" y=\'"\'><!-- <b> --><![CDATA[<c>]]></a>',
      '<a x="1>2" y=\'"\'>\n  <!-- <b> -->\n  <![CDATA[<c>]]>\n</a>',
    ],
    ['<a></a>', '<a></a>'],
    ['<a', '<a'],
    ['<a><!-- ', '<a>\n  <!-- '],
    ['</a></a><b>', '</a>\n</a>\n<b>'],
  ])('%s is indented', (text, lines) => {
    expect(indented(text)).toBe(lines);
  });

  it('expands no entities', () => {
    const bomb = `<!DOCTYPE a [${'<!ENTITY b "&b;&b;">'.repeat(20)}]><a>&b;</a>`;
    expect(indented(bomb)!.length).toBeLessThan(2 * bomb.length);
  });

  it('nested a hundred thousand deep is indented no deeper than can be read', () => {
    const text = '<a>'.repeat(100_000);
    expect(indented(text)!.length).toBeLessThan(100 * 100_000);
  });

  it('in the charset that it declares is read', () => {
    const body = Buffer.from('<?xml version="1.0" encoding="ISO-8859-1"?><a>è</a>', 'latin1');
    expect(decodeBody(body, { content_type: 'text/xml' }).text).toContain('è');
    const utf16 = Buffer.from('\ufeff<?xml version="1.0" encoding="utf-16"?><a>è</a>', 'utf16le');
    expect(decodeBody(utf16).text).toContain('<a>è</a>');
  });

  it('is one line on a line', () => {
    const decoded = decodeBody(utf8('<a>\n\t<b>t</b>\r\n</a>\n'));
    expect(bodyLine(decoded, 100)).toEqual({ mark: 'xml', text: '<a><b>t</b></a>', whole: true });
  });
});
