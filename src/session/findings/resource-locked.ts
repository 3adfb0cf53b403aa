// 405 RESOURCE_LOCKED, and 403 "in exclusive use": who holds the queue.

import type { Channel } from '../channel.ts';
import type { Consumer } from '../consumer.ts';
import { defineFinding } from '../finding.ts';
import type { SessionTables } from '../tables.ts';
import { blamed, culprit, evidenceOf, onRefusal, type Refusal } from './refusal.ts';
import { entityOf, type Resource, resourceIn } from './resource.ts';
import { at, channelName, clientKey, clientName, clientNameById, quoted } from './wording.ts';

interface Holder {
  /** Why, if the queue is not somebody else's. */
  readonly why?: string;
  /** A sentence more. */
  readonly text?: string;
  readonly record: number;
  readonly advice?: string;
}

export const resourceLocked = defineFinding({
  id: 'resource-locked',
  severity: 'error',
  title: 'A queue belongs to somebody else',
  explanation:
    'An exclusive queue can be used only on the connection that declared it, and goes with that connection. A queue with an exclusive consumer can have no other consumer. Whoever else tries has the channel closed.',
  advice:
    'Declare shared queues without exclusive, give each instance a queue of its own, or use a single active consumer (x-single-active-consumer) where one is to work and others to wait.',
  watch: ({ tables, report }) =>
    onRefusal('resource-locked', (refusal) => {
      const { connection, channel, closure, reason } = refusal;
      const resource = resourceIn(reason);
      const isConsumed = /in exclusive use/.test(reason);
      const holder = resource && (isConsumed ? consumerOf(tables, resource) : ownerOf(tables, resource, refusal));
      report({
        connection,
        channel,
        subject: `${clientKey(connection)}/${reason}`,
        text: () => textOf(refusal, resource, holder),
        ...(holder?.advice !== undefined && { advice: holder.advice }),
        evidence: evidenceOf(refusal, holder?.record ?? 0),
        time: closure.time,
      });
    }),
});

function textOf(refusal: Refusal, resource: Resource | undefined, holder: Holder | undefined): string {
  const who = clientName(refusal.connection);
  const what = culprit(refusal) || 'what it asked for';
  const { reason } = refusal;
  if (!resource) return `${who} was refused ${what}: ${reason}.`;
  const queue = `queue ${quoted(resource.name)}`;
  const why = /in exclusive use/.test(reason)
    ? 'it is in exclusive use'
    : (holder?.why ?? strangersQueue(refusal, holder));
  const lacking = /single active consumer/.test(reason)
    ? 'basic.get is not for quorum queues with a single active consumer'
    : why;
  return `${who} was refused ${what} on ${queue}: ${lacking}.${holder?.text ? ` ${holder.text}` : ''}`;
}

function strangersQueue(refusal: Refusal, holder: Holder | undefined): string {
  // RabbitMQ has the same words for both, if nobody was seen to declare it.
  const might = !holder && exclusiveIn(refusal) === true ? ', or was declared without exclusive' : '';
  return `it is exclusive to another connection${might}`;
}

/** What a declaration that was refused says; undefined: it was something else. */
function exclusiveIn(refusal: Refusal): boolean | undefined {
  const declaration = refusal.closure.method === 'queue.declare' ? blamed(refusal) : undefined;
  return declaration && declaration.decoded.arguments['exclusive'] === true;
}

function ownerOf(tables: SessionTables, resource: Resource, refusal: Refusal): Holder | undefined {
  const declared = entityOf(tables, resource)?.declared;
  if (!declared) return undefined;
  const { connection, record } = declared;
  const isExclusive = exclusiveIn(refusal);
  // RabbitMQ has the same words for a declaration that differs from the first one in this.
  const differs = !declared.exclusive || connection === refusal.connection.id;
  if (differs && isExclusive !== undefined && isExclusive !== declared.exclusive) {
    const by = connection === refusal.connection.id ? 'had itself' : `${clientNameById(tables, connection)} had`;
    const [now, first] = isExclusive ? ['with', 'without'] : ['without', 'with'];
    return {
      why: `it declares it ${now} exclusive, but ${by} declared it ${first}${at(record)}`,
      advice: 'Declare the queue with exclusive everywhere, or nowhere.',
      record,
    };
  }
  if (!declared.exclusive) return undefined;
  return { text: `${clientNameById(tables, connection)} declared it exclusive${at(record)} and holds it.`, record };
}

/** The consumer that keeps others away: the exclusive one, or else any, for which an exclusive one is refused. */
function consumerOf({ connections }: SessionTables, { name, vhost }: Resource): Holder | undefined {
  let other: [Channel, Consumer] | undefined;
  let count = 0;
  for (const connection of connections.values()) {
    for (const channel of connection.channels.values()) {
      for (const consumer of channel.consumers.values()) {
        if (consumer.cancelled || consumer.queue?.name !== name || consumer.queue.vhost !== vhost) continue;
        if (consumer.exclusive) return holderOf(channel, consumer, 'consumes from it exclusively');
        other ??= [channel, consumer];
        count++;
      }
    }
  }
  const more = count > 1 ? `, and so do ${count - 1} more` : '';
  return other && holderOf(...other, `consumes from it already${more}`);
}

function holderOf(channel: Channel, { tag, record }: Consumer, does: string): Holder {
  return { text: `Consumer ${quoted(tag)} on ${channelName(channel)} ${does}${at(record)}.`, record };
}
