// Starts a private RabbitMQ for tests and benchmarks: own node name, data folder, ports, epmd, cookie and certificates.
// Counterpart: shared-rabbitmq.ts, through which the test files of one run share one.
// Invariant: it binds to 127.0.0.1, shares nothing with another RabbitMQ on the machine, and leaves nothing behind.

import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { makeAuthority, makeCertificate } from './certificates.ts';
import { freePorts, isListening } from './ports.ts';
import { type RigProcess, run, startProcess } from './process.ts';
import { findCommand, requireCommand } from './require-command.ts';

export interface RabbitMqOptions {
  /** Plugins to enable, for example `['rabbitmq_management']`. None by default. */
  readonly plugins?: readonly string[];
  /** Further lines of rabbitmq.conf. */
  readonly config?: readonly string[];
  /**
   * How long idle schedulers spin. 'very_short' halves the start time; 'none', RabbitMQ's own default, is for
   * benchmarks.
   */
  readonly busyWait?: 'none' | 'very_short';
}

/** Where a running RabbitMQ is found. Plain data, so that it can travel between processes. */
export interface RabbitMqAddress {
  readonly host: '127.0.0.1';
  readonly port: number;
  /** AMQPS. A client certificate is asked for; a client may do without, but one that it gives must be valid. */
  readonly tlsPort: number;
  /** `amqp://guest:guest@127.0.0.1:port` */
  readonly uri: string;
  /** `amqps://guest:guest@localhost:tlsPort`; trust `caFile` to use it. */
  readonly tlsUri: string;
  readonly caFile: string;
  /** The server's certificate, for localhost and 127.0.0.1. */
  readonly certFile: string;
  readonly keyFile: string;
  /** A client's certificate, signed by the same authority. */
  readonly clientCertFile: string;
  readonly clientKeyFile: string;
  /** The broker's own log, level info. */
  readonly logFile: string;
  readonly nodeName: string;
  /** What rabbitmqctl needs to find the node. */
  readonly environment: Readonly<Record<string, string>>;
}

export interface RabbitMq extends RabbitMqAddress {
  /** The broker's process id. */
  readonly pid: number;
  /** Runs rabbitmqctl (about 0.6 s) and gives its output. */
  ctl(...args: string[]): Promise<string>;
  /** Ends the broker at once and removes its files. */
  stop(): Promise<void>;
}

/** The plugins of the RabbitMQ that test files share: the exchange types that come with it but are not built in. */
export const SHARED_PLUGINS: readonly string[] = ['rabbitmq_consistent_hash_exchange', 'rabbitmq_random_exchange'];

/** Debian's /usr/sbin/rabbitmq-server switches to another user; the script beneath it does not. */
const debianScripts = '/usr/lib/rabbitmq/bin';

/** Starts are tried again when another process took one of the chosen ports in between. */
const attempts = 3;

/**
 * Starts a RabbitMQ; resolves once it accepts connections, after about 3 s.
 * @throws Error with the broker's log if it does not start.
 */
export async function startRabbitMq(options: RabbitMqOptions = {}): Promise<RabbitMq> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await start(options);
    } catch (error) {
      if (attempt === attempts || !/eaddrinuse|already in use/i.test(String(error))) throw error;
    }
  }
}

/** Runs rabbitmqctl against a node and gives its output. */
export async function rabbitMqCtl(address: RabbitMqAddress, ...args: string[]): Promise<string> {
  return await run(script('rabbitmqctl'), ['-q', '-n', address.nodeName, ...args], {
    baseEnv: address.environment,
  });
}

