// A queue as the management API shows it: what RabbitMQ shows of a queue of its type, without what only Erlang has.

import { fieldOf } from '../../../protocol/field-table.ts';
import type { BrokerConnection } from '../../connection/connection.ts';
import { fromFieldTable } from '../../definitions/arguments.ts';
import type { ExactJson } from '../../definitions/exact-json.ts';
import { ClassicQueue } from '../../queue/classic-queue.ts';
import type { Consumer } from '../../queue/consumer.ts';
import type { Queue } from '../../queue/queue.ts';
import { stringOf } from '../../term-text.ts';
import type { Row } from '../listing.ts';
import type { Management } from '../management.ts';
import { type Counters, withRates } from '../rates.ts';
import { consumerJson } from './consumer-json.ts';
import { lengthCounters, messageStats, queueCounters } from './stats-json.ts';

/** As in lists. */
export function queueJson(management: Management, queue: Queue): Row {
  return {
    ...basicQueueJson(management, queue),
    ...policyJson(management, queue),
    ...messageStats(management.rates, queue.stats, () => queueCounters(queue.stats)),
    ...lengthsJson(management, queue),
    ...(queue.type === 'classic' ? classicJson(queue as ClassicQueue) : {}),
    ...(queue.type === 'quorum' ? quorumJson(management, queue) : {}),
    ...(queue.type === 'stream' ? streamJson(management, queue) : {}),
    consumers: queue.consumers.size,
    memory: memoryOf(queue),
  };
}

/** What lists are sorted and filtered by, as a rule. */
export function briefQueueJson(management: Management, queue: Queue): Row {
  return { ...basicQueueJson(management, queue), ...queueLengths(queue), consumers: queue.consumers.size };
}

/** By itself: with its consumers and, if it is exclusive, its owner. */
export function queueDetailJson(management: Management, queue: Queue): Row {
  const owner = queue.owner as BrokerConnection | undefined;
  const { address, port } = owner?.peer ?? {};
  return {
    ...queueJson(management, queue),
    consumer_details: [...queue.consumers].map((consumer) => consumerJson(management, consumer)),
    deliveries: [],
    incoming: [],
    ...(owner ? { owner_pid_details: { name: owner.name, peer_host: address ?? '', peer_port: port ?? 0 } } : {}),
  };
}

/** What does not change. */
export function basicQueueJson({ broker }: Management, queue: Queue): Row {
  return {
    arguments: fromFieldTable(queue.arguments),
    auto_delete: queue.autoDelete,
    durable: queue.durable,
    exclusive: queue.owner !== undefined,
    name: queue.name,
    node: broker.name,
    state: 'running',
    type: queue.type,
    vhost: queue.vhost.name,
  };
}

export function queueLengths(queue: Queue): Counters {
  return lengthCounters({ ready: queue.readyCount, unacknowledged: queue.unsettledCount });
}

function lengthsJson({ rates }: Management, queue: Queue): Row {
  return withRates(
    queueLengths(queue),
    rates.of(queue, () => queueLengths(queue)),
  );
}

function policyJson({ broker }: Management, queue: Queue): Row {
  const { policy, operatorPolicy, definition } = broker.policies.match(queue.vhost.name, queue.type, queue.name);
  return {
    policy: policy?.name ?? null,
    operator_policy: operatorPolicy?.name ?? null,
    effective_policy_definition: definition as { readonly [key: string]: ExactJson },
  };
}

/** Bytes of the bodies of ready messages. A stream's are always ready. */
export function readyBytes(queue: Queue): number {
  return queue instanceof ClassicQueue ? queue.readyBytes : queue.byteCount;
}

function bytesJson(queue: Queue): Row {
  return {
    message_bytes: queue.byteCount,
    message_bytes_ready: readyBytes(queue),
    message_bytes_unacknowledged: queue.byteCount - readyBytes(queue),
  };
}

function classicJson(queue: ClassicQueue): Row {
  const consumers = [...queue.consumers];
  const messages = queue.readyCount + queue.unsettledCount;
  return {
    ...bytesJson(queue),
    ...capacityJson(consumers),
    backing_queue_status: { len: queue.readyCount, mode: modeOf(queue), version: 1 },
    exclusive_consumer_tag: consumers.find(({ exclusive }) => exclusive)?.tag ?? null,
    head_message_timestamp: headTimestamp(queue),
    message_bytes_paged_out: 0,
    message_bytes_persistent: queue.persistentBytes,
    message_bytes_ram: queue.byteCount,
    messages_paged_out: 0,
    messages_persistent: queue.persistentCount,
    messages_ram: messages,
    messages_ready_ram: queue.readyCount,
    messages_unacknowledged_ram: queue.unsettledCount,
    recoverable_slaves: null,
    single_active_consumer_tag: singleActiveTag(queue),
  };
}

function quorumJson({ broker }: Management, queue: Queue): Row {
  return {
    ...bytesJson(queue),
    ...capacityJson([...queue.consumers]),
    leader: broker.name,
    members: [broker.name],
    message_bytes_dlx: 0,
    message_bytes_persistent: queue.byteCount,
    message_bytes_ram: 0,
    messages_dlx: 0,
    messages_persistent: queue.readyCount + queue.unsettledCount,
    messages_ram: 0,
    online: [broker.name],
    single_active_consumer_ctag: singleActiveTag(queue),
  };
}

function streamJson({ broker }: Management, queue: Queue): Row {
  return { members: [broker.name], online: [broker.name], readers: { [broker.name]: queue.consumers.size } };
}

/** The share of consumers that could take a message at once; RabbitMQ's is over time. */
function capacityJson(consumers: readonly Consumer[]): Row {
  const able = consumers.filter((consumer) => consumer.able).length;
  const capacity = consumers.length === 0 ? 0 : able / consumers.length;
  return { consumer_capacity: capacity, consumer_utilisation: capacity };
}

function modeOf(queue: Queue): string {
  return stringOf(fieldOf(queue.arguments, 'x-queue-mode')) ?? 'default';
}

/** The timestamp property of the first message, in seconds; null without. */
function headTimestamp(queue: Queue): ExactJson {
  for (const message of queue.messages()) {
    const { timestamp } = message.properties;
    return timestamp === undefined ? null : Number(timestamp);
  }
  return null;
}

function singleActiveTag(queue: Queue): string | null {
  if (!queue.settings.singleActiveConsumer) return null;
  for (const consumer of queue.consumers) if (queue.isActive(consumer)) return consumer.tag;
  return null;
}

/** What a queue itself takes, in bytes: an estimate. */
const QUEUE_BYTES = 2000;
/** What each message takes beside its content. */
const MESSAGE_BYTES = 200;

function memoryOf(queue: Queue): number {
  return QUEUE_BYTES + queue.byteCount + MESSAGE_BYTES * (queue.readyCount + queue.unsettledCount);
}
