// Makes closures of a syntax tree: what a name means and whether types fit is decided here, once, so that judging a record
// is nothing but reading and comparing. Counterpart: grammar.ts, which makes the tree.
// Invariant: a comparison with what is missing is false, whatever the operator; only `!` turns that round.

import { FilterSyntaxError } from '../errors.ts';
import { encodeText } from '../protocol/text.ts';
import type { FieldDefinition } from './fields.ts';
import { anyValue, valueFor } from './literal.ts';
import { type FieldPath, fieldPathOf, type Sort, sortOf } from './names.ts';
import { compilePattern } from './regular-expression.ts';
import { AT_END, AT_HEADER, AT_METHOD, isNoteKind, type RecordKind, type Stage, type Subject } from './subject.ts';
import { type Comparison, formatName, type Literal, type Name, type Tree } from './syntax-tree.ts';
import { areOrdered, type Found, isEqual, type Scalar } from './value.ts';
import { equalsWire } from './wire-field.ts';

export type Test = (subject: Subject) => boolean;

/** A tree whose leaves are tests, with how much of a command each has to see. */
export type Program =
  | { readonly kind: 'or' | 'and'; readonly parts: readonly Program[] }
  | { readonly kind: 'not'; readonly part: Program }
  | Leaf;

export interface Leaf {
  readonly kind: 'leaf';
  readonly test: Test;
  readonly stage: Stage;
  readonly needsBody: boolean;
}

/** Compiles the tree of this text. Throws FilterSyntaxError. */
export function compile(text: string, tree: Tree): Program {
  switch (tree.kind) {
    case 'or':
    case 'and':
      return { kind: tree.kind, parts: tree.parts.map((part) => compile(text, part)) };
    case 'not':
      return { kind: 'not', part: compile(text, tree.part) };
    case 'bare':
      return compileBare(text, tree.name);
    case 'compare': {
      const path = fieldPathOf(text, tree.name);
      return leaf(path, compileComparison(text, path, tree.name, tree.comparison, tree.literal));
    }
    case 'in': {
      const path = fieldPathOf(text, tree.name);
      const tests = tree.literals.map((literal) => compileComparison(text, path, tree.name, '==', literal));
      return leaf(path, (subject) => tests.some((test) => test(subject)));
    }
  }
}

/** The whole program as one test, in which what cannot be asked at this stage is taken for `assumed`. */
export function testAt(program: Program, stage: Stage, assumed: boolean): Test {
  switch (program.kind) {
    case 'leaf':
      return program.stage <= stage ? program.test : () => assumed;
    case 'not': {
      const test = testAt(program.part, stage, !assumed);
      return (subject) => !test(subject);
    }
    case 'and': {
      const tests = program.parts.map((part) => testAt(part, stage, assumed));
      const [first, second] = tests;
      if (tests.length === 2) return (subject) => first!(subject) && second!(subject);
      return (subject) => tests.every((test) => test(subject));
    }
    case 'or': {
      const tests = program.parts.map((part) => testAt(part, stage, assumed));
      return (subject) => tests.some((test) => test(subject));
    }
  }
}

/** All leaves of a program. */
export function* leavesOf(program: Program): Generator<Leaf> {
  if (program.kind === 'leaf') yield program;
  else if (program.kind === 'not') yield* leavesOf(program.part);
  else for (const part of program.parts) yield* leavesOf(part);
}

function leaf({ field }: FieldPath, test: Test): Leaf {
  return { kind: 'leaf', test, stage: field.stage, needsBody: field.needsBody };
}

function compileBare(text: string, name: Name): Leaf {
  const sort = sortOf(name);
  if (sort) return { kind: 'leaf', test: sortTest(sort), stage: stageOf(sort), needsBody: false };
  const path = fieldPathOf(text, name);
  const { field, steps } = path;
  if (steps.length > 0) {
    return leaf(path, (subject) => {
      const found = field.part!(subject, steps);
      return found !== undefined && found !== false;
    });
  }
  if (field.type === 'boolean') return leaf(path, (subject) => field.read(subject) === true);
  return leaf(path, (subject) => field.isPresent(subject));
}

function sortTest(sort: Sort): Test {
  switch (sort.is) {
    case 'method':
      return (subject) => subject.method === sort.method;
    case 'class':
      return (subject) => subject.method?.className === sort.className;
    case 'kind':
      return kindTest(sort.kind);
  }
}

