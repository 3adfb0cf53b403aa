// The spy's own authority: made once, kept where only its owner can read the key, and trusted by real TLS clients.

import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TLSSocket } from 'node:tls';
import { expect, onTestFinished, test } from 'vitest';
import { configFolder, openLocalAuthority } from '../../src/net/local-authority.ts';
import { serverTlsFromAuthority } from '../../src/net/server-tls.ts';
import { dialTls, startOrigin } from '../proxy/peer.ts';
import { spyOn } from '../proxy/running-spy.ts';
import { run } from '../rig/process.ts';

function emptyFolder(): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'amqp-spy-ca-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return path.join(folder, 'config');
}

const contents = (folder: string) =>
  readdirSync(folder).map((name) => [name, readFileSync(path.join(folder, name), 'utf8')]);

test('the authority is made once, and found again', async () => {
  const folder = emptyFolder();
  const first = await openLocalAuthority(folder);
  expect(first).toMatchObject({ isNew: true, certFile: path.join(folder, 'ca.pem') });
  const made = contents(folder);
  const second = await openLocalAuthority(folder);
  expect(second).toMatchObject({ isNew: false, certFile: first.certFile });
  expect(contents(folder)).toEqual(made);
  expect(readdirSync(folder).sort()).toEqual(['ca-key.pem', 'ca.pem']);
});

test('nobody but its owner can read the key', async () => {
  const folder = emptyFolder();
  await openLocalAuthority(folder);
  expect(statSync(path.join(folder, 'ca-key.pem')).mode & 0o777).toBe(0o600);
  expect(statSync(folder).mode & 0o777).toBe(0o700);
});

test('it lies in the folder that the environment names', () => {
  const before = process.env['XDG_CONFIG_HOME'];
  onTestFinished(() => {
    if (before === undefined) delete process.env['XDG_CONFIG_HOME'];
    else process.env['XDG_CONFIG_HOME'] = before;
  });
  process.env['XDG_CONFIG_HOME'] = '/somewhere';
  expect(configFolder()).toBe('/somewhere/amqp-spy');
});

test('a client that trusts it connects to localhost, to the loopback address, and to any name', async () => {
  const authority = await openLocalAuthority(emptyFolder());
  const ca = readFileSync(authority.certFile);
  const origin = await startOrigin();
  const spy = await spyOn(origin, { tls: await serverTlsFromAuthority(authority) });
  for (const servername of ['localhost', undefined, 'rabbit.test', 'broker-7.internal.example']) {
    const options = { ca, ...(servername !== undefined && { servername }) };
    const [client, server] = await Promise.all([dialTls(spy.address.port, options), origin.accept()]);
    const socket = client.socket as TLSSocket;
    expect(socket.authorized).toBe(true);
    const names = socket.getPeerCertificate().subjectaltname;
    expect(names).toContain('DNS:localhost, IP Address:127.0.0.1');
    if (servername !== undefined) expect(names).toContain(`DNS:${servername}`);
    client.end('hello');
    expect(String(await server.hearAll())).toBe('hello');
    server.end();
    await client.gone;
  }
});

test('openssl finds nothing wrong with what it signs', async () => {
  const folder = emptyFolder();
  const authority = await openLocalAuthority(folder);
  const { cert } = await authority.issue('rabbit.test');
  const leaf = path.join(folder, 'leaf.pem');
  writeFileSync(leaf, cert);
  const args = ['verify', '-x509_strict', '-purpose', 'sslserver', '-verify_hostname', 'rabbit.test', '-CAfile'];
  expect(await run('openssl', [...args, authority.certFile, leaf])).toContain('OK');
  const certificate = new X509Certificate(cert);
  expect(certificate.ca).toBe(false);
  expect(new X509Certificate(readFileSync(authority.certFile)).ca).toBe(true);
});

const REMEDY =
  /^--tls auto: cannot use the local authority .*ca\.pem: .*; remove it and its ca-key\.pem to have a new one made$/;

test.each<[string, (folder: string) => Promise<unknown>]>([
  ['a certificate that is none', async (folder) => writeFileSync(path.join(folder, 'ca.pem'), 'not a certificate')],
  ['an empty certificate', async (folder) => writeFileSync(path.join(folder, 'ca.pem'), '')],
  ['a key that is none', async (folder) => writeFileSync(path.join(folder, 'ca-key.pem'), 'not a key')],
  ['an empty key', async (folder) => writeFileSync(path.join(folder, 'ca-key.pem'), '')],
  ['a missing certificate', async (folder) => rmSync(path.join(folder, 'ca.pem'))],
  ['a missing key', async (folder) => rmSync(path.join(folder, 'ca-key.pem'))],
  [
    "another authority's key",
    async (folder) => {
      const other = emptyFolder();
      await openLocalAuthority(other);
      writeFileSync(path.join(folder, 'ca-key.pem'), readFileSync(path.join(other, 'ca-key.pem')));
    },
  ],
  [
    'a certificate that is about to expire',
    async (folder) => {
      const key = path.join(folder, 'ca-key.pem');
      const request = await run('openssl', ['req', '-new', '-key', key, '-subj', '/CN=old']);
      const args = ['x509', '-req', '-signkey', key, '-days', '1'];
      writeFileSync(path.join(folder, 'ca.pem'), await run('openssl', args, { input: { data: request } }));
    },
  ],
])('%s is a clear error, and nothing is overwritten', async (_, spoil) => {
  const folder = emptyFolder();
  await openLocalAuthority(folder);
  await spoil(folder);
  const before = contents(folder);
  await expect(openLocalAuthority(folder)).rejects.toMatchObject({
    code: 'ERR_LOCAL_CA',
    message: expect.stringMatching(REMEDY),
  });
  expect(contents(folder)).toEqual(before);
});

test('a folder that cannot be made is a clear error', async () => {
  const file = path.join(path.dirname(emptyFolder()), 'file');
  writeFileSync(file, '');
  await expect(openLocalAuthority(path.join(file, 'config'))).rejects.toMatchObject({ code: 'ERR_LOCAL_CA' });
});
