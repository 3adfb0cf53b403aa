// The composition root: builds a running spy from typed options, and takes it down again.
// The command line and the library both start here; nothing below knows of the whole.

import type { TlsOptions } from 'node:tls';
import type { Broker, BrokerOptions } from './broker/broker.ts';
import { ConfigError } from './errors.ts';
import type { FaultSpec } from './faults/registry.ts';
import { FrameLog } from './log/frame-log.ts';
import { formatAddress, type ListenAddress, type UpstreamAddress } from './net/address.ts';
import { Listener } from './proxy/listener.ts';
import { tcpUpstream, type UpstreamTls } from './proxy/upstream.ts';
import { ConnectionTable } from './session/connection-table.ts';
import { Session } from './session/session.ts';

/** How often the session is told that time has passed, in ms. */
const TICK_MS = 1000;

export interface SpyOptions {
  /** Where clients connect. Port 0: any free port. */
  readonly listen: ListenAddress;
  /** Serve clients with TLS. */
  readonly tls?: TlsOptions;
  /** Brokers, tried in order; without any, the spy brings its own. */
  readonly upstreams?: readonly UpstreamAddress[];
  readonly upstreamTls?: UpstreamTls;
  /** How the spy's own broker is made. */
  readonly broker?: BrokerOptions;
  /** That broker is managed past the spy: what is declared there the spy does not see. */
  readonly managed?: boolean;
  readonly faults?: readonly FaultSpec[];
  /** Seed of the faults' random source. */
  readonly seed?: number;
  /** Bound of the frame log in bytes. */
  readonly logSize?: number;
  /** Keep credentials in clear in the log and all outputs. */
  readonly showSecrets?: boolean;
}

export interface Spy {
  readonly log: FrameLog;
  readonly connections: ConnectionTable;
  /** What the traffic means: channels, messages, latencies, topology, findings. */
  readonly session: Session;
  /** The broker within, if there is no other. */
  readonly broker: Broker | undefined;
  /** Where clients connect, with the real port. */
  readonly address: ListenAddress;
  /** `amqp://host:port` or `amqps://…` */
  readonly url: string;
  /** Accepts no more, ends all connections. */
  close(): Promise<void>;
}

/** Starts a spy. Rejects with ConfigError or AmqpSpyError, having left nothing open. */
export async function startSpy(options: SpyOptions): Promise<Spy> {
  const { upstreams = [] } = options;
  if (upstreams.length > 0 && options.broker) throw new ConfigError('broker', 'goes without upstreams');
  const log = new FrameLog({
    ...(options.logSize !== undefined && { size: options.logSize }),
    showSecrets: options.showSecrets ?? false,
  });
  const connections = new ConnectionTable();
  log.onConnectionMethod = (tape, bytes, start, end) =>
    connections.method(tape.connection, tape.direction, bytes, start, end);
  const session = new Session(log, connections, { seesAll: seesAll(options) });
  const ticking = setInterval(() => session.tick(Date.now() * 1000), TICK_MS).unref();
  const embedded = upstreams.length > 0 ? undefined : await embedBroker(options.broker, () => address);
  const listener = new Listener(options, {
    log,
    connections,
    upstream: embedded?.upstream ?? tcpUpstream(upstreams, options.upstreamTls ?? {}),
    faults: options.faults ?? [],
    seed: options.seed ?? 0,
  });
  let address = options.listen;
  try {
    address = await listener.listen(options.listen);
  } catch (error) {
    clearInterval(ticking);
    await embedded?.broker.close();
    throw error;
  }
  return {
    log,
    connections,
    session,
    broker: embedded?.broker,
    address,
    url: `${options.tls ? 'amqps' : 'amqp'}://${formatAddress(address)}`,
    close: async () => {
      // First, so that clients hear why.
      await embedded?.broker.close();
      await listener.close();
      clearInterval(ticking);
    },
  };
}

/** Whether all that the broker has will have been declared through the spy. */
function seesAll({ upstreams = [], broker, managed }: SpyOptions): boolean {
  return upstreams.length === 0 && !managed && broker?.dataDir === undefined && broker?.definitions === undefined;
}

/** Loaded only when needed: most spies stand before a broker. */
async function embedBroker(options: BrokerOptions | undefined, listen: () => ListenAddress) {
  const { createBroker } = await import('./broker/broker.ts');
  const { embeddedUpstream } = await import('./proxy/embedded-upstream.ts');
  const broker = await createBroker(options);
  return { broker, upstream: embeddedUpstream(broker, listen) };
}
