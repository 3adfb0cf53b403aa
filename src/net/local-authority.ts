// The spy's own certificate authority for `--tls auto`: made once, kept in the user's config folder, trusted by clients
// that are told to. It signs a certificate for each name that a client asks for (SNI), for as long as the spy runs.
// Invariants: the authority's key is readable by its owner alone; leaf keys never touch the disk.

import 'reflect-metadata';
import { createPrivateKey, X509Certificate as NodeCertificate, type webcrypto } from 'node:crypto';
import { constants } from 'node:fs';
import { mkdir, open, readFile } from 'node:fs/promises';
import { homedir, hostname } from 'node:os';
import { join } from 'node:path';
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509';
import { AmqpSpyError } from '../errors.ts';

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const DAY_MS = 86_400_000;
const AUTHORITY_DAYS = 3650;
/** What browsers and strict clients accept at most. */
const LEAF_DAYS = 397;

export interface LocalAuthority {
  /** Path of the authority's certificate (PEM), for clients to trust. */
  readonly certFile: string;
  /** True if it was made just now. */
  readonly isNew: boolean;
  /** A certificate for this host name, the loopback names and addresses included. */
  issue(name: string): Promise<IssuedCertificate>;
}

/** PEM. */
export interface IssuedCertificate {
  readonly cert: string;
  readonly key: string;
}

/** `$XDG_CONFIG_HOME/amqp-spy`, by default `~/.config/amqp-spy`; `%APPDATA%\amqp-spy` on Windows. */
export function configFolder(): string {
  const base = process.env['XDG_CONFIG_HOME'] ?? process.env['APPDATA'] ?? join(homedir(), '.config');
  return join(base, 'amqp-spy');
}

/** Opens the authority in `folder`, or makes it. Rejects with AmqpSpyError if the folder or its files are no good. */
export async function openLocalAuthority(folder: string = configFolder()): Promise<LocalAuthority> {
  const certFile = join(folder, 'ca.pem');
  const keyFile = join(folder, 'ca-key.pem');
  const stored = await readAuthority(certFile, keyFile);
  const authority = stored ?? (await makeAuthority(folder, certFile, keyFile));
  return { certFile, isNew: stored === undefined, issue: (name) => issueCertificate(authority, name) };
}

interface Authority {
  readonly certificate: X509Certificate;
  readonly key: webcrypto.CryptoKey;
}

async function readAuthority(certFile: string, keyFile: string): Promise<Authority | undefined> {
  try {
    const [cert, key] = await Promise.all([readIfThere(certFile), readIfThere(keyFile)]);
    if (cert === undefined && key === undefined) return undefined;
    if (cert === undefined || key === undefined) throw new Error('one of its two files is missing');
    const certificate = new X509Certificate(cert);
    const [pkcs8] = PemConverter.decode(key);
    const imported = await crypto.subtle.importKey('pkcs8', pkcs8!, ALGORITHM, false, ['sign']);
    if (!new NodeCertificate(cert).checkPrivateKey(createPrivateKey(key))) throw new Error('its key is not its own');
    if (certificate.notAfter.getTime() < Date.now() + DAY_MS) throw new Error('it has expired');
    return { certificate, key: imported };
  } catch (error) {
    throw unusable(certFile, error);
  }
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function unusable(certFile: string, cause: unknown): AmqpSpyError {
  const why = (cause as Error).message;
  return new AmqpSpyError(
    'ERR_LOCAL_CA',
    `--tls auto: cannot use the local authority ${certFile}: ${why}; remove it and its ca-key.pem to have a new one made`,
    { cause },
  );
}

async function makeAuthority(folder: string, certFile: string, keyFile: string): Promise<Authority> {
  const keys = await crypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: `CN=amqp-spy local CA (${hostname().replace(/[^\w.-]/g, '')})`,
    keys,
    ...validity(AUTHORITY_DAYS),
    signingAlgorithm: ALGORITHM,
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  const pkcs8 = await crypto.subtle.exportKey('pkcs8', keys.privateKey);
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await writeNew(keyFile, PemConverter.encode(pkcs8, 'PRIVATE KEY'), 0o600);
    await writeNew(certFile, certificate.toString('pem'), 0o644);
  } catch (error) {
    throw unusable(certFile, error);
  }
  return { certificate, key: keys.privateKey };
}

/** Writes a file that must not exist yet. */
async function writeNew(file: string, text: string, mode: number): Promise<void> {
  const handle = await open(file, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, mode);
  await handle.writeFile(`${text}\n`);
  await handle.close();
}

async function issueCertificate(authority: Authority, name: string): Promise<IssuedCertificate> {
  const keys = await crypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const loopback = [
    { type: 'dns', value: 'localhost' },
    { type: 'ip', value: '127.0.0.1' },
    { type: 'ip', value: '::1' },
  ] as const;
  const names = name === 'localhost' ? [] : [{ type: 'dns', value: name } as const];
  const certificate = await X509CertificateGenerator.create({
    subject: [{ CN: [name] }],
    issuer: authority.certificate.subject,
    publicKey: keys.publicKey,
    signingKey: authority.key,
    ...validity(LEAF_DAYS),
    signingAlgorithm: ALGORITHM,
    extensions: [
      new BasicConstraintsExtension(false),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
      new SubjectAlternativeNameExtension([...names, ...loopback]),
      await AuthorityKeyIdentifierExtension.create(authority.certificate),
    ],
  });
  const pkcs8 = await crypto.subtle.exportKey('pkcs8', keys.privateKey);
  return { cert: certificate.toString('pem'), key: PemConverter.encode(pkcs8, 'PRIVATE KEY') };
}

/** From an hour ago, so that a slow clock elsewhere does no harm. */
function validity(days: number): { notBefore: Date; notAfter: Date } {
  const now = Date.now();
  return { notBefore: new Date(now - 3_600_000), notAfter: new Date(now + days * DAY_MS) };
}
