// What stands in the way of listening is said in one line that names the option and the address.

import { createServer } from 'node:net';
import { expect, test } from 'vitest';
import { ConfigError } from '../../src/errors.ts';
import { listenError } from '../../src/net/address.ts';
import { startSpy } from '../../src/spy.ts';
import { startOrigin } from './peer.ts';

const upstreams = [{ host: '127.0.0.1', port: 5672, tls: false }];
const startOn = (host: string, port: number) => startSpy({ listen: { host, port }, upstreams, logSize: 1 << 20 });

test('a port in use', async () => {
  const { port } = await startOrigin();
  await expect(startOn('127.0.0.1', port)).rejects.toMatchObject({
    code: 'ERR_ADDRESS_IN_USE',
    message: `--listen: 127.0.0.1:${port} is in use by another program; choose another port`,
  });
});

test('an address of another machine', async () => {
  // RFC 5737: TEST-NET-1.
  const starting = startOn('192.0.2.1', 0);
  await expect(starting).rejects.toBeInstanceOf(ConfigError);
  await expect(starting).rejects.toThrow('--listen: 192.0.2.1 is not an address of this machine');
});

test('a name that does not exist', async () => {
  await expect(startOn('nowhere.invalid', 0)).rejects.toThrow(/^--listen: .*nowhere\.invalid/);
});

test('a port that only a superuser may have', () => {
  const error = Object.assign(new Error('listen EACCES'), { code: 'EACCES' });
  expect(listenError('--api', { host: '::1', port: 80 }, error)).toMatchObject({
    code: 'ERR_ADDRESS',
    message: '--api: no permission to listen on [::1]:80; choose a port above 1023',
  });
});

test('anything else', () => {
  const error = Object.assign(new Error('listen EMFILE'), { code: 'EMFILE' });
  const { message } = listenError('--listen', { host: '127.0.0.1', port: 1 }, error);
  expect(message).toBe('--listen: cannot listen on 127.0.0.1:1: listen EMFILE');
});

test('an own broker and upstreams exclude each other', async () => {
  const upstreams = [{ host: '127.0.0.1', port: 5672, tls: false }];
  const starting = startSpy({ listen: { host: '127.0.0.1', port: 0 }, upstreams, broker: {} });
  await expect(starting).rejects.toThrow('broker: goes without upstreams');
});

test('port 0 is any free port, and the address says which', async () => {
  const spy = await startOn('127.0.0.1', 0);
  expect(spy.address.port).toBeGreaterThan(0);
  expect(spy.url).toBe(`amqp://127.0.0.1:${spy.address.port}`);
  await spy.close();
  const server = createServer();
  await new Promise<void>((resolve) => void server.listen(spy.address.port, '127.0.0.1', resolve));
  await new Promise((resolve) => server.close(resolve));
});
