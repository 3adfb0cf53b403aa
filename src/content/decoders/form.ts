// Form data as browsers send it (application/x-www-form-urlencoded, WHATWG URL §5). By content type alone.

import { textOf } from '../charset.ts';
import { type BodyValue, defineDecoder } from '../decoder.ts';
import { ValueBudget } from '../value-budget.ts';

export const form = defineDecoder({
  id: 'form',
  title: 'form',
  summary: 'URL-encoded form fields; a name that comes twice has a list',
  sort: 'format',
  contentTypes: ['application/x-www-form-urlencoded'],
  decode(bytes, { truncated, maxValues }) {
    const text = textOf(bytes, undefined, truncated);
    if (truncated) return { kind: 'text', text, complete: false };
    const budget = new ValueBudget(maxValues);
    for (let at = text.indexOf('&'); at >= 0; at = text.indexOf('&', at + 1)) budget.spend();
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
