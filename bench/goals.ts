// What is to hold, as ratios taken within one round: the benchmark's verdicts. Each goal names its load, the peer that
// amqp-spy is held against, and the ratio of the two; results.ts puts the median of the rounds beside the target.

import type { Sample } from './loads/sample.ts';

/** One round's samples by peer name. */
export type Round = Readonly<Record<string, Sample>>;

/** A bound on a ratio. */
export interface Goal {
  readonly load: string;
  readonly measure: string;
  /** The bound, and the side on which a ratio passes. */
  readonly target: number;
  readonly atLeast: boolean;
  /** The peers without whose samples the ratio cannot be taken. */
  readonly peers: readonly string[];
  ratio(round: Round): number;
}

const rate = (load: string, measure: string, peer: string, target: number): Goal => ({
  load,
  measure: `${measure}, as a share of ${peer}'s`,
  target,
  atLeast: true,
  peers: ['amqp-spy', peer],
  ratio: (round) => round['amqp-spy']!.rate! / round[peer]!.rate!,
});

const added = (metric: string, target: number): Goal => ({
  load: 'pingpong',
  measure: `${metric} latency added to direct, as a multiple of haproxy's`,
  target,
  atLeast: false,
  peers: ['amqp-spy', 'haproxy', 'direct'],
  ratio: ({ direct, haproxy, 'amqp-spy': spy }) =>
    (spy![metric]! - direct![metric]!) / (haproxy![metric]! - direct![metric]!),
});

/** The goals for traffic, in the order of the loads. */
export const TRAFFIC_GOALS: readonly Goal[] = [
  rate('noack', 'messages of 12 bytes, no-ack', 'haproxy', 0.95),
  rate('acked', 'messages of 1 KiB, acked, prefetch 100', 'haproxy', 0.95),
  rate('confirms', 'persistent messages of 12 bytes, confirmed', 'haproxy', 0.95),
  rate('blast', 'bytes of 94-byte publishes into a sink', 'pipe', 0.8),
  added('median', 2.5),
  added('p99', 3),
];
