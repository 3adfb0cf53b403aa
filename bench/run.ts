// The benchmark's command line: `npm run bench -- [load …] [options]`. Runs the loads named, or all, and prints Markdown.
// Nothing here asserts a time: the verdicts are ratios taken within one run, save CPU time to start and memory idle.

import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type RabbitMq, startRabbitMq } from '../test/rig/rabbitmq.ts';
import { measureBrokerStart, measureMillion } from './broker.ts';
import { writeCapture } from './capture.ts';
import { startModule, stop } from './child.ts';
import { measureFilters } from './filter.ts';
import type { Round } from './goals.ts';
import { measureIdle } from './idle.ts';
import { command, ownBroker, PEERS, type PeerStart, rabbitMq, SPY_COMMAND } from './peers/peer.ts';
import { measureReading } from './reading.ts';
import { machine, peerTable, verdictTable } from './results.ts';
import { measureSession } from './session.ts';
import { measureStart } from './start.ts';
import { type Effort, measureTraffic, type Upstream } from './traffic.ts';

const BROKER_LOADS = ['noack', 'acked', 'confirms'];
const SINK_LOADS: Readonly<Record<string, string>> = { blast: 'discard', pingpong: 'echo' };
/** Loads on the spy's own broker beside RabbitMQ, and what the load's process calls them. */
const OWN_LOADS: Readonly<Record<string, string>> = {
  'broker-noack': 'noack',
  'broker-acked': 'acked',
  'broker-confirms': 'confirms',
  'broker-fanout': 'fanout',
  'broker-topic': 'topic',
};
const READING_LOADS = ['ndjson', 'count'];
const LOADS = [
  ...[...BROKER_LOADS, ...Object.keys(SINK_LOADS), ...READING_LOADS, 'start', 'idle', 'session', 'filter'],
  ...[...Object.keys(OWN_LOADS), 'broker-start', 'broker-million'],
];
const MOST_READING_ROUNDS = 3;

const USAGE = `npm run bench -- [load …] [options]
loads: ${LOADS.join(' ')}
  --rounds N             rounds of each load (15; reading at most ${MOST_READING_ROUNDS})
  --seconds N            seconds for each peer in a round (1)
  --frames N             frames in the capture that is read (1000000)
  --peers A,B            of ${Object.keys(PEERS).join(', ')} (all)
  --peer 'NAME=COMMAND'  one more peer: {listen} and {upstream} in the command become ports
  --save                 writes bench/RESULTS.md`;

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '15' },
    seconds: { type: 'string', default: '1' },
    frames: { type: 'string', default: '1000000' },
    peers: { type: 'string', default: Object.keys(PEERS).join(',') },
    peer: { type: 'string', multiple: true, default: [] },
    save: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  },
});

const effort: Effort = { rounds: Number(options.rounds), seconds: Number(options.seconds) };
const withSpy = options.peers.split(',').includes('amqp-spy');

function chosenPeers(): PeerStart[] {
  const named = options.peers.split(',').map((name) => PEERS[name] ?? fail(`no peer named ${name}`));
  const given = options.peer.map((text) =>
    command(text.slice(0, text.indexOf('=')), text.slice(text.indexOf('=') + 1)),
  );
  return [...named, ...given];
}

function fail(message: string): never {
  console.error(`${message}\n\n${USAGE}`);
  process.exit(2);
}

async function overSink<T>(mode: string, use: (upstream: Upstream) => Promise<T>): Promise<T> {
  const sink = await startModule('sink.js', [mode]);
  try {
    return await use({ port: sink.port, pid: sink.process.pid! });
  } finally {
    await stop(sink.process);
  }
}

let broker: RabbitMq | undefined;
let folder: string | undefined;

function capture(): string {
  if (folder) return join(folder, 'capture.pcap');
  folder = mkdtempSync(join(tmpdir(), 'amqp-spy-bench-'));
  const file = join(folder, 'capture.pcap');
  const { frames, packets, bytes } = writeCapture(file, Number(options.frames));
  console.error(`a capture of ${frames} frames in ${packets} packets, ${bytes} bytes`);
  return file;
}

async function measure(load: string, starts: readonly PeerStart[]): Promise<Round[]> {
  if (BROKER_LOADS.includes(load)) {
    broker ??= await startRabbitMq({ busyWait: 'none' });
    return measureTraffic(load, broker, starts, effort);
  }
  if (load === 'filter') return measureFilters(Math.min(MOST_READING_ROUNDS, effort.rounds));
  if (load === 'session') return measureSession(Math.min(MOST_READING_ROUNDS, effort.rounds));
  const own = OWN_LOADS[load];
  if (own !== undefined) {
    broker ??= await startRabbitMq({ busyWait: 'none' });
    return measureTraffic(own, broker, [rabbitMq, ownBroker(own === 'confirms')], effort);
  }
  if (load === 'broker-start') return measureBrokerStart(effort.rounds);
  if (load === 'broker-million') return measureMillion(Math.min(MOST_READING_ROUNDS, effort.rounds));
  const mode = SINK_LOADS[load];
  if (mode) return overSink(mode, (upstream) => measureTraffic(load, upstream, starts, effort));
  if (load === 'start') return overSink('discard', ({ port }) => measureStart(port, effort.rounds));
  if (load === 'idle') return overSink('discard', ({ port }) => measureIdle(port, starts));
  return measureReading(load, capture(), Math.min(MOST_READING_ROUNDS, effort.rounds), withSpy);
}

async function main(): Promise<void> {
  if (options.help) return console.log(USAGE);
  const loads = positionals.length > 0 ? positionals : LOADS;
  const unknown = loads.find((load) => !LOADS.includes(load));
  if (unknown) fail(`no load named ${unknown}`);
  if (withSpy && !existsSync(SPY_COMMAND)) fail(`${SPY_COMMAND} is missing: build first, with npm run build`);
  const starts = chosenPeers();
  const results = new Map<string, Round[]>();
  try {
    for (const load of loads.filter((each) => withSpy || each !== 'start')) {
      console.error(`${load} …`);
      results.set(load, await measure(load, starts));
    }
  } finally {
    await broker?.stop();
    if (folder) rmSync(folder, { recursive: true });
  }
  const text = [`${machine()}\n`, verdictTable(results), peerTable(results)].join('\n');
  console.log(text);
  if (options.save) writeFileSync(join('bench', 'RESULTS.md'), `# Results of \`npm run bench\`\n\n${text}`);
}

await main();
