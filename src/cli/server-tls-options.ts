// The options by which a command serves its clients with TLS, shared by the live command and `broker`.

import type { TlsOptions } from 'node:tls';
import type { Command } from 'commander';
import { ConfigError } from '../errors.ts';

/** What commander hands over. */
export interface ServerTlsValues {
  readonly tls?: string;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly tlsCa?: string;
}

/** Declares the options. */
export function addServerTlsOptions(command: Command): Command {
  return command
    .optionsGroup('TLS towards clients:')
    .option('--tls <auto>', "serve TLS with certificates of the spy's own authority, made once and kept")
    .option('--tls-cert <file>', 'serve TLS with this certificate (PEM)')
    .option('--tls-key <file>', 'its private key (PEM)')
    .option('--tls-ca <file>', 'ask clients for a certificate signed by this authority (mTLS)');
}

/** The TLS to serve; undefined: none. Reads the files. Rejects with ConfigError. */
export async function parseServerTls(values: ServerTlsValues): Promise<TlsOptions | undefined> {
  const { tls, tlsCert, tlsKey, tlsCa } = values;
  if (tls === undefined && tlsCert === undefined && tlsKey === undefined) {
    if (tlsCa !== undefined)
      throw new ConfigError('--tls-ca', 'expected --tls auto, or --tls-cert and --tls-key, beside it');
    return undefined;
  }
  const { serverTlsFromAuthority, serverTlsFromFiles } = await import('../net/server-tls.ts');
  if (tls !== undefined) {
    if (tls !== 'auto') throw new ConfigError('--tls', `expected auto, found '${tls}'`);
    if (tlsCert !== undefined || tlsKey !== undefined)
      throw new ConfigError('--tls', 'give either auto or --tls-cert and --tls-key');
    const { openLocalAuthority } = await import('../net/local-authority.ts');
    const authority = await openLocalAuthority();
    const made = authority.isNew ? 'made a local certificate authority' : 'local certificate authority';
    process.stderr.write(`amqp-spy: ${made}: clients must trust ${authority.certFile}\n`);
    return serverTlsFromAuthority(authority, tlsCa);
  }
  if (tlsCert === undefined) throw new ConfigError('--tls-cert', 'expected, because --tls-key is given');
  if (tlsKey === undefined) throw new ConfigError('--tls-key', 'expected, because --tls-cert is given');
  return serverTlsFromFiles({ cert: tlsCert, key: tlsKey, ...(tlsCa !== undefined && { ca: tlsCa }) });
}
