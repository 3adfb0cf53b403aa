// 404 NOT_FOUND: which queue or exchange is missing, who deleted it, or what may have been meant.

import { defineFinding } from '../finding.ts';
import type { SessionTables } from '../tables.ts';
import { blamed, closedWhat, culprit, evidenceOf, onRefusal, publishTo, type Refusal } from './refusal.ts';
import { didYouMean, type Ending, endingOf, type Resource, resourceIn } from './resource.ts';
import { clientKey, clientName, quoted } from './wording.ts';

export const notFound = defineFinding({
  id: 'not-found',
  severity: 'error',
  title: 'A queue or exchange is not there',
  explanation:
    'Queues and exchanges must be declared before they are used; publishing to an exchange that does not exist, or consuming from a queue that does not, closes the channel. (Publishing to the default exchange with the name of a missing queue does not: such messages are dropped.)',
  advice:
    'Declare it before using it, in the same virtual host, and after each reconnect if it is exclusive or auto-delete.',
  watch: ({ tables, report }) =>
    onRefusal('not-found', (refusal) => {
      const { connection, channel, closure, reason } = refusal;
      const resource = resourceIn(reason);
      const ending = resource && endingOf(tables, resource, closure.time);
      const published = resource && closure.method === 'basic.publish' ? publishTo(tables, refusal, resource.name) : 0;
      report({
        connection,
        channel,
        subject: `${clientKey(connection)}/${reason}`,
        text: () => textOf(tables, refusal, resource, ending),
        ...adviceOn(refusal, resource),
        // Many clients just ask that way.
        ...(isPassive(refusal) && { severity: 'info' }),
        evidence: evidenceOf(refusal, published, ending?.record ?? 0),
        time: closure.time,
      });
    }),
});

function textOf(
  tables: SessionTables,
  refusal: Refusal,
  resource: Resource | undefined,
  ending: Ending | undefined,
): string {
  const { connection, closure, reason } = refusal;
  const who = clientName(connection);
  if (!resource || !/^no (queue|exchange) '/.test(reason)) {
    const what = culprit(refusal);
    return `${closedWhat(refusal)} ${who}${what && ` for its ${what}`}: ${reason}.`;
  }
  const { kind, name, vhost } = resource;
  const what = `${kind} ${quoted(name)}`;
  const did =
    closure.method === 'basic.publish' ? `published to ${what}` : `asked for ${what} with ${culprit(refusal)}`;
  const there = `, which is not there (vhost ${quoted(vhost)})`;
  if (ending) return `${who} ${did}${there}: it ${ending.text}.`;
  return `${who} ${did}${there}.${didYouMean(tables, resource)}`;
}

function isPassive(refusal: Refusal): boolean {
  return blamed(refusal)?.decoded.arguments['passive'] === true;
}

function adviceOn(refusal: Refusal, resource: Resource | undefined): { readonly advice?: string } {
  if (/no previously declared queue/.test(refusal.reason)) {
    return {
      advice: 'An empty queue name stands for the queue that this channel declared last: name it, or declare one.',
    };
  }
  if (isPassive(refusal))
    return { advice: 'A passive declaration only asks whether it exists: declare it, or see why it is missing.' };
  if (resource && /^amq\.gen-/.test(resource.name)) {
    return {
      advice:
        'The server made this name up for a connection: declare a new queue after reconnecting and use the new name.',
    };
  }
  return {};
}
