// The body as text and as JSON, each made once a body however many fields of a filter ask. Bodies are read as they passed:
// compressed ones are not unpacked. Invariant: never throws; what is no JSON, or not all there, is undefined.

import { decodeText } from '../protocol/text.ts';
import type { Subject } from './subject.ts';

const texts = new WeakMap<Uint8Array, string>();
const documents = new WeakMap<Uint8Array, { readonly json: unknown }>();

/** The text of the body, as far as it was kept; undefined where there is none. */
export function bodyText({ body }: Subject): string | undefined {
  if (!body) return undefined;
  let text = texts.get(body);
  if (text === undefined) {
    text = decodeText(body, 0, body.length);
    texts.set(body, text);
  }
  return text;
}

/** The body as JSON. */
export function bodyJson(subject: Subject): unknown {
  const { body, bodySize } = subject;
  if (!body || body.length < bodySize) return undefined;
  let document = documents.get(body);
  if (!document) {
    document = { json: parse(bodyText(subject)!) };
    documents.set(body, document);
  }
  return document.json;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
