// JSON (RFC 8259): by content type any value, by its look only objects and arrays. Counterpart: exact-json.ts.

import { textOf } from '../charset.ts';
import { DecodeError, defineDecoder } from '../decoder.ts';
import { checkExtent, parseExactJson } from '../exact-json.ts';
import { ValueBudget } from '../value-budget.ts';

const OPENING = new Set([0x7b, 0x5b]);
const CLOSING = new Set([0x7d, 0x5d]);
/** Space, tab, newline, return, and the bytes of a byte order mark. */
const BLANK = new Set([0x20, 0x09, 0x0a, 0x0d, 0xef, 0xbb, 0xbf]);

export const json = defineDecoder({
  id: 'json',
  title: 'JSON',
  summary: 'JSON, integers of any size kept exact',
  sort: 'format',
  contentTypes: ['application/json', 'text/json', 'application/x-json', '+json'],
  recognised: 'an object or array, valid to its end',
  recognise(bytes, { truncated, maxValues }) {
    let start = 0;
    while (start < bytes.length && BLANK.has(bytes[start]!)) start++;
    if (!OPENING.has(bytes[start] ?? 0)) return false;
    if (truncated) return textOf(bytes, undefined, true) !== '';
    let end = bytes.length - 1;
    while (end > start && BLANK.has(bytes[end]!)) end--;
    if (!CLOSING.has(bytes[end]!)) return false;
    const text = textOf(bytes, undefined, false);
    checkExtent(text, new ValueBudget(maxValues));
    return isJson(text);
  },
  decode(bytes, { contentType, truncated, maxValues }) {
    const text = textOf(bytes, contentType?.charset, truncated);
    if (truncated) return { kind: 'text', text, complete: false };
    return { kind: 'value', value: parse(text, new ValueBudget(maxValues)), text };
  },
});

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function parse(text: string, budget: ValueBudget): ReturnType<typeof parseExactJson> {
  try {
    return parseExactJson(text, budget);
  } catch (error) {
    if (error instanceof SyntaxError) throw new DecodeError(syntaxMessage(error.message));
    throw error;
  }
}

/** Without the text, which is shown anyway. */
function syntaxMessage(message: string): string {
  return message.replace(/, (?:\.\.\.)?".*?" is not valid JSON$/s, '').replace(/ \(line.*$/, '');
}
