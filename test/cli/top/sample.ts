// A moment of a spy as its API tells it: a few services with an error, a warning, wire text in many scripts and some
// that a terminal must never see as it is. Counterpart: stub-api.ts, which serves it.

import type {
  BindingJson,
  ChannelJson,
  ConnectionJson,
  ExchangeJson,
  FindingJson,
  LatencyJson,
  QueueJson,
  TopSnapshot,
} from '../../../src/cli/top/snapshot.ts';

export const NOW = Date.parse('2026-11-22T10:00:00.000Z');

function ago(seconds: number): string {
  return new Date(NOW - seconds * 1000).toISOString();
}

function connection(id: number, name: string | undefined, more: Partial<ConnectionJson> = {}): ConnectionJson {
  return {
    id,
    state: 'open',
    name,
    client: { address: '127.0.0.1', port: 50_000 + id },
    server: { address: '127.0.0.1', port: 5672 },
    opened_at: ago(600 * id),
    client_product: 'RabbitMQ',
    client_version: '5.21.0',
    user: 'guest',
    vhost: '/',
    from_client: { frames: 1000 * id, bytes: 100_000 * id },
    from_server: { frames: 2000 * id, bytes: 250_000 * id },
    ...more,
  };
}

function channel(ofConnection: number, number: number, more: Partial<ChannelJson> = {}): ChannelJson {
  return {
    connection: ofConnection,
    channel: number,
    state: 'open',
    opened_at: ago(300),
    mode: 'plain',
    prefetch: 0,
    global_prefetch: 0,
    consumers: [],
    unacked: 0,
    unconfirmed: 0,
    uncommitted: 0,
    flow_active: true,
    published: 0,
    delivered: 0,
    acked: 0,
    redelivered: 0,
    publish_rate: 0,
    deliver_rate: 0,
    ...more,
  };
}

const connections: readonly ConnectionJson[] = [
  connection(1, 'order-service'),
  connection(2, 'invoice-worker', { client_product: 'pika', client_version: '1.2.0', user: 'billing' }),
  connection(3, undefined, { client_product: 'amqplib', client_version: '0.10.4' }),
  connection(4, '倉庫-サービス', { vhost: 'tokyo', blocked: 'memory low' }),
  connection(12, 'legacy\x1b[2Jimporter', {
    state: 'closed',
    closed_at: ago(20),
    close_reason: "server closed: 404 NOT_FOUND - no exchange 'ordres' in vhost '/'",
  }),
  connection(5, 'closed-long-ago', {
    state: 'closed',
    closed_at: ago(3600),
    close_reason: 'client closed: 200 Goodbye',
  }),
];

const channels: readonly ChannelJson[] = [
  channel(1, 1, { mode: 'confirm', publish_rate: 1234.5, published: 1_234_567, unconfirmed: 12 }),
  channel(1, 2, { mode: 'tx', publish_rate: 0.3, published: 42, uncommitted: 3 }),
  channel(2, 1, {
    prefetch: 50,
    deliver_rate: 980.4,
    delivered: 987_654,
    acked: 987_610,
    unacked: 44,
    consumers: [{ consumer_tag: 'ctag1.invoices', queue: 'invoices' }],
  }),
  channel(3, 1, {
    global_prefetch: 10,
    deliver_rate: 12.5,
    delivered: 1500,
    redelivered: 700,
    consumers: [{ consumer_tag: 'amq.ctag-x', queue: 'orders.retry' }],
  }),
  channel(4, 7, { flow_active: false }),
  channel(12, 1, { state: 'closed', closed_at: ago(20), close_reason: "404 NOT_FOUND - no exchange 'ordres'" }),
];

const exchanges: readonly ExchangeJson[] = [
  { vhost: '/', name: '', type: 'direct', durable: true, published: 42, publish_rate: 0.3, publishers: [1] },
  {
    vhost: '/',
    name: 'orders',
    type: 'topic',
    durable: true,
    arguments: { 'alternate-exchange': 'unrouted' },
    published: 1_234_567,
    publish_rate: 1234.5,
    publishers: [1, 3],
  },
  { vhost: '/', name: 'unrouted', type: 'fanout', durable: true, internal: true, published: 0, publish_rate: 0 },
];

