// The HTTP side of the management API: who may ask, from where, how much, and what is answered to what is no request for it.

import { createServer, request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createBroker } from '../../../src/broker/broker.ts';
import { startManagement } from '../../../src/broker/management/server.ts';
import { type EmbeddedSide, type Side, startEmbedded } from './pair.ts';

let embedded: EmbeddedSide;
let side: Side;

beforeAll(async () => {
  embedded = await startEmbedded();
  side = embedded.side;
});

afterAll(async () => {
  await embedded?.stop();
});

interface RawAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** fetch would not let a test choose Host and Origin. */
function raw(method: string, path: string, headers: Record<string, string>, body?: Buffer): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const request = httpRequest({ host: '127.0.0.1', port: side.port, method, path, headers }, (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => (text += chunk.toString()));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }));
    });
    request.on('error', reject);
    request.end(body);
  });
}

const guest = { Authorization: `Basic ${Buffer.from('guest:guest').toString('base64')}` };

describe('the management server', () => {
  it.each(['localhost', '127.0.0.1', '[::1]'])('answers to the name %s', async (name) => {
    expect((await raw('GET', '/api/whoami', { ...guest, Host: `${name}:${side.port}` })).status).toBe(200);
  });

  it.each(['evil.example', 'localhost.evil.example', '127.0.0.1.evil.example:1', 'a b'])(
    'does not answer to the name %s',
    async (name) => {
      const answer = await raw('GET', '/metrics', { ...guest, Host: name });
      expect(answer.status).toBe(403);
    },
  );

  it('serves no pages of others', async () => {
    const host = `localhost:${side.port}`;
    const from = async (origin: string) =>
      (await raw('POST', '/api/rebalance/queues', { ...guest, Host: host, Origin: origin }, Buffer.from('{}'))).status;
    expect(await from('https://evil.example')).toBe(403);
    expect(await from('null')).toBe(403);
    expect(await from(`http://localhost:${side.port + 1}`)).toBe(403);
    expect(await from(`http://${host}`)).toBe(204);
  });

  it('is called by any name where it is bound beyond loopback', async () => {
    const broker = await createBroker();
    const management = await startManagement(broker, { host: '0.0.0.0', port: 0 });
    const answer = await fetch(`http://127.0.0.1:${management.address.port}/metrics`, {
      headers: { Host: 'rabbit.example' },
    });
    expect(answer.status).toBe(200);
    await management.close();
    await broker.close();
  });

  it('says which address it cannot have', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => taken.once('listening', resolve));
    const { port } = taken.address() as AddressInfo;
    const broker = await createBroker();
    await expect(startManagement(broker, { host: '127.0.0.1', port })).rejects.toThrow(`${port}`);
    await broker.close();
    taken.close();
  });

  it('reads no more than 20 MB', async () => {
    const headers = { ...guest, 'Content-Type': 'application/json', 'Content-Length': '20000001' };
    const answer = await new Promise<number>((resolve, reject) => {
      const options = { host: '127.0.0.1', port: side.port, method: 'POST', path: '/api/definitions', headers };
      const request = httpRequest(options, (response) => {
        resolve(response.statusCode ?? 0);
        request.destroy();
      });
      request.on('error', reject);
      request.flushHeaders();
    });
    expect(answer).toBe(413);
  });

  it('asks who it is before it reads a body', async () => {
    const headers = { 'Content-Type': 'application/json', 'Content-Length': '1000' };
    const answer = await new Promise<number>((resolve, reject) => {
      const options = { host: '127.0.0.1', port: side.port, method: 'POST', path: '/api/definitions', headers };
      const request = httpRequest(options, (response) => {
        resolve(response.statusCode ?? 0);
        request.destroy();
      });
      request.on('error', reject);
      request.flushHeaders();
    });
    expect(answer).toBe(401);
  });

  it('answers HEAD with the length of what GET gives', async () => {
    const [got, head] = [await raw('GET', '/api/whoami', guest), await raw('HEAD', '/api/whoami', guest)];
    expect(head).toMatchObject({ status: 200, text: '' });
    expect(head.headers['content-length']).toBe(got.headers['content-length']);
  });

  it('lets nothing run that is not its own', async () => {
    const { headers } = await raw('GET', '/', {});
    expect(headers['content-security-policy']).toContain("default-src 'none'");
    expect(headers['content-security-policy']).not.toContain('unsafe');
    expect(headers['x-content-type-options']).toBe('nosniff');
  });

  it('finds queues whatever their names', async () => {
    for (const name of ['.', '..', 'a/b', '%2F', 'ü ~?#', '<b>']) {
      const request = `/api/queues/%2F/${encodeURIComponent(name).replaceAll('.', '%2E')}`;
      expect((await raw('PUT', request, guest, Buffer.from('{}'))).status, name).toBe(201);
      expect(JSON.parse((await raw('GET', request, guest)).text), name).toMatchObject({ name });
      expect((await raw('DELETE', request, guest)).status, name).toBe(204);
    }
  });

  it.each(['/api/%', '/api/queues/%2F/%E0%A4%A', '/api//', '//api/queues', '/%00'])(
    'finds nothing at %s',
    async (path) => {
      expect((await raw('GET', path, guest)).status).toBe(404);
    },
  );

  it('takes definitions as a form, too', async () => {
    const form = new FormData();
    const definitions = {
      queues: [{ name: 'from-form', vhost: '/', durable: true, auto_delete: false, arguments: {} }],
    };
    form.set('file', new Blob([JSON.stringify(definitions)]), 'definitions.json');
    const options = { method: 'POST', headers: guest, body: form };
    expect((await fetch(`http://127.0.0.1:${side.port}/api/definitions`, options)).status).toBe(204);
    expect(await side.get('queues/%2F/from-form?columns=name')).toEqual({ name: 'from-form' });
  });

  it('carries messages of any size', async () => {
    const payload = 'ü'.repeat(400_000);
    const post = async (path: string, body: object) =>
      await side.ask({ request: `POST /api/${path}`, body: JSON.stringify(body) });
    await side.ask({ request: 'PUT /api/queues/%2F/large', body: '{}' });
    const message = { properties: {}, routing_key: 'large', payload, payload_encoding: 'string' };
    expect((await post('exchanges/%2F/amq.default/publish', message)).body).toEqual({ routed: true });
    const { body } = await post('queues/%2F/large/get', { count: 1, ackmode: 'ack_requeue_false', encoding: 'auto' });
    expect(body).toMatchObject([{ payload, payload_bytes: 800_000 }]);
  });

  it('takes a login from a form', async () => {
    const login = async (password: string) =>
      await raw('POST', '/api/login', {}, Buffer.from(`username=guest&password=${password}`));
    expect(await login('guest')).toMatchObject({ status: 200, text: '"ok"' });
    expect((await login('wrong')).status).toBe(401);
  });

  it('tells of an alarm', async () => {
    const broker = await createBroker({ memoryLimit: 1000 });
    const management = await startManagement(broker, { host: '127.0.0.1', port: 0 });
    const ask = async (method: string, path: string, body?: string) =>
      await fetch(`${management.url}${path}`, { method, headers: guest, ...(body !== undefined && { body }) });
    await ask('PUT', '/api/queues/%2F/full', '{}');
    const message = { properties: {}, routing_key: 'full', payload: 'x'.repeat(2000), payload_encoding: 'string' };
    await ask('POST', '/api/exchanges/%2F/amq.default/publish', JSON.stringify(message));
    const answer = await ask('GET', '/api/health/checks/alarms');
    expect(answer.status).toBe(503);
    expect(await answer.json()).toEqual({
      status: 'failed',
      reason: 'There are alarms in effect in the cluster',
      alarms: [{ node: broker.name, resource: 'memory' }],
    });
    expect(await (await ask('GET', '/metrics')).text()).toContain('\nrabbitmq_alarms_memory_used_watermark 1\n');
    await management.close();
    await broker.close();
  });
});