async function start(options: RabbitMqOptions): Promise<RabbitMq> {
  const serverScript = script('rabbitmq-server');
  const folder = mkdtempSync(path.join(tmpdir(), 'amqp-spy-rabbitmq-'));
  const processes: RigProcess[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all(processes.map((child) => child.kill()));
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    const [port = 0, tlsPort = 0, epmdPort = 0, distributionPort = 0] = await freePorts(4);
    const address = describeNode(folder, port, tlsPort, epmdPort);
    const epmd = startProcess('epmd', ['-port', `${epmdPort}`, '-address', '127.0.0.1'], {
      baseEnv: address.environment,
    });
    processes.push(epmd);
    await Promise.all([makeCertificates(folder), listening(epmd, epmdPort)]);
    writeConfiguration(folder, address, options);
    const server = startProcess(serverScript, [], {
      baseEnv: serverEnvironment(folder, address, distributionPort, options),
      folder,
    });
    processes.push(server);
    await server.waitForLine(/Server startup complete/);
    return { ...address, pid: server.pid, ctl: async (...args) => await rabbitMqCtl(address, ...args), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function describeNode(folder: string, port: number, tlsPort: number, epmdPort: number): RabbitMqAddress {
  const nodeName = `spy-${randomBytes(6).toString('hex')}@localhost`;
  return {
    host: '127.0.0.1',
    port,
    tlsPort,
    uri: `amqp://guest:guest@127.0.0.1:${port}`,
    tlsUri: `amqps://guest:guest@localhost:${tlsPort}`,
    caFile: path.join(folder, 'ca.pem'),
    certFile: path.join(folder, 'server.pem'),
    keyFile: path.join(folder, 'server.key'),
    clientCertFile: path.join(folder, 'client.pem'),
    clientKeyFile: path.join(folder, 'client.key'),
    logFile: path.join(folder, 'log', 'rabbitmq.log'),
    nodeName,
    environment: {
      PATH: process.env.PATH ?? '/usr/bin:/bin',
      LANG: 'C.UTF-8',
      HOME: folder, // holds the Erlang cookie
      ERL_EPMD_PORT: `${epmdPort}`,
      ERL_EPMD_ADDRESS: '127.0.0.1',
      RABBITMQ_NODENAME: nodeName,
      RABBITMQ_CONF_ENV_FILE: path.join(folder, 'none'), // not the machine's /etc/rabbitmq/rabbitmq-env.conf
    },
  };
}

async function makeCertificates(folder: string): Promise<void> {
  const authority = await makeAuthority(folder);
  await Promise.all(['server', 'client'].map(async (name) => await makeCertificate(folder, name, authority)));
}

function writeConfiguration(folder: string, address: RabbitMqAddress, options: RabbitMqOptions): void {
  mkdirSync(path.join(folder, 'log'));
  writeFileSync(path.join(folder, 'plugins'), `[${(options.plugins ?? []).join(',')}].\n`);
  writeFileSync(
    path.join(folder, 'rabbitmq.conf'),
    `${[
      `listeners.tcp.1 = 127.0.0.1:${address.port}`,
      `listeners.ssl.1 = 127.0.0.1:${address.tlsPort}`,
      `ssl_options.cacertfile = ${address.caFile}`,
      `ssl_options.certfile = ${address.certFile}`,
      `ssl_options.keyfile = ${address.keyFile}`,
      'ssl_options.verify = verify_peer',
      'ssl_options.fail_if_no_peer_cert = false',
      'log.console = true',
      'log.console.level = info',
      `log.file = ${address.logFile}`,
      'log.file.level = info',
      ...(options.config ?? []),
    ].join('\n')}\n`,
  );
}

function serverEnvironment(
  folder: string,
  address: RabbitMqAddress,
  distributionPort: number,
  options: RabbitMqOptions,
): Record<string, string> {
  return {
    ...address.environment,
    RABBITMQ_BASE: folder,
    RABBITMQ_MNESIA_BASE: path.join(folder, 'data'),
    RABBITMQ_LOG_BASE: path.join(folder, 'log'),
    RABBITMQ_PID_FILE: path.join(folder, 'pid'),
    RABBITMQ_ENABLED_PLUGINS_FILE: path.join(folder, 'plugins'),
    RABBITMQ_CONFIG_FILE: path.join(folder, 'rabbitmq.conf'),
    RABBITMQ_ADVANCED_CONFIG_FILE: path.join(folder, 'none.config'),
    RABBITMQ_DIST_PORT: `${distributionPort}`,
    // The script then turns into the broker instead of waiting for it; -noinput takes back the shell that comes with it.
    RABBITMQ_ALLOW_INPUT: '1',
    RABBITMQ_SERVER_START_ARGS: '-noinput -kernel inet_dist_use_interface {127,0,0,1}',
    RABBITMQ_SCHEDULER_BUSY_WAIT_THRESHOLD: options.busyWait ?? 'very_short',
  };
}

async function listening(server: RigProcess, port: number): Promise<void> {
  let ended = false;
  void server.exit.then(() => {
    ended = true;
  });
  while (!(await isListening(port))) {
    if (ended) throw new Error(`epmd ended before it listened on port ${port} (already in use?)\n${server.stderr}`);
    await wait(5);
  }
}

function script(name: string): string {
  return findCommand(path.join(debianScripts, name)) ?? requireCommand(name);
}
