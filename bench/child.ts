// Child processes: each part of a benchmark runs in its own, so that none takes time from another's event loop.
// `startModule` runs one of this folder's files and waits until it announces its port; `startCommand` runs any
// command and waits until its port accepts. What is started here is stopped here, by its own id.

import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Server } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const ACCEPT_POLL_MS = 5;
const ACCEPT_LIMIT_MS = 30_000;
const STOP_LIMIT_MS = 10_000;
const QUIET_LOOK_MS = 200;
const QUIET_BELOW_MS = 10;
const QUIET_LIMIT_MS = 30_000;
const TICKS_PER_SECOND = 100;

/** A running child that serves a loopback port. */
export interface Child {
  readonly process: ChildProcess;
  readonly port: number;
}

/** Called in a child: tells the parent which port is open. */
export function announce(server: Server): void {
  process.send?.({ port: (server.address() as AddressInfo).port });
  process.on('disconnect', () => process.exit());
}

/** Runs a compiled file of this folder (`sink.js`) as a process of its own, until it announces its port. */
export async function startModule(file: string, args: readonly string[] = []): Promise<Child> {
  const child = fork(fileURLToPath(new URL(file, import.meta.url)), args, { execArgv: [] });
  const [message] = (await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(() => Promise.reject(new Error(`${file} ended before it listened`))),
  ])) as [{ port: number }];
  return { process: child, port: message.port };
}

/** Runs a command that will listen on `port`, until that port accepts a connection. */
export async function startCommand(command: string, args: readonly string[], port: number): Promise<Child> {
  const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (text) => {
    said += text;
  });
  const early = once(child, 'exit').then(() => {
    throw new Error(`${command} ended before it listened on port ${port}: ${said}`);
  });
  await Promise.race([accepting(port), early]);
  early.catch(() => {});
  return { process: child, port };
}

/** Ends a child and waits until it is gone. One that does not go is killed, and that is told. */
export async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGTERM');
  const patience = setTimeout(() => child.kill('SIGKILL'), STOP_LIMIT_MS);
  await gone;
  clearTimeout(patience);
  if (child.signalCode === 'SIGKILL')
    console.error(`killed, for it did not end when told to: ${child.spawnargs.join(' ')}`);
}

/** Resolves when something accepts on this loopback port. */
export async function accepting(port: number): Promise<void> {
  const deadline = performance.now() + ACCEPT_LIMIT_MS;
  while (!(await accepts(port))) {
    if (performance.now() > deadline) throw new Error(`nothing accepts on port ${port}`);
    await delay(ACCEPT_POLL_MS);
  }
}

async function accepts(port: number): Promise<boolean> {
  const socket = connect({ host: '127.0.0.1', port });
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

/** A loopback port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** CPU time that a process has used so far, all its threads, user and system, in milliseconds. */
export function cpuTime(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return ((Number(fields[11]) + Number(fields[12])) * 1000) / TICKS_PER_SECOND;
}

/** Resolves when these processes use next to no CPU time; at the latest after a while. */
export async function quiet(pids: readonly number[]): Promise<void> {
  const spent = () => pids.reduce((sum, pid) => sum + cpuTime(pid), 0);
  const deadline = performance.now() + QUIET_LIMIT_MS;
  for (let before = Number.NEGATIVE_INFINITY, now = spent(); now - before > QUIET_BELOW_MS; now = spent()) {
    if (performance.now() > deadline) return;
    before = now;
    await delay(QUIET_LOOK_MS);
  }
}

/** As {@link cpuTime}, of the threads now alive, to the nanosecond: for a process too young for the tick. */
export function youngCpuTime(pid: number): number {
  const threads = readdirSync(`/proc/${pid}/task`);
  const spent = threads.map((id) => readFileSync(`/proc/${pid}/task/${id}/schedstat`, 'latin1').split(' ')[0]);
  return spent.reduce((sum, nanoseconds) => sum + Number(nanoseconds) / 1e6, 0);
}

/** Resident memory of a process in bytes. */
export function residentMemory(pid: number): number {
  const line = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'));
  return Number(line?.[1]) * 1024;
}
