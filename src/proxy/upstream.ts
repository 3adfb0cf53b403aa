// Finds a broker: tries the upstreams in order and hands over the first that accepts.
// Counterpart: embedded-upstream.ts, the broker within.

import { connect } from 'node:net';
import { type ConnectionOptions, connect as connectTls } from 'node:tls';
import { AmqpSpyError } from '../errors.ts';
import { formatAddress, type UpstreamAddress } from '../net/address.ts';
import { Intake } from '../net/intake.ts';
import { tlsReason } from '../net/tls-reason.ts';
import type { WireSocket } from '../net/wire-socket.ts';
import type { Endpoint } from '../session/connection-table.ts';
import type { Leg } from './link.ts';

/** How long one upstream may take to accept, in ms. Longer than a lost SYN's first two retries, shorter than clients wait. */
const CONNECT_TIMEOUT_MS = 10_000;

export interface UpstreamTls {
  /** Trusted authorities, PEM; by default those of the system. */
  readonly ca?: string | Buffer;
  /** The spy's own certificate and key towards the broker, PEM. */
  readonly cert?: string | Buffer;
  readonly key?: string | Buffer;
  /** Name for SNI and verification; by default the upstream's host. */
  readonly servername?: string;
  /** Accept any certificate. */
  readonly insecure?: boolean;
}

/** Where clients are connected to. */
export interface Upstream {
  /** Where it is, as far as that can be said before somebody is connected. */
  readonly endpoint: Endpoint;
  /** Connects a client. Rejects with AmqpSpyError, which says why it cannot be. */
  connect(client: WireSocket, signal: AbortSignal): Promise<Leg>;
}

/** Brokers elsewhere, tried in order. */
export function tcpUpstream(addresses: readonly UpstreamAddress[], tls: UpstreamTls): Upstream {
  const { host, port } = addresses[0]!;
  return {
    endpoint: { address: host, port },
    connect: (_client, signal) => connectUpstream(addresses, tls, signal),
  };
}

/** Connects to the first upstream that accepts within `timeoutMs`. Rejects with what each of them said. */
export async function connectUpstream(
  addresses: readonly UpstreamAddress[],
  tls: UpstreamTls,
  signal: AbortSignal,
  timeoutMs: number = CONNECT_TIMEOUT_MS,
): Promise<Leg> {
  const failures: string[] = [];
  for (const address of addresses) {
    try {
      return await connectOne(address, tls, signal, timeoutMs);
    } catch (error) {
      if (signal.aborted) break;
      failures.push(`${formatAddress(address)}: ${explain(error as NodeJS.ErrnoException)}`);
    }
  }
  throw new AmqpSpyError('ERR_UPSTREAM', failures.join('; '));
}

function connectOne(address: UpstreamAddress, tls: UpstreamTls, signal: AbortSignal, timeoutMs: number): Promise<Leg> {
  const { host, port } = address;
  const intake = address.tls ? undefined : new Intake();
  const socket = intake
    ? connect({ host, port, allowHalfOpen: true, onread: intake.onread })
    : connectTls({ ...tlsOptions(address, tls), host, port, allowHalfOpen: true } as ConnectionOptions);
  return new Promise((resolve, reject) => {
    const fail = (error: Error): void => {
      release();
      socket.on('error', () => {});
      socket.destroy();
      reject(error);
    };
    const onReady = (): void => {
      release();
      // Until the relay listens; what it then finds destroyed was lost meanwhile.
      socket.on('error', () => {});
      socket.setNoDelay(true);
      resolve({ socket, ...(intake && { intake }) });
    };
    const onClose = (): void => fail(new Error('closed before it was ready'));
    const onAbort = (): void => fail(new Error('given up'));
    const onTimeout = (): void => fail(new Error(`no answer within ${timeoutMs / 1000} s`));
    const ready = address.tls ? 'secureConnect' : 'connect';
    const release = (): void => {
      socket.setTimeout(0);
      socket.off('error', fail).off('close', onClose).off('timeout', onTimeout).off(ready, onReady);
      signal.removeEventListener('abort', onAbort);
    };
    socket.setTimeout(timeoutMs);
    socket.on('error', fail).on('close', onClose).on('timeout', onTimeout).on(ready, onReady);
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort);
  });
}

function tlsOptions(address: UpstreamAddress, tls: UpstreamTls): ConnectionOptions {
  const isName = !/^[\d.]+$|:/.test(address.host);
  const servername = tls.servername ?? (isName ? address.host : undefined);
  return {
    ...(tls.ca !== undefined && { ca: tls.ca }),
    ...(tls.cert !== undefined && { cert: tls.cert }),
    ...(tls.key !== undefined && { key: tls.key }),
    ...(servername !== undefined && { servername }),
    rejectUnauthorized: !tls.insecure,
  };
}

function explain(error: NodeJS.ErrnoException & { errors?: NodeJS.ErrnoException[] }): string {
  const first = error.errors?.[0] ?? error;
  switch (first.code) {
    case 'ECONNREFUSED':
      return 'connection refused';
    case 'ENOTFOUND':
      return 'no such host';
    default:
      return tlsReason(first);
  }
}
