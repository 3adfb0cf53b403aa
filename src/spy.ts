// The composition root: builds a running spy from typed options, and takes it down again.
// The command line and the library both start here; nothing below knows of the whole.

import type { TlsOptions } from 'node:tls';
import { ConfigError } from './errors.ts';
import type { FaultSpec } from './faults/registry.ts';
import { FrameLog } from './log/frame-log.ts';
import { formatAddress, type ListenAddress, type UpstreamAddress } from './net/address.ts';
import { Listener } from './proxy/listener.ts';
import type { UpstreamTls } from './proxy/upstream.ts';
import { ConnectionTable } from './session/connection-table.ts';

export interface SpyOptions {
  /** Where clients connect. Port 0: any free port. */
  readonly listen: ListenAddress;
  /** Serve clients with TLS. */
  readonly tls?: TlsOptions;
  /** Brokers, tried in order. */
  readonly upstreams: readonly UpstreamAddress[];
  readonly upstreamTls?: UpstreamTls;
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
  /** Where clients connect, with the real port. */
  readonly address: ListenAddress;
  /** `amqp://host:port` or `amqps://…` */
  readonly url: string;
  /** Accepts no more, ends all connections. */
  close(): Promise<void>;
}

/** Starts a spy. Rejects with ConfigError or AmqpSpyError, having left nothing open. */
export async function startSpy(options: SpyOptions): Promise<Spy> {
  if (options.upstreams.length === 0) throw new ConfigError('--upstream', 'expected at least one broker');
  const log = new FrameLog({
    ...(options.logSize !== undefined && { size: options.logSize }),
    showSecrets: options.showSecrets ?? false,
  });
  const connections = new ConnectionTable();
  log.onConnectionMethod = (tape, bytes, start, end) =>
    connections.method(tape.connection, tape.direction, bytes, start, end);
  const listener = new Listener(options, {
    log,
    connections,
    upstreams: options.upstreams,
    upstreamTls: options.upstreamTls ?? {},
    faults: options.faults ?? [],
    seed: options.seed ?? 0,
  });
  const address = await listener.listen(options.listen);
  return {
    log,
    connections,
    address,
    url: `${options.tls ? 'amqps' : 'amqp'}://${formatAddress(address)}`,
    close: () => listener.close(),
  };
}
