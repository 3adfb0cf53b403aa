// What the query of a list asks for: which columns, in which order, which page (RabbitMQ's management: `columns`, `sort`,
// `sort_reverse`, `page`, `page_size`, `name`, `use_regex`).

import { type ExactJson, isJsonArray, WholeDouble } from '../definitions/exact-json.ts';
import { badRequest, HttpError } from './http-error.ts';
import { isObject } from './request-body.ts';

export type Row = { readonly [key: string]: ExactJson };

const PAGE_SIZE = 100;
const LARGEST_PAGE = 500;

const DEFAULT_ORDER = ['vhost', 'name'];

export interface ListOptions {
  /** Dotted keys; `vhost` and `name` by default. */
  readonly order?: readonly string[];
  /** Whether `page` is listened to. */
  readonly pages?: boolean;
}

/** The rows as the query wants them: a list, or a page with its numbers. Throws HttpError 400. */
export function list(rows: readonly Row[], query: URLSearchParams, options: ListOptions = {}): ExactJson {
  const sorted = sort(rows, query, options.order ?? DEFAULT_ORDER);
  const columns = columnsOf(query);
  const page = options.pages ? pageOf(query) : undefined;
  if (!page) return columns ? sorted.map((row) => pick(row, columns)) : sorted;
  const result = cut(sorted, page);
  return columns ? { ...result, items: result.items.map((row) => pick(row, columns)) } : { ...result };
}

/** How a list tells of its subjects. */
export interface Telling<Subject> {
  /** What costs nothing to know; has `name`, and `vhost` where there is one. */
  readonly brief: (subject: Subject) => Row;
  /** All of it: what is brief, and more. */
  readonly full: (subject: Subject) => Row;
}

/** As `list`, but tells in full only of those that are shown: there may be very many. */
export function listSubjects<Subject>(
  subjects: readonly Subject[],
  { brief, full }: Telling<Subject>,
  query: URLSearchParams,
  options: ListOptions = {},
): ExactJson {
  const [first] = subjects;
  const known = new Set(first === undefined ? [] : Object.keys(brief(first)));
  const isBrief = (keys: readonly string[]): boolean => keys.every((key) => known.has(key.split('.')[0]!));
  if (isBrief(columnsOf(query)?.map(([column = '']) => column) ?? ['everything'])) {
    return list(subjects.map(brief), query, options);
  }
  const page = options.pages ? pageOf(query) : undefined;
  if (!page || !isBrief([query.get('sort') ?? 'name'])) return list(subjects.map(full), query, options);
  const rows = new Map(subjects.map((subject) => [brief(subject), subject]));
  const { items, ...numbers } = cut(sort([...rows.keys()], query, options.order ?? DEFAULT_ORDER), page);
  const columns = columnsOf(query);
  const shown = items.map((row) => full(rows.get(row)!));
  return { ...numbers, items: columns ? shown.map((row) => pick(row, columns)) : shown };
}

/** One object as the query wants it. */
export function selectColumns(row: Row, query: URLSearchParams): ExactJson {
  const columns = columnsOf(query);
  return columns ? pick(row, columns) : row;
}

function sort(rows: readonly Row[], query: URLSearchParams, order: readonly string[]): readonly Row[] {
  const first = query.get('sort');
  if (first === '') return rows;
  const paths = (first === null ? order : [first, ...order]).map((key) => key.split('.'));
  const keyed = rows.map((row) => ({ row, keys: paths.map((path) => valueAt(row, path)) }));
  keyed.sort((a, b) => compareKeys(a.keys, b.keys) || compareKeys(Object.values(a.row), Object.values(b.row)));
  if (query.get('sort_reverse') === 'true') keyed.reverse();
  return keyed.map(({ row }) => row);
}

function compareKeys(a: readonly ExactJson[], b: readonly ExactJson[]): number {
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    const order = compare(a[i]!, b[i]!);
    if (order !== 0) return order;
  }
  return 0;
}

