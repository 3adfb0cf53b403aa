// A peer is what stands between the load and its upstream: nothing, HAProxy, a plain relay, the spy, or a command
// given by the user. One object a kind; each starts on a port of its own choosing and says which processes it costs.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, startCommand, startModule, stop } from '../child.ts';

/** A peer that runs, with the port that the load connects to. */
export interface Peer {
  readonly name: string;
  readonly port: number;
  /** The processes whose CPU time and memory the peer costs. */
  readonly pids: readonly number[];
  /** Processes that hang on the peer: they too must be quiet before another peer's turn. */
  readonly companions?: readonly number[];
  stop(): Promise<void>;
}

/** Starts a peer in front of a loopback port. */
export type PeerStart = (upstream: number) => Promise<Peer>;

/** No peer at all: the load talks to the upstream. */
export const direct: PeerStart = async (upstream) => ({
  name: 'direct',
  port: upstream,
  pids: [],
  stop: async () => {},
});

/** `a.pipe(b).pipe(a)`: see relay.ts. */
export const pipe: PeerStart = async (upstream) => {
  const child = await startModule('peers/relay.js', [String(upstream)]);
  return { name: 'pipe', port: child.port, pids: [child.process.pid!], stop: () => stop(child.process) };
};

/** Debian's HAProxy in TCP mode. One thread: on few cores it is faster than its default of one a core. */
export const haproxy: PeerStart = async (upstream) => {
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), 'amqp-spy-bench-'));
  const file = join(folder, 'haproxy.cfg');
  writeFileSync(file, haproxyConfig(port, upstream));
  const child = await startCommand('/usr/sbin/haproxy', ['-f', file, '-db', '-q'], port);
  const end = async () => {
    await stop(child.process);
    rmSync(folder, { recursive: true });
  };
  return { name: 'haproxy', port, pids: [child.process.pid!], stop: end };
};

function haproxyConfig(port: number, upstream: number): string {
  return [
    'global',
    '  nbthread 1',
    '  maxconn 8000',
    'defaults',
    '  mode tcp',
    '  timeout connect 10s',
    '  timeout client 1h',
    '  timeout server 1h',
    'listen amqp',
    `  bind 127.0.0.1:${port}`,
    `  server upstream 127.0.0.1:${upstream}`,
    '',
  ].join('\n');
}

/** Where the build leaves this project's command. */
export const SPY_COMMAND = join('dist', 'cli', 'main.js');

/** Node's arguments for a spy that keeps its log, serves its API and prints nothing. */
export function spyArguments({ port, upstream, api }: { port: number; upstream: number; api: number }): string[] {
  return [SPY_COMMAND, '--listen', `${port}`, '--upstream', `${upstream}`, '--api', `${api}`, '--quiet'];
}

/** This project's command, with the log on and one WebSocket subscriber that reads every event. */
export const spy: PeerStart = async (upstream) => {
  const port = await freePort();
  const api = await freePort();
  const child = await startCommand(process.execPath, spyArguments({ port, upstream, api }), port);
  const subscriber = await startModule('peers/subscriber.js', [`ws://127.0.0.1:${api}/stream?batch=1`]);
  const end = async () => {
    await stop(subscriber.process);
    await stop(child.process);
  };
  const [pids, companions] = [[child.process.pid!], [subscriber.process.pid!]];
  return { name: 'amqp-spy', port, pids, companions, stop: end };
};

/** RabbitMQ itself, as a broker beside the spy's own. */
export const rabbitMq: PeerStart = async (upstream) => ({ ...(await direct(upstream)), name: 'rabbitmq' });

/** The broker alone; `durable` keeps its state on disk. */
export function ownBroker(durable: boolean): PeerStart {
  return async () => {
    const port = await freePort();
    const folder = mkdtempSync(join(tmpdir(), 'amqp-spy-bench-'));
    const args = [SPY_COMMAND, 'broker', '--port', `${port}`, '--quiet', ...(durable ? ['--data-dir', folder] : [])];
    const child = await startCommand(process.execPath, args, port);
    const end = async () => {
      await stop(child.process);
      rmSync(folder, { recursive: true });
    };
    return { name: 'own broker', port, pids: [child.process.pid!], stop: end };
  };
}

/** Any command that relays: `{listen}` and `{upstream}` in it become the two ports. */
export function command(name: string, line: string): PeerStart {
  return async (upstream) => {
    const port = await freePort();
    const words = line
      .split(' ')
      .map((word) => word.replace('{listen}', `${port}`).replace('{upstream}', `${upstream}`));
    const child = await startCommand(words[0]!, words.slice(1), port);
    return { name, port, pids: [child.process.pid!], stop: () => stop(child.process) };
  };
}

/** The peers by the name that `--peers` takes. */
export const PEERS: Readonly<Record<string, PeerStart>> = { direct, haproxy, pipe, 'amqp-spy': spy };
