// 403 ACCESS_REFUSED on a channel: the user lacks a permission, or the name is the server's own.

import { defineFinding } from '../finding.ts';
import { culprit, evidenceOf, onRefusal, publishTo, type Refusal } from './refusal.ts';
import { resourceIn } from './resource.ts';
import { capital, clientKey, clientName, quoted, serverName } from './wording.ts';

/** The permission that a method needs on what it names (RabbitMQ's access control). */
const PERMISSIONS: Readonly<Record<string, string>> = {
  'exchange.declare': 'configure',
  'exchange.delete': 'configure',
  'queue.declare': 'configure',
  'queue.delete': 'configure',
  'exchange.bind': 'write on the destination and read on the source',
  'exchange.unbind': 'write on the destination and read on the source',
  'queue.bind': 'write on the queue and read on the exchange',
  'queue.unbind': 'write on the queue and read on the exchange',
  'basic.publish': 'write',
  'basic.get': 'read',
  'basic.consume': 'read',
  'queue.purge': 'read',
};

/** Refusals that no permission helps against. */
const ADVICE: readonly (readonly [reason: RegExp, advice: string])[] = [
  [/reserved prefix/, 'Choose a name that does not begin with "amq.": those are the server\'s own.'],
  [
    /default exchange/,
    'The default exchange cannot be declared, deleted or bound: publish to it with a queue name as routing key.',
  ],
  [
    /internal exchange/,
    'Messages reach an internal exchange through bindings only: publish to the exchange that it is bound to.',
  ],
  [/deletion of system/, 'Exchanges whose names begin with "amq." cannot be deleted.'],
];

export const accessRefused = defineFinding({
  id: 'access-refused',
  severity: 'error',
  title: 'The user may not do that',
  explanation:
    "A user has three permissions in a virtual host, each a pattern of names: configure (declare, delete), write (publish, bind to) and read (consume, get, bind from). What none of them allows closes the channel; so does the use of names that are the server's own.",
  advice: 'Grant the permission (rabbitmqctl set_permissions), or use names that the user may use.',
  watch: ({ tables, report }) =>
    onRefusal('access-refused', (refusal) => {
      const { connection, channel, closure, reason } = refusal;
      const resource = resourceIn(reason);
      const advice = ADVICE.find(([pattern]) => pattern.test(reason))?.[1];
      report({
        connection,
        channel,
        subject: `${clientKey(connection)}/${reason}`,
        text: () => textOf(refusal),
        ...(advice !== undefined && { advice }),
        evidence: evidenceOf(
          refusal,
          closure.method === 'basic.publish' && resource ? publishTo(tables, refusal, resource.name) : 0,
        ),
        time: closure.time,
      });
    }),
});

function textOf(refusal: Refusal): string {
  const { connection, closure, reason } = refusal;
  const who = clientName(connection);
  const server = capital(serverName(connection));
  const what = culprit(refusal);
  const resource = resourceIn(reason);
  if (!resource || !/access to /.test(reason)) return `${server} refused ${who}${what && ` its ${what}`}: ${reason}.`;
  const user = /for user '(.*?)'/.exec(reason)?.[1] ?? connection.facts.user ?? '';
  const told = /^(configure|write|read) access/.exec(reason)?.[1];
  const needed = told ?? PERMISSIONS[closure.method ?? ''];
  const needs = needed === undefined ? '' : `, which needs permission to ${needed}`;
  const topic = /topic '(.*?)'/.exec(reason)?.[1];
  const forTopic = topic === undefined ? '' : ` with routing key ${quoted(topic)}`;
  const { kind, name, vhost } = resource;
  return `${server} refused user ${quoted(user)} (${who}) ${what || 'access'} on ${kind} ${quoted(name)}${forTopic} in vhost ${quoted(vhost)}${needs}.`;
}