/** A command is a method, and a header and a body too if it has them. */
function kindTest(kind: RecordKind | 'note'): Test {
  switch (kind) {
    case 'note':
      return (subject) => isNoteKind(subject.kind);
    case 'header':
      return (subject) => subject.headerPayload !== undefined;
    case 'body':
      return (subject) => subject.bodySize > 0;
    default:
      return (subject) => subject.kind === kind;
  }
}

function stageOf(sort: Sort): Stage {
  if (sort.is !== 'kind') return AT_METHOD;
  return sort.kind === 'header' ? AT_HEADER : sort.kind === 'body' ? AT_END : AT_METHOD;
}

function compileComparison(text: string, path: FieldPath, name: Name, comparison: Comparison, literal: Literal): Test {
  const { field, steps } = path;
  if (steps.length > 0) return partTest(path, anyTest(text, comparison, literal));
  if (comparison === 'contains' || comparison === 'matches') {
    checkText(text, field, name, comparison);
    return scalarTest(field, anyTest(text, comparison, literal));
  }
  const value = valueFor(text, field, literal);
  checkOrder(text, field, name, comparison);
  if (field.wire && typeof value === 'string' && comparison === '==') {
    const { wire } = field;
    const bytes = encodeText(value);
    return (subject) => equalsWire(wire, subject, bytes);
  }
  return scalarTest(field, orderTest(comparison, value));
}

function scalarTest(field: FieldDefinition, test: (value: Found) => boolean): Test {
  return (subject) => {
    const value = field.read(subject);
    return value !== undefined && test(value);
  };
}

function partTest({ field, steps }: FieldPath, test: (value: Found) => boolean): Test {
  return (subject) => {
    const value = field.part!(subject, steps);
    return value !== undefined && test(value);
  };
}

function checkText(text: string, field: FieldDefinition, name: Name, comparison: Comparison): void {
  if (field.type === 'string' || field.type === 'word') return;
  const what = field.type === 'table' || field.type === 'json' ? `, as in ${field.name}["key"] ${comparison} …` : '';
  throw new FilterSyntaxError(
    text,
    `${comparison} is for text; ${field.name} is a ${field.type}${what}`,
    name.start,
    name.end,
  );
}

function checkOrder(text: string, field: FieldDefinition, name: Name, comparison: Comparison): void {
  if (comparison === '==' || comparison === '!=' || (field.type !== 'boolean' && field.type !== 'word')) return;
  throw new FilterSyntaxError(text, `${formatName(name)} has no order: compare it with == or !=`, name.start, name.end);
}

/** A test of a value of any type; of different types none is true. */
function anyTest(text: string, comparison: Comparison, literal: Literal): (value: Found) => boolean {
  switch (comparison) {
    case 'contains': {
      const part = stringOf(text, comparison, literal);
      return (value) => {
        if (typeof value === 'string') return value.includes(part);
        return Array.isArray(value) && value.includes(part);
      };
    }
    case 'matches': {
      const pattern = patternOf(text, comparison, literal);
      return (value) => typeof value === 'string' && pattern(value);
    }
    default:
      return orderTest(comparison, anyValue(text, literal));
  }
}

function stringOf(text: string, comparison: Comparison, literal: Literal): string {
  if (literal.kind === 'string') return literal.value;
  throw new FilterSyntaxError(text, `${comparison} expects a string`, literal.start, literal.end);
}

function patternOf(text: string, comparison: Comparison, literal: Literal): (text: string) => boolean {
  try {
    return compilePattern(stringOf(text, comparison, literal));
  } catch (error) {
    if (error instanceof FilterSyntaxError) throw error;
    const reason = `not a regular expression (RE2): ${(error as Error).message}`;
    throw new FilterSyntaxError(text, reason, literal.start, literal.end);
  }
}

function orderTest(
  comparison: Exclude<Comparison, 'contains' | 'matches'>,
  expected: Scalar,
): (value: Found) => boolean {
  const comparable = (value: Found): value is Scalar =>
    value !== null && typeof value !== 'object' && areOrdered(value as Scalar, expected);
  switch (comparison) {
    case '==':
      return (value) => value !== null && isEqual(value as Scalar, expected);
    case '!=':
      return (value) => value !== null && isComparable(value, expected) && !isEqual(value as Scalar, expected);
    case '<':
      return (value) => comparable(value) && value < expected;
    case '<=':
      return (value) => comparable(value) && value <= expected;
    case '>':
      return (value) => comparable(value) && value > expected;
    case '>=':
      return (value) => comparable(value) && value >= expected;
  }
}

/** Whether the values are of the same type. */
function isComparable(value: Found, expected: Scalar): boolean {
  return typeof value === 'boolean' ? typeof expected === 'boolean' : areOrdered(value as Scalar, expected);
}
