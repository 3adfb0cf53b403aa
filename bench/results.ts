// Results as Markdown: verdicts first (target, median of the rounds, the middle half of them), then what each peer did,
// with the CPU time it took, for orientation. Ratios compare; the absolute numbers belong to one machine in one hour.

import { cpus, release, totalmem } from 'node:os';
import { GOALS, type Goal, type Round } from './goals.ts';
import { median, quantile } from './statistics.ts';

/** Rounds by load name, in the order in which they were measured. */
export type Results = ReadonlyMap<string, readonly Round[]>;

/**
 * One table row a goal whose load was measured with the peers that it needs. The spread is the middle half of the
 * rounds; for a pooled goal, what the even and what the odd rounds give.
 */
export function verdictTable(results: Results): string {
  const rows = GOALS.flatMap((goal) => {
    const rounds = results.get(goal.load) ?? [];
    const complete = rounds.filter((each) => goal.peers.every((peer) => peer in each));
    return complete.length > 0 ? [verdict(goal, complete)] : [];
  });
  return table(['load', 'measure', 'target', 'median', 'spread', 'verdict'], rows);
}

function verdict(goal: Goal, rounds: readonly Round[]): string[] {
  const [value, low, high] = goal.pooled ? pooledValue(goal, rounds) : medianValue(rounds.map(goal.value));
  const passes = goal.atLeast ? value >= goal.target : value <= goal.target;
  return [
    goal.load,
    goal.measure,
    `${goal.atLeast ? '≥' : '≤'} ${goal.target}${goal.unit}`,
    `${round(value)}${goal.unit}`,
    `${round(low)}–${round(high)}`,
    passes ? 'pass' : '**miss**',
  ];
}

/** Median and middle half. */
function medianValue(values: readonly number[]): [number, number, number] {
  const sorted = [...values].sort((a, b) => a - b);
  return [median(values), quantile(sorted, 0.25), quantile(sorted, 0.75)];
}

/** From all rounds, and from half of them and the other half. */
function pooledValue(goal: Goal, rounds: readonly Round[]): [number, number, number] {
  const halves = [0, 1].map((half) => rounds.filter((_, index) => index % 2 === half));
  const values = halves.filter((half) => half.length > 0).map((half) => goal.value(typicalRound(half)));
  return [goal.value(typicalRound(rounds)), Math.min(...values), Math.max(...values)];
}

/** A round whose every metric is the median of that metric. */
function typicalRound(rounds: readonly Round[]): Round {
  const medianOf = (peer: string, metric: string) => median(rounds.map((each) => each[peer]![metric]!));
  const sample = (peer: string) =>
    Object.fromEntries(Object.keys(rounds[0]![peer]!).map((metric) => [metric, medianOf(peer, metric)]));
  return Object.fromEntries(Object.keys(rounds[0]!).map((peer) => [peer, sample(peer)]));
}

/** One table row a load and peer: its metrics, its rate as a share of HAProxy's, and who used how much CPU time. */
export function peerTable(results: Results): string {
  const rows = [...results].flatMap(([load, rounds]) =>
    Object.keys(rounds[0] ?? {}).map((peer) => {
      const metric = (name: string) => median(rounds.map((each) => each[peer]![name]!));
      const first = rounds[0]![peer]!;
      const shown = Object.keys(first).filter((name) => name in FORMATS);
      const compared = 'rate' in first && 'haproxy' in rounds[0]!;
      const share = compared ? round(median(rounds.map((each) => each[peer]!.rate! / each.haproxy!.rate!))) : '';
      const cpu = 'peerCpu' in first ? ['loadCpu', 'peerCpu', 'upstreamCpu'].map((name) => percent(metric(name))) : [];
      const perMessage =
        cpu.length > 0 && load !== 'blast' && 'rate' in first ? round((metric('peerCpu') / metric('rate')) * 1e6) : '';
      return [
        load,
        peer,
        shown.map((name) => FORMATS[name]!(metric(name), load)).join(', '),
        share,
        cpu.join(' / '),
        perMessage,
      ];
    }),
  );
  const head = ['load', 'peer', 'result', 'of haproxy', 'CPU of load / peer / upstream', 'peer CPU a message (µs)'];
  return table(head, rows);
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}

const FORMATS: Readonly<Record<string, (value: number, load: string) => string>> = {
  rate: (value, load) => (load === 'blast' ? `${round(value / 1e6)} MB/s` : `${Math.round(value)} messages/s`),
  median: (value) => `median ${round(value)} µs`,
  p99: (value) => `p99 ${round(value)} µs`,
  seconds: (value) => `${round(value)} s`,
  cpu: (value) => `${Math.round(value)} ms`,
  growth: (value) => `${round(value)} KiB`,
  ready: (value) => `ready in ${Math.round(value)} ms`,
  resident: (value) => `${round(value)} MB resident`,
  fill: (value) => `filled in ${round(value)} s`,
  confirms: (value) => `publish and confirm ${round(value)} ns`,
  acked: (value) => `delivery and ack ${round(value)} ns`,
  properties: (value) => `1 KiB publish and confirm ${round(value)} ns`,
  noack: (value) => `equal messages ${round(value)} ns`,
  journey: (value) => `publish to ack ${round(value)} ns`,
  unacked: (value) => `${round(value)} MB for a million unacked`,
  unackedMore: (value) => `${round(value)} MB for a million more`,
  drained: (value) => `drained in ${round(value)} s`,
};

/** The machine in general words. */
export function machine(): string {
  const memory = Math.round(totalmem() / 2 ** 30);
  return `${cpus().length} cores (${cpus()[0]?.model}), ${memory} GiB of memory, Linux ${release()}, Node ${process.version}`;
}

function round(value: number): string {
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return value.toFixed(digits);
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line), ''].join('\n');
}
