// What the session knows of a line, beside what its frames say: how long after what it answers it came, how many it
// settles, which queue it is about. Counterparts: session/links.ts, where it stands; pretty-printer.ts, which shows it.
// Invariant: only what the method does not say itself, and only what is certain.

import { CLIENT_TO_SERVER } from '../protocol/frame.ts';
import type { Link, Links } from '../session/links.ts';
import { type Detail, jsonText } from './details.ts';
import type { Shown } from './shown.ts';

/** µs from which on an answer is slow enough to be looked at. */
export const SLOW = 1_000_000;

export interface Settlement {
  /**
   * µs since what the line answers: of a confirm or return its publish, of an ack its delivery (the oldest, if it settles
   * several), of a delivery its publish, of a reply its request.
   */
  readonly latency: number | undefined;
  readonly details: readonly Detail[];
}

const NOTHING: Settlement = { latency: undefined, details: [] };

/** What is known of the line's first record; it can be told once the whole command has passed. */
export function settlementOf(links: Links, shown: Shown): Settlement {
  const link = shown.method && links.of(shown.firstId);
  return link ? { latency: link.latency, details: detailsOf(link, shown) } : NOTHING;
}

function detailsOf({ settles = 0, queue, latency }: Link, { method, direction }: Shown): Detail[] {
  const details: Detail[] = [];
  switch (method!.method.name) {
    case 'basic.ack':
    case 'basic.nack':
    case 'basic.reject': {
      const key = direction === CLIENT_TO_SERVER ? 'settles' : 'confirms';
      if (settles > 1) details.push({ key, value: String(settles), whole: true });
      break;
    }
    case 'basic.deliver':
    case 'basic.get-ok':
      break;
    case 'basic.publish':
      return latency === undefined ? [] : [{ key: undefined, value: 'rpc-reply', whole: true }];
    default:
      return details;
  }
  if (queue !== undefined) details.push({ key: 'q', value: jsonText(queue) });
  return details;
}
