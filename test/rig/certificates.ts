// Certificates for TLS tests, made by openssl: an authority, and certificates for servers and clients signed by it.
// Counterpart: rabbitmq.ts, whose AMQPS listener uses them.
// Invariant: independent of the project's own certificate authority, so that the one can test the other.

import path from 'node:path';
import { run } from './process.ts';

/** A certificate and its private key, as PEM files. */
export interface Certificate {
  readonly certFile: string;
  readonly keyFile: string;
}

const common = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '30'];

/** Makes a self-signed authority: `<name>.pem` and `<name>.key` in the folder. */
export async function makeAuthority(folder: string, name = 'ca'): Promise<Certificate> {
  const files = filesFor(folder, name);
  await openssl(files, name, [
    ...['-addext', 'basicConstraints=critical,CA:TRUE'],
    ...['-addext', 'keyUsage=critical,keyCertSign,cRLSign'],
  ]);
  return files;
}

/**
 * Makes a certificate signed by the authority: `<name>.pem` and `<name>.key` in the folder, good for servers and clients.
 * @param hosts the host names and IP addresses it is valid for
 */
export async function makeCertificate(
  folder: string,
  name: string,
  authority: Certificate,
  hosts: readonly string[] = ['localhost', '127.0.0.1', '::1'],
): Promise<Certificate> {
  const files = filesFor(folder, name);
  const names = hosts.map((host) => (/^[\d.]+$|:/.test(host) ? `IP:${host}` : `DNS:${host}`));
  await openssl(files, name, [
    ...['-CA', authority.certFile, '-CAkey', authority.keyFile],
    ...['-addext', 'basicConstraints=critical,CA:FALSE'],
    ...['-addext', 'extendedKeyUsage=serverAuth,clientAuth'],
    ...['-addext', `subjectAltName=${names.join(',')}`],
  ]);
  return files;
}

function filesFor(folder: string, name: string): Certificate {
  return { certFile: path.join(folder, `${name}.pem`), keyFile: path.join(folder, `${name}.key`) };
}

async function openssl(files: Certificate, name: string, args: readonly string[]): Promise<void> {
  await run('openssl', [...common, '-keyout', files.keyFile, '-out', files.certFile, '-subj', `/CN=${name}`, ...args]);
}
