// The broker: virtual hosts, users, connections, and what they share. Sans-I/O but for its listeners; time, chance and the
// store come in as options. Counterparts: connection/connection.ts (one client), virtual-host.ts (exchanges and queues).

import { hostname, totalmem } from 'node:os';
import type { ListenAddress } from '../net/address.ts';
import { Access } from './access/access.ts';
import type { User } from './access/user.ts';
import { BrokerDefinitions } from './broker-definitions.ts';
import { BrokerSocket } from './broker-socket.ts';
import { ReplyAddresses } from './channel/reply-to.ts';
import { Churn } from './churn.ts';
import { type BrokerClock, guardedClock, REAL_CLOCK } from './clock.ts';
import { BrokerConnection } from './connection/connection.ts';
import { OFFERED } from './connection/handshake.ts';
import type { PeerInfo, Transport } from './connection/transport.ts';
import { ConsumerTimeout } from './consumer-timeout.ts';
import { applyDefinitions } from './definitions/apply.ts';
import { parseDefinitions } from './definitions/parse.ts';
import { BrokerListener, type ListenOptions } from './listener.ts';
import { Memory } from './memory.ts';
import { MessageStats } from './message-stats.ts';
import { Parameters } from './policy/parameters.ts';
import { Policies } from './policy/policies.ts';
import { checkVhostConnectionLimit, checkVhostQueueLimit } from './policy/vhost-limits.ts';
import { recover } from './recovery.ts';
import { ReplyError } from './reply-error.ts';
import type { EntityKind, Store } from './store/store.ts';
import { Turn } from './turn.ts';
import { VirtualHost, type VirtualHostDescription } from './virtual-host.ts';

/** RabbitMQ's names. */
export type LogLevel = 'info' | 'warning' | 'error';

export interface BrokerOptions {
  /** Keep durable state here; by default everything is in memory only. */
  readonly dataDir?: string;
  /** Definitions to load at the start: the JSON that `rabbitmqctl export_definitions` writes, and a name for messages. */
  readonly definitions?: { readonly text: string; readonly file?: string };
  /** Bytes of messages above which publishers are held back; by default 0.4 of the memory, at most 1 GiB. */
  readonly memoryLimit?: number;
  /** Free bytes below which the data folder's disk counts as full; by default 50 MB. */
  readonly diskLimit?: number;
  /** Largest message body, in bytes; by default 128 MiB. */
  readonly maxMessageSize?: number;
  /** What connection.tune offers; heartbeat in seconds. */
  readonly offered?: { readonly channelMax?: number; readonly frameMax?: number; readonly heartbeat?: number };
  /** How long a delivery may stay unsettled, in ms; 0: for ever. By default 30 minutes. */
  readonly consumerTimeout?: number;
  readonly clusterName?: string;
  /** Takes the lines that an operator reads, without time and level. */
  readonly log?: (line: string, level: LogLevel) => void;
  readonly clock?: BrokerClock;
  /** [0, 1) */
  readonly random?: () => number;
}

const DEFAULT_MEMORY_LIMIT = Math.min(0.4 * totalmem(), 1 << 30);
const DEFAULT_MAX_MESSAGE_SIZE = 128 << 20;
const DEFAULT_CONSUMER_TIMEOUT_MS = 30 * 60_000;
/** Who connects within the process. */
const WITHIN: PeerInfo = { address: '127.0.0.1', port: 0, localAddress: '127.0.0.1', localPort: 0, tls: false };
/** How long, at shutdown, clients may take to answer connection.close, in ms. */
const SHUTDOWN_GRACE_MS = 2000;

/** Makes a broker: reads what the data folder holds, and the definitions. Rejects with ConfigError or AmqpSpyError. */
export async function createBroker(options: BrokerOptions = {}): Promise<Broker> {
  const store = options.dataDir === undefined ? undefined : await openDataDir(options.dataDir, options);
  const broker = new Broker(options, store);
  try {
    broker.start();
  } catch (error) {
    await broker.close();
    throw error;
  }
  return broker;
}

async function openDataDir(folder: string, { log, diskLimit }: BrokerOptions): Promise<Store> {
  const { openStore } = await import('./store/lmdb-store.ts');
  return openStore(folder, {
    ...(log && { log: (line: string) => log(line, 'warning') }),
    ...(diskLimit !== undefined && { diskFreeLimit: diskLimit }),
  });
}

