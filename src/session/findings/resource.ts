// Queues and exchanges that reply texts name, and what is known of their end: `no queue 'orders' in vhost '/'`.
// Invariant: says only what was seen, or what the declaration that was seen makes certain.

import { nearest } from '../../filter/nearest.ts';
import type { SessionTables } from '../tables.ts';
import type { Declared, Deletion, Exchange, Queue } from '../topology.ts';
import { at, clientNameById, quoted, span } from './wording.ts';

export interface Resource {
  readonly kind: 'queue' | 'exchange';
  readonly name: string;
  readonly vhost: string;
}

/** The first queue or exchange that a reply text names. */
export function resourceIn(text: string): Resource | undefined {
  const found = /(queue|exchange) '(.*?)' in vhost '(.*?)'/.exec(text);
  if (!found) return undefined;
  return { kind: found[1] as Resource['kind'], name: found[2]!, vhost: found[3]! };
}

export function entityOf({ topology }: SessionTables, { kind, name, vhost }: Resource): Exchange | Queue | undefined {
  return kind === 'queue' ? topology.findQueue(vhost, name) : topology.findExchange(vhost, name);
}

export interface Ending {
  /** Goes on after `, which`: `was deleted by 'ops' (amqplib) 3 s earlier (record 12)`. */
  readonly text: string;
  readonly record: number;
  /** The connection that deleted it, or that it went with. */
  readonly connection: number;
}

/** Why a queue or exchange is there no more, if that was seen. `time` in µs. */
export function endingOf(tables: SessionTables, resource: Resource, time: number): Ending | undefined {
  const entity = entityOf(tables, resource);
  const deletion = entity?.deletion ?? (resource.kind === 'queue' ? pendingDeletion(tables, resource) : undefined);
  if (deletion && (!entity?.declared || deletion.time > entity.declared.time)) {
    const { connection, record, withOwner } = deletion;
    const who = clientNameById(tables, connection);
    const how = withOwner ? `was exclusive to ${who} and went with its connection` : `was deleted by ${who}`;
    return { text: `${how} ${span(time - deletion.time)} earlier${at(record)}`, record, connection };
  }
  return entity?.declared && goneByItself(tables, entity.declared, time);
}

/** Consumers hear of a queue's end before the answer to queue.delete passes. */
function pendingDeletion({ connections }: SessionTables, { name, vhost }: Resource): Deletion | undefined {
  for (const { id, channels, vhost: where } of connections.values()) {
    if (where !== vhost) continue;
    for (const { number, requests } of channels.values()) {
      for (const { decoded, record, time } of requests) {
        const isDeletion = decoded.method.name === 'queue.delete' && decoded.arguments['queue'] === name;
        if (isDeletion) return { connection: id, channel: number, record, time };
      }
    }
  }
  return undefined;
}

/** Exclusive queues are deleted before their connection's end is seen, auto-delete ones without a word. */
function goneByItself(tables: SessionTables, declared: Declared, time: number): Ending | undefined {
  const { connection, record, exclusive, autoDelete } = declared;
  const owner = clientNameById(tables, connection);
  const closing = tables.connections.get(connection)?.closing;
  if (exclusive && closing) {
    const ago = `${span(time - closing.time)} earlier${at(closing.record)}`;
    return {
      text: `was exclusive to ${owner} and went with its connection ${ago}`,
      record: closing.record,
      connection,
    };
  }
  if (exclusive || !autoDelete) return undefined;
  return {
    text: `was declared auto-delete by ${owner}${at(record)}, so that it goes when its last user does`,
    record,
    connection,
  };
}

/** A name that may have been meant: ` Did you mean 'orders'?`, or nothing. */
export function didYouMean({ topology }: SessionTables, { kind, name, vhost }: Resource): string {
  const entities: Iterable<Exchange | Queue> = (kind === 'queue' ? topology.queues : topology.exchanges).values();
  const there: string[] = [];
  for (const entity of entities) {
    const isThere = !entity.deleted && isKnownToExist(entity) && entity.name !== '';
    if (!isThere) continue;
    if (entity.vhost === vhost && entity.name !== name) there.push(entity.name);
    else if (entity.name === name && entity.vhost !== vhost)
      return ` There is one of that name in vhost ${quoted(entity.vhost)}.`;
  }
  const near = nearest(name, there);
  return near === undefined ? '' : ` Did you mean ${quoted(near)}?`;
}

function isKnownToExist(entity: Exchange | Queue): boolean {
  return entity.declared !== undefined || ('delivered' in entity && entity.delivered + entity.got > 0);
}
