// What the grammar makes of a filter's text, before anybody asks what its names mean. Made by grammar.ts, read by
// compile.ts; formatTree is the way back. Invariant: parsing what formatTree wrote gives the same tree, but for places.

/** Where in the text: `[start, end)`. */
export interface Place {
  readonly start: number;
  readonly end: number;
}

export const COMPARISONS = ['==', '!=', '<', '<=', '>', '>=', 'contains', 'matches'] as const;
export type Comparison = (typeof COMPARISONS)[number];

/** A field, a method, a class, a kind of record: words joined by dots, then steps into tables. */
export interface Name extends Place {
  readonly steps: readonly Step[];
}

/** One word or one pair of brackets of a name. */
export interface Step extends Place {
  readonly key: string | number;
  /** It stood behind a dot (or first), not in brackets. */
  readonly isWord: boolean;
}

export type Literal = Place &
  (
    | { readonly kind: 'string'; readonly value: string }
    /** A bigint where a double is not exact. */
    | { readonly kind: 'number'; readonly value: number | bigint }
    /** µs */
    | { readonly kind: 'duration'; readonly value: number }
    /** A bare word: true, false, a method, one of a field's words. */
    | { readonly kind: 'word'; readonly value: string }
  );

export type Tree =
  | { readonly kind: 'or' | 'and'; readonly parts: readonly Tree[] }
  | { readonly kind: 'not'; readonly part: Tree }
  | { readonly kind: 'bare'; readonly name: Name }
  | { readonly kind: 'compare'; readonly name: Name; readonly comparison: Comparison; readonly literal: Literal }
  | { readonly kind: 'in'; readonly name: Name; readonly literals: readonly Literal[]; readonly set: Place };

const BINDING = { or: 1, and: 2, not: 3, bare: 4, compare: 4, in: 4 } as const;

/** The tree as text, with no more parentheses than it needs. */
export function formatTree(tree: Tree): string {
  switch (tree.kind) {
    case 'or':
    case 'and':
      return tree.parts.map((part) => within(part, BINDING[tree.kind] + 1)).join(tree.kind === 'or' ? ' || ' : ' && ');
    case 'not':
      return `!${within(tree.part, tree.part.kind === 'compare' || tree.part.kind === 'in' ? 5 : BINDING.not)}`;
    case 'bare':
      return formatName(tree.name);
    case 'compare':
      return `${formatName(tree.name)} ${tree.comparison} ${formatLiteral(tree.literal)}`;
    case 'in':
      return `${formatName(tree.name)} in {${tree.literals.map(formatLiteral).join(', ')}}`;
  }
}

function within(tree: Tree, binding: number): string {
  return BINDING[tree.kind] < binding ? `(${formatTree(tree)})` : formatTree(tree);
}

/** The name as it is written: `headers["x-retry"]`. */
export function formatName({ steps }: Name): string {
  return steps
    .map(({ key, isWord }, index) => (isWord ? `${index > 0 ? '.' : ''}${key}` : `[${formatKey(key)}]`))
    .join('');
}

function formatKey(key: string | number): string {
  return typeof key === 'number' ? String(key) : quoted(key);
}

function formatLiteral(literal: Literal): string {
  switch (literal.kind) {
    case 'string':
      return quoted(literal.value);
    case 'duration':
      return `${literal.value}us`;
    case 'number': {
      // Of integers without an exponent the large ones are read as bigints.
      const isLarge = typeof literal.value === 'number' && /^-?\d{16,}$/.test(String(literal.value));
      return isLarge && !Number.isSafeInteger(literal.value) ? `${literal.value}e0` : String(literal.value);
    }
    default:
      return String(literal.value);
  }
}

/** The text as a string of the filter language. */
export function quoted(text: string): string {
  const escaped = text.replace(/["\\]|[^\x20-\x7e\xa0-\ud7ff\ue000-\uffff]/g, (character) =>
    character === '"' || character === '\\'
      ? `\\${character}`
      : `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return `"${escaped}"`;
}
