// EXTERNAL: who a client is says its certificate, to the broker's own listener and through the spy.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import amqplib from 'amqplib';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createBroker } from '../../src/broker/broker.ts';
import { startSpy } from '../../src/spy.ts';
import { type Certificate, makeAuthority, makeCertificate } from '../rig/certificates.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'amqp-spy-external-'));
let authority: Certificate;
let server: Certificate;
let client: Certificate;

beforeAll(async () => {
  authority = await makeAuthority(folder);
  server = await makeCertificate(folder, 'localhost', authority, ['localhost', '127.0.0.1']);
  client = await makeCertificate(folder, 'ann', authority);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const serverTls = () => ({
  cert: readFileSync(server.certFile),
  key: readFileSync(server.keyFile),
  ca: readFileSync(authority.certFile),
  requestCert: true,
  rejectUnauthorized: false,
});

const definitions = {
  text: JSON.stringify({
    vhosts: [{ name: '/' }],
    users: [{ name: 'ann', password_hash: '', tags: '' }],
    permissions: [{ user: 'ann', vhost: '/', configure: '.*', write: '.*', read: '.*' }],
  }),
};

async function logIn(port: number, certificate?: Certificate): Promise<string> {
  const connection = await amqplib.connect(`amqps://localhost:${port}`, {
    ca: [readFileSync(authority.certFile)],
    ...(certificate && { cert: readFileSync(certificate.certFile), key: readFileSync(certificate.keyFile) }),
    credentials: amqplib.credentials.external(),
  });
  const channel = await connection.createChannel();
  const { queue } = await channel.assertQueue('', { exclusive: true });
  await connection.close();
  return queue;
}

it("takes the certificate's name for the user's", async () => {
  const broker = await createBroker({ definitions });
  const { port } = await broker.listen({ host: '127.0.0.1', port: 0 }, { tls: serverTls() });
  expect(await logIn(port, client)).toMatch(/^amq\.gen-/);
  await expect(logIn(port)).rejects.toThrow();
  await broker.close();
});

it("does so through the spy's TLS", async () => {
  const listen = { host: '127.0.0.1', port: 0 };
  const spy = await startSpy({ listen, tls: serverTls(), broker: { definitions } });
  expect(await logIn(spy.address.port, client)).toMatch(/^amq\.gen-/);
  expect(spy.connections.list()[0]).toMatchObject({ mechanism: 'EXTERNAL', virtualHost: '/' });
  await spy.close();
});
