// A latency as the API shows it: what it was measured on, and how its values spread, in µs. Counterpart of session/latencies.ts.

import type { NamedLatency } from '../session/latencies.ts';
import type { LatencyJson } from './json.ts';

/** `name` is '' for the default exchange. Quantiles are within 1 % of the truth. */
export function latencyJson({ kind, of, name, vhost, histogram }: NamedLatency): LatencyJson {
  return {
    kind,
    of,
    name,
    vhost,
    count: histogram.count,
    min: histogram.min,
    mean: Math.round(histogram.mean),
    p50: Math.round(histogram.quantile(0.5)),
    p90: Math.round(histogram.quantile(0.9)),
    p99: Math.round(histogram.quantile(0.99)),
    p999: Math.round(histogram.quantile(0.999)),
    max: histogram.max,
  };
}
