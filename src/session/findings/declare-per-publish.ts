// The same declaration again and again, around each publish.

import { countText } from '../../log/quantity.ts';
import { defineFinding } from '../finding.ts';
import type { MethodEvent } from '../listener.ts';
import type { TrackedConnection } from '../tracked-connection.ts';
import { SECOND } from './micros.ts';
import { clientKey, clientName, quoted, span } from './wording.ts';

/** Declarations of one thing by one connection, in a row … */
const MANY = 10;
/** … with so many messages between two of them at most, … */
const FEW = 3;
/** … and no longer a pause than this, in µs: a round trip now and then costs nothing. */
const PAUSE = SECOND;
/** Names that are watched of one connection. */
const MOST_NAMES = 100;

interface Row {
  count: number;
  /** Messages that the connection had published at the last one. */
  published: number;
  since: number;
  /** When it was declared last, in µs. */
  time: number;
}

export const declarePerPublish = defineFinding({
  id: 'declare-per-publish',
  severity: 'warning',
  title: 'The same thing is declared for each publish',
  explanation:
    'A declaration is a round trip, and on a cluster all nodes take part in it; a publish waits for neither. What was ' +
    'declared stays, so that once is enough.',
  advice: 'Declare exchanges, queues and bindings once, when the program starts or connects again.',
  watch: ({ report }) => {
    const rows = new WeakMap<TrackedConnection, Map<string, Row>>();
    return {
      method(event) {
        const { connection, channel, request, record, time } = event;
        const what = declared(event);
        if (what === undefined || !request) return;
        const names = rows.get(connection) ?? new Map<string, Row>();
        rows.set(connection, names);
        const { published } = connection;
        const row = names.get(what);
        if (!row) {
          if (names.size < MOST_NAMES) names.set(what, { count: 1, published, since: time, time });
          return;
        }
        const between = published - row.published;
        const pause = time - row.time;
        row.published = published;
        row.time = time;
        if (between > FEW || pause > PAUSE) {
          row.count = 1;
          row.since = time;
        } else if (between > 0) row.count++;
        if (row.count < MANY) return;
        report({
          connection,
          channel,
          subject: `${clientKey(connection)} ${connection.vhost} ${what}`,
          text: () =>
            `${clientName(connection)} has declared ${what} ${countText(row.count)} times in ${span(time - row.since)}, with a ` +
            'publish or a few in between.',
          evidence: [request.record, record],
          time,
        });
      },
    };
  },
});

/** `queue 'orders'`, if the event tells that it has been declared, under a name of its own; to ask for it is another thing. */
function declared({ decoded, request }: MethodEvent): string | undefined {
  const { name } = decoded.method;
  if (name !== 'queue.declare-ok' && name !== 'exchange.declare-ok') return undefined;
  if (request?.decoded.arguments['passive'] === true) return undefined;
  const kind = name === 'queue.declare-ok' ? 'queue' : 'exchange';
  const declaredName = request?.decoded.arguments[kind];
  return declaredName ? `${kind} ${quoted(String(declaredName))}` : undefined;
}
