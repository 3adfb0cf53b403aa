// Certificates for the proxy's TLS tests, made once a test file.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll } from 'vitest';
import { type Certificate, makeAuthority, makeCertificate } from '../rig/certificates.ts';

/** PEM. */
export interface Pem {
  readonly cert: Buffer;
  readonly key: Buffer;
}

export interface TestCertificates {
  readonly folder: string;
  readonly caFile: string;
  readonly ca: Buffer;
  /** For localhost, 127.0.0.1 and ::1. */
  readonly server: Pem;
  readonly serverFiles: Certificate;
  readonly client: Pem;
  readonly clientFiles: Certificate;
  /** Of an authority that nobody trusts. */
  readonly stranger: Pem;
  readonly strangerFiles: Certificate;
  readonly strangerCaFile: string;
}

let made: Promise<TestCertificates> | undefined;
const folder = mkdtempSync(path.join(tmpdir(), 'amqp-spy-tls-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

export async function testCertificates(): Promise<TestCertificates> {
  made ??= make();
  return await made;
}

async function make(): Promise<TestCertificates> {
  const [authority, otherAuthority] = await Promise.all([makeAuthority(folder), makeAuthority(folder, 'other-ca')]);
  const [serverFiles, clientFiles, strangerFiles] = await Promise.all([
    makeCertificate(folder, 'server', authority),
    makeCertificate(folder, 'client', authority),
    makeCertificate(folder, 'stranger', otherAuthority),
  ]);
  return {
    folder,
    caFile: authority.certFile,
    ca: readFileSync(authority.certFile),
    server: read(serverFiles),
    serverFiles,
    client: read(clientFiles),
    clientFiles,
    stranger: read(strangerFiles),
    strangerFiles,
    strangerCaFile: otherAuthority.certFile,
  };
}

function read({ certFile, keyFile }: Certificate): Pem {
  return { cert: readFileSync(certFile), key: readFileSync(keyFile) };
}
