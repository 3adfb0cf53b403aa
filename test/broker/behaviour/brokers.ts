// The brokers that every behaviour test runs against, RabbitMQ and the embedded one, and one way to administer both.
// BROKERS=rabbitmq or BROKERS=amqp-spy in the environment limits a run to one of them.
// Invariant: both must agree; a test never asks which broker it talks to.

import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe } from 'vitest';
import { AmqpClient, type ClientChannel, type ConnectOptions } from '../../rig/amqp-client.ts';
import { type AmqpSocket, destroyAllSockets } from '../../rig/amqp-socket.ts';
import { startRabbitMq } from '../../rig/rabbitmq.ts';
import { sharedRabbitMq } from '../../rig/shared-rabbitmq.ts';
import { embeddedBroker } from './embedded-broker.ts';

/** What rabbitmqctl does. Each call takes RabbitMQ a second: make what is needed once, in `beforeAll`. */
export interface Administration {
  addVhost(name: string): Promise<void>;
  deleteVhost(name: string): Promise<void>;
  addUser(name: string, password: string, ...tags: string[]): Promise<void>;
  deleteUser(name: string): Promise<void>;
  setPermissions(user: string, vhost: string, configure: string, write: string, read: string): Promise<void>;
  clearPermissions(user: string, vhost: string): Promise<void>;
  setTopicPermissions(user: string, vhost: string, exchange: string, write: string, read: string): Promise<void>;
  /** `applyTo`: queues, exchanges or all (the default). */
  setPolicy(
    vhost: string,
    name: string,
    pattern: string,
    definition: Readonly<Record<string, unknown>>,
    options?: { readonly applyTo?: string; readonly priority?: number },
  ): Promise<void>;
  clearPolicy(vhost: string, name: string): Promise<void>;
  /** `max-connections` and `max-queues`. */
  setVhostLimits(vhost: string, limits: Readonly<Record<string, number>>): Promise<void>;
  /** `max-connections` and `max-channels`. */
  setUserLimits(user: string, limits: Readonly<Record<string, number>>): Promise<void>;
  /** Closes the connections of a vhost with 320 and this reason. */
  closeConnections(vhost: string, reason: string): Promise<void>;
}

export interface RunningBroker {
  readonly host: string;
  readonly port: number;
  readonly version: string;
  readonly admin: Administration;
  stop(): Promise<void>;
}

/** A broker that no other test uses, so that it may be brought into trouble. */
export interface OwnBroker extends RunningBroker {
  /** Lets the broker believe that memory is short, or no longer. */
  setMemoryAlarm(short: boolean): Promise<void>;
  /** Ends in order; its files are removed by `stop`. */
  shutDown(): Promise<void>;
}

export interface BrokerKind {
  readonly name: 'rabbitmq' | 'amqp-spy';
  start(): Promise<RunningBroker>;
  startOwn(): Promise<OwnBroker>;
}

/** The broker of the tests in `behaviour`; it runs once they do. Clients are closed after each test. */
export interface BehaviourBroker extends RunningBroker {
  /** A connection, its handshake done. */
  connect(options?: Partial<ConnectOptions>): Promise<AmqpClient>;
  /** A channel on a connection of its own. */
  channel(options?: Partial<ConnectOptions>): Promise<ClientChannel>;
  /** A socket on which nothing was said yet. */
  raw(): Promise<AmqpSocket>;
  /** A socket on which the handshake is done, and no more. */
  openSocket(options?: Partial<ConnectOptions>): Promise<AmqpSocket>;
}

const ALL: readonly BrokerKind[] = [
  { name: 'rabbitmq', start: startSharedRabbitMq, startOwn: startOwnRabbitMq },
  { name: 'amqp-spy', start: embeddedBroker, startOwn: embeddedBroker },
];

export const BROKERS: readonly BrokerKind[] = ALL.filter(
  ({ name }) => process.env.BROKERS === undefined || process.env.BROKERS.split(',').includes(name),
);

/**
 * Runs the tests that `define` defines against every broker. With a `vhost` of their own, whose name no other file uses,
 * they may give plain names to what they declare: the vhost is made for them and deleted after them.
 */