export class Broker {
  readonly options: BrokerOptions;
  readonly clock: BrokerClock;
  readonly random: () => number;
  readonly store: Store | undefined;
  /** The node's name, as management shows it. */
  readonly name = `amqp-spy@${hostname().split('.')[0]}`;
  clusterName: string;
  readonly startedAt: number;
  readonly vhosts = new Map<string, VirtualHost>();
  readonly access: Access;
  readonly policies = new Policies();
  readonly parameters = new Parameters(this.policies);
  readonly memory: Memory;
  readonly connections = new Set<BrokerConnection>();
  readonly replies = new ReplyAddresses();
  readonly turn = new Turn((error) => this.defect(error));
  /** What happened on channels that are gone. */
  readonly departed = new MessageStats();
  readonly churn = new Churn();
  readonly listeners: BrokerListener[] = [];
  readonly definitions: BrokerDefinitions;
  readonly maxMessageSize: number;
  readonly consumerTimeout: number;
  readonly offered: { readonly channelMax: number; readonly frameMax: number; readonly heartbeat: number };
  /** The store has no room: publishers wait. */
  storeFull = false;
  #nextQueueId = 1;
  readonly #consumerTimeout: ConsumerTimeout | undefined;
  #onAllGone: (() => void) | undefined;
  #closed: Promise<void> | undefined;
  #storeFailed = false;

  constructor(options: BrokerOptions, store: Store | undefined) {
    this.options = options;
    this.clock = guardedClock(options.clock ?? REAL_CLOCK, (error) => this.defect(error));
    this.random = options.random ?? Math.random;
    this.store = store;
    this.clusterName = options.clusterName ?? this.name;
    this.startedAt = this.clock.now();
    this.maxMessageSize = options.maxMessageSize ?? DEFAULT_MAX_MESSAGE_SIZE;
    this.consumerTimeout = options.consumerTimeout ?? DEFAULT_CONSUMER_TIMEOUT_MS;
    this.offered = { ...OFFERED, ...options.offered };
    this.memory = new Memory(
      options.memoryLimit ?? DEFAULT_MEMORY_LIMIT,
      (raised) => this.#alarm('memory', raised),
      this.maxMessageSize,
    );
    this.access = new Access({ hasVhost: (name) => this.vhosts.has(name) });
    this.definitions = new BrokerDefinitions(this);
    if (this.consumerTimeout > 0) this.#consumerTimeout = new ConsumerTimeout(this, this.consumerTimeout);
    this.access.changed = (kind, key, value) => this.#accessChanged(kind, key, value);
    this.policies.rematch = (vhost) => this.vhosts.get(vhost)?.applyPolicies();
  }

  /** Takes up what the store and the definitions hold. Throws ConfigError. */
  start(): void {
    const { store } = this;
    const isNew = !store || !recover(this, store);
    store?.restored();
    if (store) this.#keepIn(store);
    const { definitions } = this.options;
    if (isNew && definitions === undefined) this.#addDefaults();
    if (definitions) {
      const file = definitions.file === undefined ? {} : { file: definitions.file };
      applyDefinitions(parseDefinitions(definitions.text, file), this.definitions, file);
    }
  }

  log(line: string, level: LogLevel = 'info'): void {
    this.options.log?.(line, level);
  }

  /** Serves clients on a socket. Port 0: any free one. Rejects with ConfigError or AmqpSpyError. */
  async listen(address: ListenAddress, options: ListenOptions = {}): Promise<ListenAddress> {
    const listener = new BrokerListener(this, options);
    const bound = await listener.listen(address);
    this.listeners.push(listener);
    return bound;
  }

  /** A connection within the process: a stream that looks like a socket; by default it comes from this machine. */
  connect(peer: Partial<PeerInfo> = {}): BrokerSocket {
    return new BrokerSocket(this, { ...WITHIN, ...peer });
  }

