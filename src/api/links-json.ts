// What a record has to do with others, as the API shows it. Counterpart of session/links.ts.

import type { Link } from '../session/links.ts';
import type { LinksJson } from './json.ts';

/** Record ids, the latency in µs; what is not known is left out. Undefined if nothing is. */
export function linksJson(link: Link | undefined): LinksJson | undefined {
  if (!link || Object.keys(link).length === 0) return undefined;
  const { answers, answeredBy, latency, settles, queue } = link;
  return { answers, answered_by: answeredBy, latency, settles, queue };
}