export function behaviour(title: string, define: (broker: BehaviourBroker) => void, vhost = '/'): void {
  describe.each(BROKERS)(`${title} ($name)`, (kind) => {
    const broker = new BrokerOfTests(vhost);
    beforeAll(async () => {
      broker.running = await kind.start();
      if (vhost === '/') return;
      await broker.admin.addVhost(vhost);
      await broker.admin.setPermissions('guest', vhost, '.*', '.*', '.*');
    });
    afterEach(destroyAllSockets);
    afterAll(async () => {
      if (vhost !== '/') await broker.running?.admin.deleteVhost(vhost);
      await broker.running?.stop();
    });
    define(broker);
  });
}

/** A name that no other test uses. */
export function unique(prefix: string): string {
  return `${prefix}-${randomBytes(6).toString('hex')}`;
}

class BrokerOfTests implements BehaviourBroker {
  running: RunningBroker | undefined;
  readonly #vhost: string;

  constructor(vhost: string) {
    this.#vhost = vhost;
  }

  get host(): string {
    return this.#started.host;
  }

  get port(): number {
    return this.#started.port;
  }

  get version(): string {
    return this.#started.version;
  }

  get admin(): Administration {
    return this.#started.admin;
  }

  async stop(): Promise<void> {
    await this.#started.stop();
  }

  async connect(options: Partial<ConnectOptions> = {}): Promise<AmqpClient> {
    return await AmqpClient.connect({ host: this.host, port: this.port, vhost: this.#vhost, ...options });
  }

  async channel(options: Partial<ConnectOptions> = {}): Promise<ClientChannel> {
    return await (await this.connect(options)).channel();
  }

  async raw(): Promise<AmqpSocket> {
    return await AmqpClient.raw({ host: this.host, port: this.port });
  }

  async openSocket(options: Partial<ConnectOptions> = {}): Promise<AmqpSocket> {
    const all = { host: this.host, port: this.port, vhost: this.#vhost, ...options };
    return (await AmqpClient.handshake(all)).socket;
  }

  get #started(): RunningBroker {
    if (!this.running) throw new Error('the broker runs only while tests and hooks do');
    return this.running;
  }
}

async function startSharedRabbitMq(): Promise<RunningBroker> {
  const { host, port, ctl } = await sharedRabbitMq();
  return { host, port, version: '3.10.8', admin: administration(ctl), stop: async () => {} };
}

async function startOwnRabbitMq(): Promise<OwnBroker> {
  const { host, port, ctl, stop } = await startRabbitMq();
  return {
    host,
    port,
    version: '3.10.8',
    admin: administration(ctl),
    stop,
    setMemoryAlarm: async (short) => void (await ctl('set_vm_memory_high_watermark', short ? '0.000001' : '0.9')),
    shutDown: async () => void (await ctl('stop_app')),
  };
}

function administration(ctl: (...args: string[]) => Promise<string>): Administration {
  return {
    addVhost: async (name) => void (await ctl('add_vhost', name)),
    deleteVhost: async (name) => void (await ctl('delete_vhost', name)),
    addUser: async (name, password, ...tags) => {
      await ctl('add_user', name, password);
      if (tags.length > 0) await ctl('set_user_tags', name, ...tags);
    },
    deleteUser: async (name) => void (await ctl('delete_user', name)),
    setPermissions: async (user, vhost, ...permissions) =>
      void (await ctl('set_permissions', '-p', vhost, user, ...permissions)),
    clearPermissions: async (user, vhost) => void (await ctl('clear_permissions', '-p', vhost, user)),
    setTopicPermissions: async (user, vhost, exchange, write, read) =>
      void (await ctl('set_topic_permissions', '-p', vhost, user, exchange, write, read)),
    setPolicy: async (vhost, name, pattern, definition, { applyTo = 'all', priority = 0 } = {}) => {
      const options = ['-p', vhost, '--apply-to', applyTo, '--priority', `${priority}`];
      await ctl('set_policy', ...options, name, pattern, JSON.stringify(definition));
    },
    clearPolicy: async (vhost, name) => void (await ctl('clear_policy', '-p', vhost, name)),
    setVhostLimits: async (vhost, limits) => void (await ctl('set_vhost_limits', '-p', vhost, JSON.stringify(limits))),
    setUserLimits: async (user, limits) => void (await ctl('set_user_limits', user, JSON.stringify(limits))),
    closeConnections: async (vhost, reason) => void (await ctl('close_all_connections', '-p', vhost, reason)),
  };
}