const queues: readonly QueueJson[] = [
  {
    vhost: '/',
    name: 'invoices',
    durable: true,
    arguments: { 'x-queue-type': 'quorum', 'x-dead-letter-exchange': 'unrouted' },
    message_count: 1500,
    delivered: 987_654,
    got: 0,
    acked: 987_610,
    deliver_rate: 980.4,
    unacked: 44,
    consumers: [{ connection: 2, channel: 1, consumer_tag: 'ctag1.invoices' }],
  },
  {
    vhost: '/',
    name: 'orders.retry',
    durable: true,
    arguments: { 'x-message-ttl': 30_000, 'x-max-length': 1000 },
    message_count: 3,
    delivered: 1500,
    acked: 800,
    deliver_rate: 12.5,
    unacked: 700,
    consumers: [{ connection: 3, channel: 1, consumer_tag: 'amq.ctag-x' }],
  },
  { vhost: 'tokyo', name: '在庫', durable: true, delivered: 0, got: 12, acked: 12, deliver_rate: 0, consumers: [] },
  { vhost: '/', name: 'amq.gen-JzTY20BRgKO-HjmUJj0wLg', exclusive: true, auto_delete: true },
];

const bindings: readonly BindingJson[] = [
  { vhost: '/', source: 'orders', destination: 'invoices', destination_type: 'queue', routing_key: 'order.*.paid' },
  { vhost: '/', source: 'orders', destination: 'orders.retry', destination_type: 'queue', routing_key: 'retry.#' },
  { vhost: '/', source: 'orders', destination: 'unrouted', destination_type: 'exchange', routing_key: '' },
];

function latency(kind: string, of: string, name: string, scale: number, count: number): LatencyJson {
  const [min, p50, p90, p99, p999, max] = [0.4, 1, 2.5, 8, 30, 120].map((part) => Math.round(part * scale));
  return {
    kind,
    of,
    name,
    count,
    min,
    mean: 1.7 * scale,
    p50,
    p90,
    p99,
    p999,
    max,
    ...(of !== 'method' && { vhost: '/' }),
  };
}

const latencies: readonly LatencyJson[] = [
  latency('publish_confirm', 'exchange', 'orders', 850, 1_234_555),
  latency('publish_deliver', 'queue', 'invoices', 1900, 987_654),
  latency('deliver_ack', 'queue', 'invoices', 44_000, 987_610),
  latency('deliver_ack', 'consumer', 'ctag1.invoices', 44_000, 987_610),
  latency('deliver_ack', 'queue', 'orders.retry', 2_900_000, 800),
  latency('method', 'method', 'queue.declare', 310, 14),
];

const findings: readonly FindingJson[] = [
  {
    finding: 'requeue-storm',
    severity: 'warning',
    title: 'Messages go round in circles',
    text: "700 of 1500 deliveries from queue 'orders.retry' were deliveries of messages that had been requeued.",
    explanation:
      'The consumer rejects messages with requeue, and the broker hands them out again at once. The same messages keep broker, network and consumer busy and never get done.',
    advice: 'Reject without requeue and let a dead-letter exchange take them, or wait before each new try.',
    connection: 3,
    channel: 1,
    count: 700,
    first_at: ago(280),
    last_at: ago(1),
    evidence: [4711, 4712, 4715],
  },
  {
    finding: 'closed-404',
    severity: 'error',
    title: "Published to an exchange that does not exist: 'ordres'",
    text: "The broker closed channel 1: there is no exchange 'ordres' in virtual host '/'.",
    explanation: 'Publishing to a missing exchange closes the channel.',
    advice: "Did you mean 'orders'? Declare the exchange before publishing to it.",
    connection: 12,
    channel: 1,
    count: 1,
    first_at: ago(20),
    last_at: ago(20),
    evidence: [9001, 9002],
  },
  {
    finding: 'no-connection-name',
    severity: 'info',
    title: 'The connection has no name',
    text: 'Management pages and logs show it as 127.0.0.1:50003.',
    advice: 'Set the client property connection_name.',
    connection: 3,
    count: 1,
    first_at: ago(300),
    last_at: ago(300),
    evidence: [3],
  },
];

export const SAMPLE: TopSnapshot = {
  time: new Date(NOW).toISOString(),
  connections,
  channels,
  exchanges,
  queues,
  bindings,
  latencies,
  findings,
};

/** The sample this many seconds later, after some traffic. */
export function sampleAfter(seconds: number): TopSnapshot {
  return {
    ...SAMPLE,
    time: new Date(NOW + seconds * 1000).toISOString(),
    connections: connections.map((one) =>
      one.closed_at === undefined
        ? {
            ...one,
            from_client: { frames: 0, bytes: one.from_client!.bytes + seconds * 150_000 * (one.id % 3) },
            from_server: { frames: 0, bytes: one.from_server!.bytes + seconds * 40_000 * one.id },
          }
        : one,
    ),
  };
}

export const EMPTY: TopSnapshot = {
  time: SAMPLE.time,
  connections: [],
  channels: [],
  exchanges: [],
  queues: [],
  bindings: [],
  latencies: [],
  findings: [],
};
