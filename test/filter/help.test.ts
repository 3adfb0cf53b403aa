// What people are told of filters: the field table in the terminal, in the documentation, and while they write.

import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { completions } from '../../src/filter/completions.ts';
import { FIELDS } from '../../src/filter/fields.ts';
import { parseFilter } from '../../src/filter/filter.ts';
import { filterFieldsMarkdown, filterHelp } from '../../src/filter/help.ts';
import { root } from '../rig/root.ts';

describe('docs/filter.md', () => {
  const text = readFileSync(path.join(root, 'docs/filter.md'), 'utf8');
  const [introduction = '', table] = text.split('<!-- made from src/filter/fields.ts -->\n\n');

  it('has the field table as it is', () => {
    expect(table).toBe(filterFieldsMarkdown());
  });

  it('has no example that is refused', () => {
    const examples = [...introduction.matchAll(/^\| (`[^|]*(?:\\\|[^|]*)*) \|/gm)]
      .flatMap(([, cell]) => [...cell!.matchAll(/`([^`]+)`/g)])
      .map(([, example]) => example!.replaceAll('\\|', '|'));
    expect(examples.length).toBeGreaterThan(25);
    for (const example of examples) expect(() => parseFilter(example), example).not.toThrow();
  });
});

describe('the help', () => {
  it('has a line for every field, and examples that are understood', () => {
    const help = filterHelp();
    for (const { name } of FIELDS) expect(help).toMatch(new RegExp(`^ {2}${name.replaceAll('.', '\\.')} `, 'm'));
    const examples = help
      .split('\n')
      .slice(2, 12)
      .map((line) => line.trim().split(/ {2,}/)[0]!);
    for (const example of examples) expect(() => parseFilter(example), example).not.toThrow();
  });

  it('has lines that a terminal shows whole', () => {
    expect(
      Math.max(
        ...filterHelp()
          .split('\n')
          .map((line) => line.length),
      ),
    ).toBeLessThan(150);
  });
});

/** The candidates at the `|`. */
function at(marked: string): string[] {
  const caret = marked.indexOf('|');
  return completions(marked.replace('|', ''), caret).candidates.map(({ text }) => text);
}

describe('completion', () => {
  it('offers names where a test begins', () => {
    expect(at('rout|')).toEqual(['routing_key']);
    expect(at('basic.pub|')).toEqual(['basic.publish']);
    expect(at('basic.ack && !(exch|')).toEqual(expect.arrayContaining(['exchange', 'exchange.declare']));
    expect(at('heartb|')[0]).toBe('heartbeat');
    expect(at('|').length).toBeGreaterThan(FIELDS.length);
    expect(at('amqp.ch|')).toEqual(['amqp.channel']);
    expect(at('key|')).toEqual(['routing_key']);
  });

  it('offers operators that fit the field', () => {
    expect(at('routing_key |')).toEqual(['==', '!=', 'contains', 'matches', 'in', '&&', '||']);
    expect(at('latency |')).toContain('>=');
    expect(at('headers |')).toEqual(['&&', '||']);
    expect(at('routing_key mat|')).toEqual(['matches']);
    expect(at('channel == 1 |')).toEqual(['&&', '||']);
  });

  it('offers words where a value is expected', () => {
    expect(at('method == basic.ack|')).toEqual(['basic.ack']);
    expect(at('method in {basic.ack basic.n|')).toEqual(['basic.nack']);
    expect(at('method in {basic.ack} |')).toEqual(['&&', '||']);
    expect(at('direction == |')).toEqual(['client-to-server', 'server-to-client']);
    expect(at('mandatory == |')).toEqual(['true', 'false']);
    expect(at('exchange == |')).toEqual([]);
  });

  it('offers nothing within strings and brackets', () => {
    expect(at('exchange == "ro|')).toEqual([]);
    expect(at('headers["|')).toEqual([]);
    expect(at('headers[|')).toEqual([]);
  });

  it('replaces the whole name that the caret stands in', () => {
    const { start, end } = completions('basic.ack && rout_key == 1', 17);
    expect([start, end]).toEqual([13, 21]);
  });

  it('says of what kind each candidate is', () => {
    const [candidate] = completions('routing', 7).candidates;
    expect(candidate).toEqual({
      text: 'routing_key',
      kind: 'field',
      summary: expect.stringMatching(/^string: argument/),
    });
  });
});
