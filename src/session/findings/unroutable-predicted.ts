// A publish that no queue gets: into a queue that was seen to be deleted, or, where all of the topology was seen, to where
// nothing leads. Not mandatory, so nobody is told. Counterpart: ../routes.ts.

import type { Channel } from '../channel.ts';
import { defineFinding, type Report } from '../finding.ts';
import { leadsNowhere } from '../routes.ts';
import type { SessionTables } from '../tables.ts';
import { watchChannels } from './channel-watch.ts';
import { SECOND } from './micros.ts';
import { endingOf } from './resource.ts';
import { clientKey, clientName, placeName, quoted } from './wording.ts';

/** Between deletion and publish, in µs: they may cross when programs stop together. */
const LATER = SECOND;
/** Queues that the broker names or makes up. */
const OF_BROKER = 'amq.';

export const unroutablePredicted = defineFinding({
  id: 'unroutable-predicted',
  severity: 'info',
  title: 'A message seems to go nowhere',
  explanation:
    'The message was published under the name of a queue that was deleted before, and not declared again as far as was ' +
    "seen; or, where the broker is the spy's own and all of it was seen, to where no queue is bound. Without the mandatory " +
    'flag the broker drops such messages without a word.',
  advice: 'Publish with mandatory, so that the broker returns what it cannot route; declare and bind the queue before.',
  watch: ({ tables, report }) => {
    /** Record of the last publish that was judged, by channel: what came to pass later is none of its business. */
    const judged = new WeakMap<Channel, number>();
    /** When something was last deleted or unbound, in µs. */
    let lessAt = Number.NEGATIVE_INFINITY;
    const looks = watchChannels(tables, (channel, time) => {
      const { kind, exchange, mandatory, routingKey, record } = channel.contents[0];
      if (kind !== 'none' || !exchange || mandatory || judged.get(channel) === record) return false;
      if (exchange.name === '' && tables.rpc.isReplyQueue(routingKey)) return false;
      const found = intoDeleted(tables, channel, time) ?? intoNothing(tables, channel, lessAt, time);
      if (!found) judged.set(channel, record);
      if (!found || isBeingDeclared(tables)) return false;
      report(found);
      return true;
    });
    if (!tables.seesAll) return looks;
    return {
      ...looks,
      method({ decoded, time }) {
        if (/delete|unbind/.test(decoded.method.name)) lessAt = time;
      },
      connectionEnded(_connection, { record, time }) {
        for (const { deletion } of tables.topology.queues.values()) if (deletion?.record === record) lessAt = time;
      },
    };
  },
});

function intoDeleted(tables: SessionTables, channel: Channel, time: number): Report | undefined {
  const { connection } = channel;
  const { vhost } = connection;
  const { exchange, routingKey, time: at, record } = channel.contents[0];
  const queue = exchange?.name === '' ? tables.topology.findQueue(vhost, routingKey) : undefined;
  if (!queue?.deleted || !queue.deletion || at < queue.deletion.time + LATER) return undefined;
  const ending = endingOf(tables, { kind: 'queue', name: routingKey, vhost }, at);
  if (!ending) return undefined;
  return {
    connection,
    channel,
    subject: `${clientKey(connection)} ${vhost} ${routingKey}`,
    text: () =>
      `${clientName(connection)} publishes to ${quoted(routingKey)} on the default exchange. Predicted to be lost: that ` +
      `queue ${ending.text}.`,
    evidence: [record, ending.record],
    time,
  };
}

/** Only where the whole topology is known: as it is now it was when the message came, or something was added since. */
function intoNothing(tables: SessionTables, channel: Channel, lessAt: number, time: number): Report | undefined {
  const { topology, seesAll, missed } = tables;
  if (!seesAll || missed > 0 || topology.overflow > 0 || channel.mode === 'tx') return undefined;
  const { connection } = channel;
  const { exchange, routingKey, time: at, record, header } = channel.contents[0];
  // Headers may name more routing keys (CC, BCC).
  if (at < lessAt + LATER || header.headersSize > 0) return undefined;
  const name = exchange!.name;
  if (name === '' && routingKey.startsWith(OF_BROKER)) return undefined;
  if (!leadsNowhere(topology, connection.vhost, name, routingKey)) return undefined;
  return {
    connection,
    channel,
    subject: `${clientKey(connection)} ${connection.vhost} ${name === '' ? routingKey : name}`,
    text: () =>
      `${clientName(connection)} publishes to ${placeName(name, routingKey)}: no queue gets it, and nobody is told (not ` +
      'mandatory).',
    evidence: [record],
    time,
  };
}

/** Requests are on their way: what they declare or bind may be there already. */
function isBeingDeclared({ connections }: SessionTables): boolean {
  for (const { channels } of connections.values()) {
    for (const { requests } of channels.values()) {
      if (requests.some(({ decoded }) => /declare|bind/.test(decoded.method.name))) return true;
    }
  }
  return false;
}
