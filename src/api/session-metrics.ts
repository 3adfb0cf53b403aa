// What /metrics says of the session: latencies as histograms, findings, what is in flight. Counterpart of metrics.ts.
// Invariant: bounded: MOST_NAMES names a metric, the others share one; a name that has a series of its own keeps it, so
// that no counter goes back.

import { Histogram } from '../session/histogram.ts';
import type { NamedLatency } from '../session/latencies.ts';
import type { Session } from '../session/session.ts';
import { gaugeText, type HistogramSample, histogramText, type Labels } from './exposition.ts';

/** Names that get series of their own: the busiest when there is room. */
const MOST_NAMES = 100;
const OTHERS = '(others)';
const MICROS = 1e6;
/** In seconds. */
const BOUNDS = [
  0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60,
];
const BOUNDS_MICROS = BOUNDS.map((bound) => Math.round(bound * MICROS));

interface Family {
  readonly name: string;
  readonly help: string;
  readonly takes: (latency: NamedLatency) => boolean;
  readonly labels: (latency: NamedLatency) => Labels;
}

const FAMILIES: readonly Family[] = [
  {
    name: 'amqp_spy_publish_confirm_seconds',
    help: 'From a publish to its confirm, by exchange.',
    takes: ({ kind }) => kind === 'publish_confirm',
    labels: ({ vhost = '', name }) => ({ vhost, exchange: name }),
  },
  {
    name: 'amqp_spy_publish_deliver_seconds',
    help: 'From a publish to its first delivery from a queue, by queue.',
    takes: ({ kind, of }) => kind === 'publish_deliver' && of === 'queue',
    labels: ({ vhost = '', name }) => ({ vhost, queue: name }),
  },
  {
    name: 'amqp_spy_deliver_ack_seconds',
    help: 'From a delivery to its ack, nack or reject, by queue.',
    takes: ({ kind, of }) => kind === 'deliver_ack' && of === 'queue',
    labels: ({ vhost = '', name }) => ({ vhost, queue: name }),
  },
  {
    name: 'amqp_spy_method_seconds',
    help: 'From a synchronous method to its answer.',
    takes: ({ kind }) => kind === 'method',
    labels: ({ name }) => ({ method: name }),
  },
  {
    name: 'amqp_spy_rpc_seconds',
    help: 'From a request (reply_to, correlation_id) to its reply.',
    takes: ({ kind }) => kind === 'rpc',
    labels: () => ({}),
  },
];

export class SessionMetrics {
  readonly #session: Session;
  /** By family: the names that have series of their own. */
  readonly #named = new Map<Family, Set<string>>(FAMILIES.map((family) => [family, new Set()]));

  constructor(session: Session) {
    this.#session = session;
  }

  /** Prometheus' text, as it is now. */
  text(): string {
    const latencies = this.#session.latencies();
    return [...FAMILIES.map((family) => this.#familyText(family, latencies)), this.#stateText()].join('');
  }

  #familyText(family: Family, all: readonly NamedLatency[]): string {
    const latencies = all.filter(family.takes);
    const named = this.#namesOf(family, latencies);
    const samples: HistogramSample[] = [];
    const others = new Histogram();
    for (const latency of latencies) {
      if (named.has(keyOf(latency))) samples.push(sampleOf(family.labels(latency), latency.histogram));
      else others.merge(latency.histogram);
    }
    if (others.count > 0) samples.push(sampleOf(othersOf(family.labels(latencies[0]!)), others));
    return histogramText(family.name, family.help, BOUNDS, samples);
  }

  /** Names that are gone make room for the busiest of the others; `latencies` begin with the busiest. */
  #namesOf(family: Family, latencies: readonly NamedLatency[]): ReadonlySet<string> {
    const named = this.#named.get(family)!;
    const keys = latencies.map(keyOf);
    const present = new Set(keys);
    for (const key of named) if (!present.has(key)) named.delete(key);
    for (const key of keys) {
      if (named.size === MOST_NAMES) break;
      named.add(key);
    }
    return named;
  }

  #stateText(): string {
    const { findings } = this.#session;
    let open = 0;
    let unacked = 0;
    let unconfirmed = 0;
    for (const channel of this.#session.channels()) {
      if (!channel.isOpen) continue;
      open++;
      unacked += channel.unacked.size;
      unconfirmed += channel.unconfirmed.size;
    }
    const counts = new Map<string, [labels: Labels, value: number]>();
    for (const { definition, severity } of findings.list()) {
      const { id } = definition;
      const sample = counts.get(`${severity} ${id}`);
      if (sample) sample[1]++;
      else counts.set(`${severity} ${id}`, [{ severity, finding: id }, 1]);
    }
    return [
      gaugeText('amqp_spy_channels_open', 'Channels open now.', [[{}, open]]),
      gaugeText('amqp_spy_unacked', 'Deliveries that wait for their ack.', [[{}, unacked]]),
      gaugeText('amqp_spy_unconfirmed', 'Publishes that wait for their confirm.', [[{}, unconfirmed]]),
      gaugeText('amqp_spy_findings', 'Findings so far; those about the same subject count once.', counts.values()),
    ].join('');
  }
}

function keyOf({ vhost = '', name }: NamedLatency): string {
  return `${vhost}\0${name}`;
}

function othersOf(labels: Labels): Labels {
  return Object.fromEntries(Object.keys(labels).map((label) => [label, OTHERS]));
}

function sampleOf(labels: Labels, histogram: Histogram): HistogramSample {
  const { count, sum } = histogram;
  return { labels, cumulative: histogram.cumulative(BOUNDS_MICROS), count, sum: sum / MICROS };
}
