// Literals made into values of the type that a field has, or refused. Part of compile.ts.

import { FilterSyntaxError } from '../errors.ts';
import type { FieldDefinition } from './fields.ts';
import { nearest } from './nearest.ts';
import { type Literal, quoted } from './syntax-tree.ts';
import type { Scalar } from './value.ts';

const MICROSECONDS = 1e6;
const MILLISECONDS = 1e3;
/** With its zone: what a time means is not to depend on where the filter is read. */
const ISO_TIME = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.(\d+))?)?(?:Z|[+-]\d\d:\d\d))?$/;
/** Methods that nobody knows are called by their ids. */
const METHOD_IDS = /^\d+\.\d+$/;

/** The literal as a value to compare the field with. Throws FilterSyntaxError. */
export function valueFor(text: string, field: FieldDefinition, literal: Literal): Scalar {
  const refuse = (reason: string): never => {
    throw new FilterSyntaxError(text, reason, literal.start, literal.end);
  };
  switch (field.type) {
    case 'string':
      if (literal.kind === 'string') return literal.value;
      return refuse(`${field.name} is a string: write ${quoted(text.slice(literal.start, literal.end))}`);
    case 'number':
      if (literal.kind === 'number') return literal.value;
      return refuse(`${field.name} is a number`);
    case 'boolean':
      return booleanOf(literal) ?? refuse(`${field.name} is true or false`);
    case 'time':
      return timeOf(literal) ?? refuse(`${field.name} is a time: write "2026-11-22T10:00:00Z"`);
    case 'duration':
      if (literal.kind === 'duration' || literal.value === 0) return Number(literal.value);
      return refuse(`${field.name} is a duration: write it with its unit, as in 100ms`);
    case 'word':
      return wordOf(field, literal) ?? refuse(`${field.name} is ${expectedWords(field, literal)}`);
    case 'table':
      return refuse(`${field.name} is a table: name what is in it, as in ${field.name}["key"]`);
    case 'json':
      return refuse(`${field.name} is a document: name what is in it, as in body.name`);
  }
}

/** The literal as a value to compare with what stands in a table or in JSON, which may be of any type. */
export function anyValue(text: string, literal: Literal): Scalar {
  if (literal.kind === 'string' || literal.kind === 'number') return literal.value;
  const value = booleanOf(literal);
  if (value !== undefined) return value;
  const what =
    literal.kind === 'duration' ? 'has no units of time' : 'is compared with a string, a number, true or false';
  throw new FilterSyntaxError(text, `what stands in a table or in JSON ${what}`, literal.start, literal.end);
}

/** `true`, `false`, and Wireshark's `1`, `0`, `True`, `TRUE`. */
function booleanOf(literal: Literal): boolean | undefined {
  const word = literal.kind === 'word' ? literal.value.toLowerCase() : undefined;
  if (word === 'true' || literal.value === 1) return true;
  return word === 'false' || literal.value === 0 ? false : undefined;
}

/** µs since the Unix epoch. */
function timeOf(literal: Literal): number | undefined {
  if (literal.kind === 'number') return Number(literal.value) * MICROSECONDS;
  const match = literal.kind === 'string' ? ISO_TIME.exec(literal.value) : null;
  if (!match) return undefined;
  const fraction = match[1] ?? '';
  const ms = Date.parse(fraction === '' ? match[0] : match[0].replace(`.${fraction}`, ''));
  return Number.isNaN(ms) ? undefined : ms * MILLISECONDS + Math.round(Number(`0.${fraction}`) * MICROSECONDS);
}

function wordOf(field: FieldDefinition, literal: Literal): string | undefined {
  if (literal.kind !== 'word' && literal.kind !== 'string') return undefined;
  const isKnown = field.words!.includes(literal.value) || (field.name === 'method' && METHOD_IDS.test(literal.value));
  return isKnown ? literal.value : undefined;
}

/** Few words are all named; of many the nearest. */
function expectedWords(field: FieldDefinition, literal: Literal): string {
  const words = field.words!;
  if (words.length <= 6) return `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
  const near = nearest(String(literal.value), words);
  const found = `not ${literal.value}`;
  return near === undefined
    ? `one of ${words.length} names such as ${words[0]}, ${found}`
    : `${found}; did you mean ${near}?`;
}