/** Erlang's order of terms: numbers, truth values and null, objects, lists, texts. */
function compare(a: ExactJson, b: ExactJson): number {
  const ranks = rank(a) - rank(b);
  if (ranks !== 0) return ranks;
  if (typeof a === 'object' || typeof b === 'object') return 0;
  return (a as number) < (b as number) ? -1 : (a as number) > (b as number) ? 1 : 0;
}

function rank(value: ExactJson): number {
  if (typeof value === 'number' || typeof value === 'bigint') return 0;
  if (typeof value === 'boolean' || value === null) return 1;
  if (typeof value === 'string') return 4;
  return isJsonArray(value) ? 3 : 2;
}

/** What is missing counts as 0, before everything else. */
function valueAt(row: Row, path: readonly string[]): ExactJson {
  let value: ExactJson | undefined = row;
  for (const key of path) value = isObject(value) ? value[key] : undefined;
  return value instanceof WholeDouble ? value.value : (value ?? 0);
}

/** Dotted keys as paths; undefined: all. */
function columnsOf(query: URLSearchParams): readonly (readonly string[])[] | undefined {
  const text = query.get('columns');
  if (text === null) return undefined;
  return text
    .split(',')
    .filter((column) => column !== '')
    .map((column) => column.split('.'));
}

/** The parts of a value that the columns name. Lists are looked into, entry by entry. */
function pick(value: ExactJson, columns: readonly (readonly string[])[]): ExactJson {
  if (isJsonArray(value)) return value.map((entry) => pick(entry, columns));
  if (!isObject(value)) return value;
  const picked: Record<string, ExactJson> = {};
  for (const [key, part] of Object.entries(value)) {
    const wanted = columns.filter((column) => column[0] === key);
    if (wanted.length === 0) continue;
    picked[key] = wanted.some((column) => column.length === 1)
      ? part
      : pick(
          part,
          wanted.map((column) => column.slice(1)),
        );
  }
  return picked;
}

interface Page {
  readonly page: number;
  readonly size: number;
  readonly matches: (name: string) => boolean;
}

function pageOf(query: URLSearchParams): Page | undefined {
  const page = numberParameter(query, 'page');
  const given = numberParameter(query, 'page_size');
  if (page === undefined) return undefined;
  const size = given ?? PAGE_SIZE;
  if (page > 0 && size > 0 && size <= LARGEST_PAGE) return { page, size, matches: nameFilter(query) };
  throw new HttpError(
    400,
    'invalid_pagination_parameters',
    `Invalid pagination parameters: page number ${page}, page size ${given ?? 'undefined'}`,
  );
}

function numberParameter(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null) return undefined;
  if (/^[+-]?\d{1,9}$/.test(text)) return Number(text);
  throw badRequest('Pagination parameters are invalid');
}

function nameFilter(query: URLSearchParams): Page['matches'] {
  const text = query.get('name') ?? '';
  if (text === '') return () => true;
  if (query.get('use_regex') !== 'true') {
    const part = text.toLowerCase();
    return (name) => name.toLowerCase().includes(part);
  }
  try {
    const pattern = new RegExp(text, 'i');
    return (name) => pattern.test(name);
  } catch {
    throw badRequest(`'${text}' is no regular expression`);
  }
}

function cut(sorted: readonly Row[], { page, size, matches }: Page) {
  const filtered = sorted.filter((row) => matches(String(row['name'])));
  const start = (page - 1) * size;
  if (start > filtered.length) {
    throw new HttpError(
      400,
      'page_out_of_range',
      `Page out of range, page: ${page} page size: ${size}, len: ${filtered.length}`,
    );
  }
  const items = filtered.slice(start, start + size);
  return {
    filtered_count: filtered.length,
    item_count: items.length,
    items,
    page,
    page_count: Math.ceil(filtered.length / size),
    page_size: size,
    total_count: sorted.length,
  };
}
