// What is to hold: the benchmark's verdicts. Each goal names its load and takes one number from each round, nearly always
// a ratio to a peer in the same round; results.ts puts the median of the rounds beside the target.

import type { Sample } from './loads/sample.ts';

/** One round's samples by peer name. */
export type Round = Readonly<Record<string, Sample>>;

/** A bound on a number that is taken from each round; the median of the rounds must keep it. */
export interface Goal {
  readonly load: string;
  readonly measure: string;
  readonly target: number;
  /** The side of the target on which a number passes. */
  readonly atLeast: boolean;
  readonly unit: string;
  /** Take the number from the medians of all rounds instead: for differences, which one round's noise would drown. */
  readonly pooled?: true;
  /** The peers without whose samples the number cannot be taken. */
  readonly peers: readonly string[];
  value(round: Round): number;
}

const rate = (load: string, measure: string, peer: string, target: number): Goal => ({
  load,
  measure: `${measure}: share of ${peer}'s`,
  target,
  atLeast: true,
  unit: '',
  peers: ['amqp-spy', peer],
  value: (round) => round['amqp-spy']!.rate! / round[peer]!.rate!,
});

const added = (metric: string, target: number): Goal => ({
  load: 'pingpong',
  measure: `${metric} of the latency added to direct: multiple of haproxy's`,
  target,
  atLeast: false,
  unit: '',
  pooled: true,
  peers: ['amqp-spy', 'haproxy', 'direct'],
  value: ({ direct, haproxy, 'amqp-spy': spy }) =>
    (spy![metric]! - direct![metric]!) / (haproxy![metric]! - direct![metric]!),
});

const reading = (load: string, measure: string, target: number): Goal => ({
  load,
  measure,
  target,
  atLeast: true,
  unit: ' times',
  peers: ['amqp-spy', 'tshark'],
  value: (round) => round.tshark!.seconds! / round['amqp-spy']!.seconds!,
});

/** The spy's own broker against RabbitMQ. */
const ownRate = (load: string, measure: string): Goal => ({
  load,
  measure: `own broker, ${measure}: multiple of rabbitmq's rate`,
  target: 2,
  atLeast: true,
  unit: '',
  peers: ['own broker', 'rabbitmq'],
  value: (round) => round['own broker']!.rate! / round.rabbitmq!.rate!,
});

const own = (load: string, measure: string, metric: string, target: number, unit: string): Goal => ({
  load,
  measure: `own broker, ${measure}`,
  target,
  atLeast: false,
  unit,
  peers: ['own broker'],
  value: (round) => round['own broker']![metric]!,
});

const absolute = (load: string, measure: string, metric: string, target: number, unit: string): Goal => ({
  load,
  measure,
  target,
  atLeast: false,
  unit,
  peers: ['amqp-spy'],
  value: (round) => round['amqp-spy']![metric]!,
});

/** What a session adds to the log's own time, ns of CPU a message. */
const tracking = (measure: string, metric: string): Goal => ({
  load: 'session',
  measure: `added to the log by understanding ${measure}`,
  target: 1000,
  atLeast: false,
  unit: ' ns',
  peers: ['bare log', 'with session'],
  value: (round) => round['with session']![metric]! - round['bare log']![metric]!,
});

const sessionMemory = (measure: string, metric: string, target: number): Goal => ({
  ...tracking(measure, metric),
  measure,
  target,
  unit: ' MB',
  value: (round) => round['with session']![metric]!,
});

/** All goals, in the order of the loads. */
export const GOALS: readonly Goal[] = [
  rate('noack', 'messages of 12 bytes, no-ack', 'haproxy', 0.95),
  rate('acked', 'messages of 1 KiB, acked, prefetch 100', 'haproxy', 0.95),
  rate('confirms', 'persistent messages of 12 bytes, confirmed', 'haproxy', 0.95),
  rate('blast', 'bytes of 94-byte publishes into a sink', 'pipe', 0.8),
  added('median', 2.5),
  added('p99', 3),
  reading('ndjson', 'a capture to NDJSON: speed against tshark -T ek', 5),
  reading('count', 'a capture counted by method: speed against tshark -q -z io,stat', 20),
  absolute('start', 'CPU time from start to first connection', 'cpu', 400, ' ms'),
  absolute('filter', 'a frame judged by its method and exchange', 'method', 100, ' ns'),
  ownRate('broker-noack', 'messages of 12 bytes, no-ack'),
  ownRate('broker-acked', 'messages of 1 KiB, acked, prefetch 100'),
  ownRate('broker-confirms', 'persistent messages of 12 bytes, confirmed, 500 outstanding, data folder'),
  ownRate('broker-fanout', 'fanout to 10 queues'),
  ownRate('broker-topic', 'topic exchange with 10,000 bindings'),
  own('broker-start', 'from start to first connection', 'ready', 300, ' ms'),
  own('broker-start', 'resident memory when idle', 'resident', 100, ' MB'),
  own('broker-million', 'resident memory with a million messages of 100 bytes', 'resident', 400, ' MB'),
  own('broker-million', 'time to drain them: multiple of the time to fill', 'drain', 1, ''),
  tracking('a publish of 12 bytes and its confirm', 'confirms'),
  tracking('a delivery of 12 bytes and its ack', 'acked'),
  tracking('a publish of 1 KiB with properties and its confirm', 'properties'),
  tracking('equal messages of 12 bytes, published and delivered, each time one passes', 'noack'),
  tracking('a message of 1 KiB from publish to ack, each time it passes', 'journey'),
  sessionMemory('memory for a million deliveries that are never acked', 'unacked', 32),
  sessionMemory('memory for the second million', 'unackedMore', 1),
  absolute('idle', 'memory of an idle connection', 'growth', 40, ' KiB'),
];
