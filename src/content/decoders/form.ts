// Form data as browsers send it (application/x-www-form-urlencoded, WHATWG URL §5). By content type alone.

import { textOf } from '../charset.ts';
import { type BodyValue, defineDecoder } from '../decoder.ts';

export const form = defineDecoder({
  id: 'form',
  title: 'form',
  summary: 'URL-encoded form fields; a name that comes twice has a list',
  sort: 'format',
  contentTypes: ['application/x-www-form-urlencoded'],
  decode(bytes, { truncated }) {
    const text = textOf(bytes, undefined, truncated);
    if (truncated) return { kind: 'text', text, complete: false };
    const fields = new Map<string, BodyValue[]>();
    for (const [name, value] of new URLSearchParams(text)) {
      const values = fields.get(name);
      if (values) values.push(value);
      else fields.set(name, [value]);
    }
    return { kind: 'value', value: new Map([...fields].map(([name, values]) => [name, single(values)])) };
  },
});

function single(values: readonly BodyValue[]): BodyValue {
  return values.length === 1 ? values[0] : values;
}
