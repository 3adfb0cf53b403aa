// The TLS that the spy serves to clients: a certificate from files, or one signed by the local authority.
// With `ca`, clients must show a certificate that it signed (mTLS).

import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createSecureContext, type SecureContext, type TlsOptions } from 'node:tls';
import { ConfigError } from '../errors.ts';
import type { LocalAuthority } from './local-authority.ts';

/** For clients that name no host. */
const DEFAULT_NAME = 'localhost';
/** Names that clients may ask for in one run; more get the default certificate. */
const MOST_NAMES = 1000;

export interface ServerTlsFiles {
  /** PEM files. */
  readonly cert: string;
  readonly key: string;
  readonly ca?: string;
}

/** Reads a PEM file; `option` is named in the error. */
export async function readPem(option: string, file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (cause) {
    const reason =
      (cause as NodeJS.ErrnoException).code === 'ENOENT' ? 'there is no such file' : (cause as Error).message;
    throw new ConfigError(option, `cannot read ${file}: ${reason}`, { cause });
  }
}

/** Reads a PEM file of authorities to trust: OpenSSL takes anything for one, and then trusts nobody. */
export async function readAuthorities(option: string, file: string): Promise<Buffer> {
  const pem = await readPem(option, file);
  try {
    new X509Certificate(pem);
  } catch (cause) {
    throw new ConfigError(option, `expected a certificate (PEM) in ${file}: ${(cause as Error).message}`, { cause });
  }
  return pem;
}

/** TLS from files. Rejects with ConfigError if they cannot be read or do not fit together. */
export async function serverTlsFromFiles(files: ServerTlsFiles): Promise<TlsOptions> {
  const cert = await readPem('--tls-cert', files.cert);
  const key = await readPem('--tls-key', files.key);
  const options: TlsOptions = { cert, key, ...(await clientVerification(files.ca)) };
  checkContext('--tls-cert', `${files.cert} and ${files.key}`, options);
  return options;
}

/** TLS with certificates made on the spot for whatever name the client asks for. */
export async function serverTlsFromAuthority(authority: LocalAuthority, ca?: string): Promise<TlsOptions> {
  const verification = await clientVerification(ca);
  const contexts = new Map<string, Promise<SecureContext>>();
  const contextFor = (name: string): Promise<SecureContext> => {
    const known = contexts.get(name);
    if (known) return known;
    if (contexts.size === MOST_NAMES) return contextFor(DEFAULT_NAME);
    const made = authority.issue(name).then((issued) => createSecureContext({ ...issued, ...verification }));
    contexts.set(name, made);
    return made;
  };
  const byDefault = { ...(await authority.issue(DEFAULT_NAME)), ...verification };
  contexts.set(DEFAULT_NAME, Promise.resolve(createSecureContext(byDefault)));
  return {
    ...byDefault,
    SNICallback: (name, done) => void contextFor(name).then((context) => done(null, context), done),
  };
}

async function clientVerification(ca: string | undefined): Promise<TlsOptions> {
  if (ca === undefined) return {};
  const pem = await readAuthorities('--tls-ca', ca);
  return { ca: pem, requestCert: true, rejectUnauthorized: true };
}

/** Makes sure that OpenSSL takes what was read, so that the error comes at the start and names the file. */
export function checkContext(option: string, what: string, options: TlsOptions): void {
  try {
    createSecureContext(options);
  } catch (cause) {
    throw new ConfigError(option, `${what}: ${(cause as Error).message}`, { cause });
  }
}
