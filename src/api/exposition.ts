// Prometheus' text format (version 0.0.4) for what prom-client cannot say: histograms that were counted elsewhere.
// Counterpart of session-metrics.ts, which has the figures.
// Invariant: one family at a time, HELP and TYPE first; label values are escaped.
//
//   # HELP name help
//   # TYPE name histogram
//   name_bucket{label="value",le="0.001"} 3

export type Labels = { readonly [name: string]: string };

/** A gauge's family with its samples. */
export function gaugeText(
  name: string,
  help: string,
  samples: Iterable<readonly [labels: Labels, value: number]>,
): string {
  let text = headText(name, 'gauge', help);
  for (const [labels, value] of samples) text += sampleText(name, labels, value);
  return text;
}

/** What one histogram holds. */
export interface HistogramSample {
  readonly labels: Labels;
  /** How many values are at most each bound, the bounds' order. */
  readonly cumulative: readonly number[];
  readonly count: number;
  readonly sum: number;
}

/** A histogram's family; '' without samples. `bounds` ascend, in the metric's unit. */
export function histogramText(
  name: string,
  help: string,
  bounds: readonly number[],
  samples: readonly HistogramSample[],
): string {
  if (samples.length === 0) return '';
  let text = headText(name, 'histogram', help);
  for (const { labels, cumulative, count, sum } of samples) {
    bounds.forEach((bound, index) => {
      text += sampleText(`${name}_bucket`, { ...labels, le: String(bound) }, cumulative[index]!);
    });
    text += sampleText(`${name}_bucket`, { ...labels, le: '+Inf' }, count);
    text += sampleText(`${name}_sum`, labels, sum);
    text += sampleText(`${name}_count`, labels, count);
  }
  return text;
}

function headText(name: string, type: string, help: string): string {
  return `# HELP ${name} ${help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')}\n# TYPE ${name} ${type}\n`;
}

function sampleText(name: string, labels: Labels, value: number): string {
  const pairs = Object.entries(labels).map(([label, text]) => `${label}="${escapeLabel(text)}"`);
  return `${name}${pairs.length > 0 ? `{${pairs.join(',')}}` : ''} ${value}\n`;
}

function escapeLabel(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