  /** A new client over this transport; one that comes when the broker closes finds its transport ended. */
  attach(transport: Transport, peer: PeerInfo): BrokerConnection {
    const connection = new BrokerConnection(this, transport, peer);
    this.connections.add(connection);
    if (this.#closed) connection.hangUp();
    return connection;
  }

  /** Closes all connections (320), then the listeners and the store. Whoever asks again waits for the same end. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    this.#consumerTimeout?.stop();
    for (const listener of this.listeners) listener.stop();
    for (const connection of this.connections) {
      if (connection.state === 'header' || connection.state === 'handshake') connection.hangUp();
      else connection.close(320, "CONNECTION_FORCED - broker forced connection closure with reason 'shutdown'");
    }
    if (this.connections.size > 0) {
      const cut = this.clock.after(SHUTDOWN_GRACE_MS, () => {
        for (const connection of this.connections) connection.hangUp();
      });
      await new Promise<void>((resolve) => (this.#onAllGone = resolve));
      cut.cancel();
    }
    await Promise.all(this.listeners.map((listener) => listener.close()));
    for (const vhost of this.vhosts.values()) vhost.halt();
    await this.store?.close(this.#deliveredPlaces());
  }

  addVhost(name: string, description: VirtualHostDescription = {}): VirtualHost {
    const existing = this.vhosts.get(name);
    const vhost = existing ?? new VirtualHost(name, this);
    vhost.description = description;
    this.vhosts.set(name, vhost);
    this.store?.putEntity('vhost', name, { name, description });
    return vhost;
  }

  /** Deletes a virtual host with all that is in it; closes its connections. False: there is none. */
  deleteVhost(name: string): boolean {
    const vhost = this.vhosts.get(name);
    if (!vhost) return false;
    for (const connection of this.connections) {
      if (connection.vhost === vhost) connection.close(320, `CONNECTION_FORCED - vhost '${name}' is deleted`);
    }
    vhost.close();
    this.vhosts.delete(name);
    this.access.forgetVhost(name);
    this.policies.forgetVhost(name);
    this.parameters.forgetVhost(name);
    this.store?.deleteEntity('vhost', name);
    return true;
  }

  /** Lets a user into a virtual host. Throws ReplyError 530, or 541 when the store has failed. */
  admit(connection: BrokerConnection, user: User, vhost: string): void {
    if (this.#storeFailed) throw new ReplyError(541, 'the store failed');
    const open = [...this.connections].filter((other) => other !== connection && other.state === 'running');
    this.access.checkVhostExists(vhost);
    const inVhost = open.filter((other) => other.vhost.name === vhost).length;
    checkVhostConnectionLimit(this.parameters, vhost, user.name, inVhost);
    this.access.checkUserConnectionLimit(user.name, open.filter((other) => other.user.name === user.name).length);
    this.access.checkVhostAccess(user.name, vhost);
  }

  /** Throws ReplyError 406. */
  checkQueueLimit(vhost: VirtualHost, queue: string): void {
    checkVhostQueueLimit(this.parameters, vhost.name, queue, vhost.queues.size);
  }

  /** How many channels a user has open. By name: each change of a user makes a new object. */
  channelsOf({ name }: User): number {
    let count = 0;
    for (const { user, channels } of this.connections) if (user?.name === name) count += channels.size;
    return count;
  }

  /** Why publishers wait; undefined: they do not. RabbitMQ's texts. */
  get alarmReason(): string | undefined {
    if (this.memory.alarmed && this.storeFull) return 'low on memory & disk';
    if (this.memory.alarmed) return 'low on memory';
    return this.storeFull ? 'low on disk' : undefined;
  }

  /** Exclusive queues go with their connection. */
  dropExclusive(connection: BrokerConnection): void {
    for (const queue of connection.exclusiveQueues) queue.vhost.deleteQueue(queue);
    connection.exclusiveQueues.clear();
  }

  forget(connection: BrokerConnection): void {
    if (this.connections.delete(connection) && connection.permits) {
      this.churn.connectionsClosed++;
      this.churn.bytesReceived += connection.bytesReceived;
      this.churn.bytesSent += connection.bytesSent;
      this.churn.piecesReceived += connection.piecesReceived;
      this.churn.piecesSent += connection.output.piecesSent;
    }
    if (this.connections.size === 0) this.#onAllGone?.();
  }

  nextQueueId(): number {
    const id = this.#nextQueueId++;
    this.store?.putEntity('meta', 'next-queue', this.#nextQueueId);
    return id;
  }

  restoreQueueId(next: number): void {
    this.#nextQueueId = Math.max(this.#nextQueueId, next);
  }

  /** A defect of this program: told to the operator, and nobody else's problem. */
  defect(error: unknown): void {
    this.log(error instanceof Error ? (error.stack ?? error.message) : String(error), 'error');
  }

  #addDefaults(): void {
    this.addVhost('/', { description: 'Default virtual host' });
    this.access.addDefaults();
  }

  #alarm(what: 'memory' | 'disk', raised: boolean): void {
    this.log(`${what} resource limit alarm ${raised ? 'set' : 'cleared'}`, 'warning');
    // Not in the middle of what a connection is doing.
    queueMicrotask(() => {
      if (this.alarmReason !== undefined) return;
      for (const connection of this.connections) connection.letGo();
    });
  }

  /** Who is no longer a user has no connections. */
  #accessChanged(kind: EntityKind, key: string, value: unknown): void {
    if (kind !== 'user' || value !== undefined) return;
    for (const connection of this.connections) {
      if (connection.user?.name === key) connection.close(320, `CONNECTION_FORCED - user '${key}' is deleted`);
    }
  }

  #keepIn(store: Store): void {
    const keep = (kind: EntityKind, key: string, value: unknown): void => {
      if (value === undefined) store.deleteEntity(kind, key);
      else store.putEntity(kind, key, value);
    };
    this.access.changed = (kind, key, value) => {
      keep(kind, key, value);
      this.#accessChanged(kind, key, value);
    };
    this.policies.changed = keep;
    this.parameters.changed = keep;
    store.onFull = (full) => {
      this.storeFull = full;
      this.#alarm('disk', full);
    };
    store.onFailure = (error) => {
      this.#storeFailed = true;
      this.log(`the store failed: ${error.message}`, 'error');
      for (const connection of this.connections) connection.close(541, 'INTERNAL_ERROR - the store failed');
    };
  }

  /** Ready messages that were delivered before, and those in somebody's hands. */
  *#deliveredPlaces() {
    for (const { queues } of this.vhosts.values()) {
      for (const queue of queues.values()) if (queue.durable) yield* queue.deliveredPlaces();
    }
  }
}
