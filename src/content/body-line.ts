// A decoded body as one line for the eye: what was taken off it, then its text or value. Counterpart: body-json.ts.
// Invariant: it says that it was decoded, unless it is text or JSON as it came; takes time in proportion to `limit`.

import type { DecodedBody } from './decode-body.ts';
import { compactJson, valueText } from './value-text.ts';

const ARROW = '→';
/** Bodies that are shown nearly as they came. */
const PLAIN = new Set(['json', 'text']);
/** Blanks between tags, of which more than some are not looked at. */
const BETWEEN_TAGS = />\s{1,1000}</g;

export interface BodyLine {
  /** `gzip→msgpack`; empty for text and JSON that came as they are. */
  readonly mark: string;
  /** About `limit` characters at most, with line breaks where text has them; undefined for hex. */
  readonly text: string | undefined;
  /** Whether that is all of it. */
  readonly whole: boolean;
}

/** The line of a decoded body. */
export function bodyLine(decoded: DecodedBody, limit: number): BodyLine {
  const { layers, complete } = decoded;
  const mark = layers.length === 1 && PLAIN.has(layers[0]!) ? '' : layers.join(ARROW);
  const text = lineText(decoded, limit);
  return { mark, text, whole: complete && (text === undefined || text.length < limit) };
}

function lineText({ decoder, kind, text, value }: DecodedBody, limit: number): string | undefined {
  if (kind === 'hex') return undefined;
  if (decoder === 'json' && text !== undefined) return compactJson(text, limit);
  if (kind === 'value') return valueText(value, limit);
  const start = (text ?? '').slice(0, limit);
  return decoder === 'xml' ? start.replace(BETWEEN_TAGS, '><') : start;
}
