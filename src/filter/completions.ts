// What can stand at a place of a filter that is being written: for the browser app and for shells. Made from the tables
// that the parser reads. Invariant: never throws, on any text; what it offers fits the grammar there.

import { FilterSyntaxError } from '../errors.ts';
import { METHODS } from '../protocol/method-table.ts';
import { SPEC } from '../protocol/spec.ts';
import { FIELDS, type FieldDefinition, type FieldType, fieldByName } from './fields.ts';
import { KIND_NAMES } from './subject.ts';
import { COMPARISONS } from './syntax-tree.ts';
import { type Token, tokenize } from './tokens.ts';

export interface Candidate {
  readonly text: string;
  readonly kind: 'field' | 'method' | 'class' | 'record' | 'operator' | 'value';
  readonly summary: string;
}

/** Candidates, best first, to put in the place of `[start, end)`. */
export interface Completions {
  readonly start: number;
  readonly end: number;
  readonly candidates: readonly Candidate[];
}

const PREFIX = /[\p{L}_][\p{L}\p{N}_.-]*$/u;
const REST = /^[\p{L}\p{N}_.-]*/u;
const JOINING = ['&&', '||', 'and', 'or'];
const ORDER = ['==', '!=', '<', '<=', '>', '>=', 'in'];
const TEXT = ['==', '!=', 'contains', 'matches', 'in'];

const OPERATORS: { readonly [T in FieldType]: readonly string[] } = {
  string: TEXT,
  word: TEXT,
  number: ORDER,
  time: ORDER,
  duration: ORDER,
  boolean: ['==', '!='],
  table: [],
  json: [],
};

const OPERATOR_SUMMARIES: { readonly [operator: string]: string } = {
  '==': 'equals',
  '!=': 'is there, and differs',
  '<': 'is less than',
  '<=': 'is at most',
  '>': 'is more than',
  '>=': 'is at least',
  contains: 'has this text in it',
  matches: 'matches this regular expression somewhere',
  in: 'is one of {…}',
  '&&': 'and',
  '||': 'or',
};

/** What can stand at the caret, an offset in the text. */
export function completions(text: string, caret: number): Completions {
  const before = text.slice(0, caret);
  const prefix = PREFIX.exec(before)?.[0] ?? '';
  const start = before.length - prefix.length;
  const end = prefix === '' ? caret : caret + REST.exec(text.slice(caret))![0].length;
  const all = candidatesAfter(text.slice(0, start), prefix);
  const wanted = prefix.toLowerCase();
  const begin = all.filter((candidate) => candidate.text.toLowerCase().startsWith(wanted));
  const others = all.filter((candidate) => candidate.text.toLowerCase().indexOf(wanted) > 0);
  return { start, end, candidates: [...begin, ...others] };
}

function candidatesAfter(text: string, prefix: string): readonly Candidate[] {
  const place = placeAfter(text);
  switch (place?.expects) {
    case 'name':
      return names(prefix);
    case 'operator':
      return [...(place.field ? OPERATORS[place.field.type] : []), '&&', '||'].map(operatorCandidate);
    case 'value':
      return values(place.field);
    default:
      return [];
  }
}

interface Placement {
  readonly expects: 'name' | 'operator' | 'value';
  /** The field that the operator or value is for. */
  readonly field: FieldDefinition | undefined;
}

/** What the grammar expects behind the text; undefined where nothing can be offered, as within a string. */
function placeAfter(text: string): Placement | undefined {
  try {
    let place: Placement & { name: string; isSet: boolean } = {
      expects: 'name',
      field: undefined,
      name: '',
      isSet: false,
    };
    for (const token of tokenize(text)) if (token.kind !== 'end') place = moved(place, token);
    return place.name.endsWith('[') ? undefined : place;
  } catch (error) {
    if (error instanceof FilterSyntaxError) return undefined;
    throw error;
  }
}

/** The place behind one more token. */
function moved<P extends Placement & { name: string; isSet: boolean }>(place: P, token: Token): P {
  const word = token.kind === 'literal' ? '' : token.text;
  switch (place.expects) {
    case 'name':
      if (['(', '!', 'not'].includes(word)) return place;
      return { ...place, expects: 'operator', name: word, field: fieldByName(word) };
    case 'operator': {
      if (JOINING.includes(word)) return { ...place, expects: 'name', name: '', field: undefined };
      if (word === 'in' || (COMPARISONS as readonly string[]).includes(word)) {
        return { ...place, expects: 'value', isSet: word === 'in' };
      }
      const isPart = '.[]'.includes(word) || place.name.endsWith('.') || place.name.endsWith('[');
      if (!isPart) return place;
      const name = place.name + token.text;
      return { ...place, name, field: fieldByName(name) };
    }
    case 'value':
      if (place.isSet && word !== '}') return place;
      return { ...place, expects: 'operator', name: '', field: undefined };
  }
}

/** Wireshark's names are offered to those who begin to write one. */
function names(prefix: string): Candidate[] {
  const fields = FIELDS.flatMap(({ name, aliases, summary, type, where }) => {
    const shown = prefix.startsWith('amqp') ? aliases.filter((alias) => alias.startsWith('amqp.')) : [name];
    return shown.map((text): Candidate => ({ text, kind: 'field', summary: `${type}: ${summary} (${where})` }));
  });
  return [
    ...fields,
    ...METHODS.map(({ name }): Candidate => ({ text: name, kind: 'method', summary: 'the method' })),
    ...Object.keys(SPEC).map((text): Candidate => ({ text, kind: 'class', summary: 'any method of the class' })),
    ...KIND_NAMES.map((text): Candidate => ({ text, kind: 'record', summary: 'records of this kind' })),
  ];
}

function operatorCandidate(text: string): Candidate {
  return { text, kind: 'operator', summary: OPERATOR_SUMMARIES[text]! };
}

function values(field: FieldDefinition | undefined): Candidate[] {
  const words = field?.type === 'boolean' ? ['true', 'false'] : (field?.words ?? []);
  return words.map((text) => ({ text, kind: 'value', summary: `a value of ${field!.name}` }));
}
