// What a request's URL holds, path and query parameters: read strictly, so that a slip of the keyboard is told and not passed over.

import { FilterSyntaxError } from '../errors.ts';
import type { Filter } from '../filter/filter.ts';
import { ApiError } from './api-error.ts';

/** Refuses parameters that nobody reads. `token` is always allowed. Throws ApiError 400. */
export function checkParameters(query: URLSearchParams, known: readonly string[]): void {
  for (const name of query.keys()) {
    if (name === 'token' || known.includes(name)) continue;
    const expected = known.length > 0 ? `expected ${known.join(', ')}` : 'none is expected';
    throw new ApiError(400, `unknown parameter '${name}'; ${expected}`);
  }
}

/** The number that stands for `:id` in a path. `what` it is the number of, as in `the id of a record`. Throws ApiError 400. */
export function pathNumber(text: string, what: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new ApiError(400, `expected ${what}, found '${text}'`);
}

/** A whole number from `least` to `most`. Throws ApiError 400. */
export function integerParameter(
  query: URLSearchParams,
  name: string,
  least: number,
  most = Number.MAX_SAFE_INTEGER,
): number | undefined {
  const text = query.get(name);
  if (text === null) return undefined;
  const value = Number(text);
  if (/^\d{1,16}$/.test(text) && value >= least && value <= most) return value;
  const range = most === Number.MAX_SAFE_INTEGER ? `from ${least} on` : `from ${least} to ${most}`;
  throw new ApiError(400, `${name}: expected a whole number ${range}, found '${text}'`);
}

/** One of these words. Throws ApiError 400. */
export function choiceParameter<Choice extends string>(
  query: URLSearchParams,
  name: string,
  choices: readonly Choice[],
): Choice | undefined {
  const text = query.get(name);
  if (text === null) return undefined;
  const choice = choices.find((known) => known === text);
  if (choice !== undefined) return choice;
  throw new ApiError(400, `${name}: expected ${choices.join(', ')}, found '${text}'`);
}

/** `1` or `0`. Throws ApiError 400. */
export function flagParameter(query: URLSearchParams, name: string, byDefault: boolean): boolean {
  const text = query.get(name);
  if (text === null) return byDefault;
  if (text === '1' || text === '0') return text === '1';
  throw new ApiError(400, `${name}: expected 0 or 1, found '${text}'`);
}

/** A filter; its language is loaded with the first. Rejects with ApiError 400, which says in one line what is wrong where. */
export async function filterParameter(query: URLSearchParams, name: string): Promise<Filter | undefined> {
  const text = query.get(name);
  if (text === null) return undefined;
  const { parseFilter } = await import('../filter/filter.ts');
  try {
    return parseFilter(text);
  } catch (error) {
    if (!(error instanceof FilterSyntaxError)) throw error;
    throw new ApiError(400, `${name}: ${error.reason}`);
  }
}
