// XML (RFC 7303) as indented text. Tags are told from text and no more: entities stay as they are written, nothing is
// fetched or expanded. Invariant: only blanks between tags differ from the source.

import { hasControls, textOf } from '../charset.ts';
import { DecodeError, defineDecoder } from '../decoder.ts';

/** The encoding that the XML declaration names. */
const DECLARED = /^<\?xml[^>]*?\sencoding\s*=\s*["']([\w.:-]+)["']/;
const LONGEST_DECLARATION = 200;
/** How an element, comment, declaration or processing instruction begins. */
const OPENING = /^\s*<(?:\?xml|!DOCTYPE|!--|[A-Za-z_][\w.:-]*[\s/>])/;
/** Deeper elements are indented no further, or the text would grow with the square of its depth. */
const DEEPEST_INDENT = 32;

export const xml = defineDecoder({
  id: 'xml',
  title: 'XML',
  summary: 'XML, indented; entities are left alone',
  sort: 'format',
  contentTypes: ['application/xml', 'text/xml', '+xml'],
  recognised: 'begins with a tag or an XML declaration, and ends with `>`',
  recognise(bytes, { truncated }) {
    if (!mayBegin(bytes)) return false;
    const text = xmlText(bytes, undefined, truncated);
    return OPENING.test(text.slice(0, LONGEST_DECLARATION)) && (truncated || endsWithTag(text));
  },
  decode(bytes, { contentType, truncated, maxValues }) {
    const text = xmlText(bytes, contentType?.charset, truncated);
    if (!text.trimStart().startsWith('<')) throw new DecodeError('does not begin with a tag');
    const { lines, rest } = indented(text, maxValues);
    const note = rest === '' ? undefined : `has more than ${maxValues} tags; those beyond are not indented`;
    return { kind: 'text', text: lines + rest, complete: !truncated, note };
  },
});

/** Whether the first byte that is not blank is `<`, or a byte order mark. */
function mayBegin(bytes: Uint8Array): boolean {
  const first = bytes.find((byte) => byte > 0x20);
  return first === 0x3c || first === 0xef || first === 0xff || first === 0xfe;
}

function xmlText(bytes: Uint8Array, charset: string | undefined, truncated: boolean): string {
  const text = textOf(bytes, charset ?? ownCharset(bytes), truncated);
  if (hasControls(text)) throw new DecodeError('has control characters');
  return text;
}

function ownCharset(bytes: Uint8Array): string | undefined {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le';
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return 'utf-16be';
  let head = '';
  for (const byte of bytes.subarray(0, LONGEST_DECLARATION)) head += String.fromCharCode(byte);
  const declared = DECLARED.exec(head)?.[1]?.toLowerCase();
  // .NET writes strings that say so, and encodes them as UTF-8.
  return declared?.startsWith('utf-16') ? undefined : declared;
}

function endsWithTag(text: string): boolean {
  return text.trimEnd().endsWith('>');
}

/** A tag a line; an element that holds text alone, or nothing, stays on its line. `rest`: what is beyond that many tags. */
function indented(text: string, tags: number): { readonly lines: string; readonly rest: string } {
  let lines = '';
  let depth = 0;
  /** The last tag opened an element; text stands before its end. */
  let opened = false;
  let beside = false;
  let at = 0;
  for (let left = tags; at < text.length && left > 0; left--) {
    const found = text.indexOf('<', at);
    const start = found < 0 ? text.length : found;
    const between = text.slice(at, start);
    const isText = between.trim() !== '';
    if (isText) lines += between;
    const end = found < 0 ? text.length : tagEnd(text, start);
    const tag = text.slice(start, end);
    const closes = tag.startsWith('</');
    if (closes) depth = Math.max(0, depth - 1);
    // Beside text a blank may mean something.
    const stays = isText || beside || lines === '' || (closes && opened);
    if (tag !== '') lines += stays ? tag : `\n${'  '.repeat(Math.min(depth, DEEPEST_INDENT))}${tag}`;
    opened = !closes && !/^<[?!]/.test(tag) && !tag.endsWith('/>');
    if (opened) depth++;
    beside = isText && !closes;
    at = end;
  }
  return { lines, rest: text.slice(at) };
}

/** Where a tag, comment or CDATA section ends; a `>` within quotes is none. */
function tagEnd(text: string, start: number): number {
  if (text.startsWith('<!--', start)) return endOf(text, '-->', start);
  if (text.startsWith('<![CDATA[', start)) return endOf(text, ']]>', start);
  if (text.startsWith('<?', start)) return endOf(text, '?>', start);
  let quote = '';
  for (let at = start; at < text.length; at++) {
    const character = text[at]!;
    if (quote !== '') {
      if (character === quote) quote = '';
    } else if (character === '"' || character === "'") quote = character;
    else if (character === '>') return at + 1;
  }
  return text.length;
}

function endOf(text: string, mark: string, start: number): number {
  const at = text.indexOf(mark, start);
  return at < 0 ? text.length : at + mark.length;
}
