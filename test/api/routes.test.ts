import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { startApi } from '../../src/api/server.ts';
import { encodeFrame, FRAME_BODY } from '../../src/protocol/frame.ts';
import { encodeMethodFrame } from '../../src/protocol/method.ts';
import { VERSION } from '../../src/version.ts';
import { ask, openApi, StreamClient } from './api-client.ts';
import { NOON, publish, Traffic } from './traffic.ts';

describe('GET /', () => {
  it('lists the routes in plain text', async () => {
    const { url } = await openApi(new Traffic());
    const { status, headers, text } = await ask(url);
    expect(status).toBe(200);
    expect(headers['content-type']).toBe('text/plain; charset=utf-8');
    const paths = ['health', 'connections', 'connections/:id', 'frames/:id', 'channels', 'messages', 'messages/:id'];
    for (const path of [...paths, 'topology', 'findings', 'latency'].map((name) => `/api/${name}`)) {
      expect(text).toContain(`\n${path} `);
    }
    for (const path of ['/metrics', '/stream']) {
      expect(text).toContain(`\n${path} `);
    }
  });
});

describe('GET /api/health', () => {
  it('says ok, the version and what is held', async () => {
    const traffic = new Traffic();
    traffic.shakeHands();
    const { url } = await openApi(traffic);
    const { status, json } = await ask(`${url}/api/health`);
    expect(status).toBe(200);
    expect(json).toEqual({
      v: 1,
      status: 'ok',
      version: VERSION,
      uptime: expect.any(Number),
      first_id: 1,
      next_id: 9,
      connections: { open: 1, opened: 1 },
      subscribers: { open: 0, buffered_bytes: 0, missed: 0 },
    });
  });
});

describe('GET /api/connections', () => {
  it('shows what the handshake said, in snake_case and ISO times', async () => {
    const traffic = new Traffic();
    const { client, server } = traffic.shakeHands();
    const { url } = await openApi(traffic);
    const { json } = await ask(`${url}/api/connections`);
    expect(json).toEqual({
      v: 1,
      open: 1,
      opened: 1,
      connections: [
        {
          id: 1,
          state: 'open',
          name: 'orders',
          client: { address: '127.0.0.1', port: 50_001 },
          server: { address: '127.0.0.1', port: 5672 },
          opened_at: '2026-11-22T10:00:00.000000Z',
          client_product: 'hare',
          client_version: '1.2.3',
          server_product: 'RabbitMQ',
          mechanism: 'PLAIN',
          user: 'alice',
          vhost: '/',
          channel_max: 2047,
          frame_max: 131_072,
          heartbeat: 60,
          from_client: { frames: 5, bytes: client.bytes },
          from_server: { frames: 3, bytes: server.bytes },
        },
      ],
    });
  });

  it('shows how a connection ended', async () => {
    const traffic = new Traffic();
    const { server } = traffic.shakeHands();
    const close = { reply_code: 320, reply_text: 'CONNECTION_FORCED', class_id: 0, method_id: 0 };
    traffic.append(server, encodeMethodFrame(0, 'connection.close', close));
    traffic.connections.close(1, NOON + 2_500_000);
    const { url } = await openApi(traffic);
    const { json } = await ask(`${url}/api/connections`);
    expect(json.open).toBe(0);
    expect(json.connections[0]).toMatchObject({
      state: 'closed',
      closed_at: '2026-11-22T10:00:02.500000Z',
      close_reason: 'server closed: 320 CONNECTION_FORCED',
    });
  });
});

describe('GET /api/frames', () => {
  it('gives the newest hundred by default', async () => {
    const traffic = new Traffic();
    const { client } = traffic.shakeHands();
    for (let i = 0; i < 100; i++) traffic.append(client, publish(`message ${i}`));
    const { url } = await openApi(traffic);
    const { json } = await ask(`${url}/api/frames`);
    expect(json).toMatchObject({ v: 1, first_id: 1, next_id: 309, next_from: 309 });
    expect(json.events.map(({ id }: { id: number }) => id)).toEqual(Array.from({ length: 100 }, (_, i) => 209 + i));
  });

  it('pages from any id on, up to the end', async () => {
    const traffic = new Traffic();
    const { client } = traffic.shakeHands();
    traffic.append(client, publish('one'));
    const { url } = await openApi(traffic);
    const seen: number[] = [];
    for (let from = 1; ; ) {
      const { json } = await ask(`${url}/api/frames?from=${from}&limit=4`);
      if (json.events.length === 0) break;
      seen.push(...json.events.map(({ id }: { id: number }) => id));
      from = json.next_from;
    }
    expect(seen).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
  });

  it('gives events in the one shape', async () => {
    const traffic = new Traffic();
    const { client } = traffic.shakeHands();
    traffic.append(client, publish('Hello World!'));
    const { url } = await openApi(traffic);
    const { json } = await ask(`${url}/api/frames?from=9`);
    expect(json.events[0]).toEqual({
      v: 1,
      id: 9,
      time: '2026-11-22T10:00:00.000008Z',
      connection: 1,
      direction: 'client-to-server',
      channel: 1,
      type: 'method',
      method: 'basic.publish',
      size: 24,
      origin: 'wire',
      arguments: { exchange: 'logs', routing_key: 'a.b', mandatory: true, immediate: false },
    });
    expect(json.events[2]).toMatchObject({ type: 'body', payload: 'SGVsbG8gV29ybGQh' });
  });

  it('says how many of those asked for are gone', async () => {
    const traffic = new Traffic({ size: 1 << 20 });
    const { client } = traffic.shakeHands();
    for (let i = 0; i < 40; i++) traffic.append(client, publish('x'.repeat(100_000)));
    const { url } = await openApi(traffic);
    const { json } = await ask(`${url}/api/frames?from=1&limit=2`);
    expect(json.first_id).toBeGreaterThan(1);
    expect(json.missed).toBe(json.first_id - 1);
    expect(json.events[0].id).toBe(json.first_id);
  });

  it('ends an answer that grows too long, and says where to go on', async () => {
    const traffic = new Traffic({ size: 32 << 20 });
    const { client } = traffic.shakeHands();
    for (let i = 0; i < 100; i++) traffic.append(client, publish('x'.repeat(100_000)));
    const { url } = await openApi(traffic);
    const { json, text } = await ask(`${url}/api/frames?from=1&limit=1000`);
    expect(text.length).toBeLessThan(3 << 20);
    expect(json.events.length).toBeGreaterThan(10);
    expect(json.next_from).toBe(json.events.at(-1).id + 1);
    expect(json.next_from).toBeLessThan(json.next_id);
  });

  it('shows a frame of megabytes by its beginning', async () => {
    const traffic = new Traffic({ size: 32 << 20 });
    const { client } = traffic.shakeHands();
    traffic.append(client, encodeFrame(FRAME_BODY, 1, new Uint8Array(3 << 20)));
    const { url } = await openApi(traffic);
    const { json } = await ask(`${url}/api/frames?from=9`);
    expect(json.events[0]).toMatchObject({ id: 9, type: 'body', channel: 1, size: (3 << 20) + 8, truncated: true });
    expect(Buffer.from(json.events[0].payload, 'base64')).toHaveLength(1 << 20);
    const detail = await ask(`${url}/api/frames/9`);
    expect(detail.json.raw_truncated).toBe(true);
    expect(detail.json.fields.at(-2)).toEqual({ name: 'payload', type: 'bytes', offset: 7, length: 3 << 20 });
  });
});

describe('GET /metrics', () => {
  it('counts frames, bytes, connections and subscribers in Prometheus text', async () => {
    const traffic = new Traffic();
    const { client } = traffic.shakeHands();
    traffic.append(client, publish('a'), publish('b'));
    traffic.append(traffic.connect(2).client, Buffer.from('GET / HTTP/1.1\r\n\r\n'));
    const api = await openApi(traffic);
    await new StreamClient(api).hello();
    await ask(`${api.url}/metrics`);
    const { headers, text } = await ask(`${api.url}/metrics`);
    expect(headers['content-type']).toMatch(/^text\/plain; version=0\.0\.4/);
    const lines = text.split('\n');
    expect(lines).toContain('amqp_spy_frames_total{direction="client-to-server",method="basic.publish"} 2');
    expect(lines).toContain('amqp_spy_bytes_total{direction="client-to-server",method="basic.publish"} 48');
    expect(lines).toContain('amqp_spy_frames_total{direction="client-to-server",method="heartbeat"} 1');
    expect(lines).toContain('amqp_spy_frames_total{direction="server-to-client",method="connection.tune"} 1');
    expect(lines).toContain('amqp_spy_opaque_bytes_total{direction="client-to-server"} 18');
    expect(lines).toContain('amqp_spy_connections_open 2');
    expect(lines).toContain('amqp_spy_connections_opened_total 2');
    expect(lines).toContain('amqp_spy_log_first_id 1');
    expect(lines).toContain(`amqp_spy_log_next_id ${traffic.log.nextId}`);
    expect(lines).toContain('amqp_spy_subscribers 1');
    expect(lines).toContain('amqp_spy_missed_total 0');
    expect(text).toMatch(/^process_resident_memory_bytes \d+/m);
  });
});

describe('wrong requests', () => {
  it.each([
    ['GET', '/nowhere', 404, 'not-found', 'there is no /nowhere; GET / lists what there is'],
    ['GET', '/api/frames/', 404, 'not-found', 'there is no /api/frames/; GET / lists what there is'],
    ['POST', '/api/frames', 405, 'method-not-allowed', '/api/frames answers GET, not POST'],
    ['DELETE', '/api/frames/1', 405, 'method-not-allowed', '/api/frames/1 answers GET, not DELETE'],
    ['GET', '/api/frames?limit=0', 400, 'bad-request', "limit: expected a whole number from 1 to 1000, found '0'"],
    [
      'GET',
      '/api/frames?limit=1001',
      400,
      'bad-request',
      "limit: expected a whole number from 1 to 1000, found '1001'",
    ],
    ['GET', '/api/frames?from=-1', 400, 'bad-request', "from: expected a whole number from 1 on, found '-1'"],
    ['GET', '/api/frames?from=1e3', 400, 'bad-request', "from: expected a whole number from 1 on, found '1e3'"],
    ['GET', '/api/frames?form=1', 400, 'bad-request', "unknown parameter 'form'; expected from, limit, filter"],
    ['GET', '/api/health?x=1', 400, 'bad-request', "unknown parameter 'x'; none is expected"],
    ['GET', '/api/frames/one', 400, 'bad-request', "expected the id of a record, found 'one'"],
    ['GET', '/api/frames/0', 404, 'not-found', 'there is no record 0: ids begin at 1'],
    ['GET', '/api/frames/9', 404, 'not-found', 'record 9 has not come yet: the next one will be 9'],
    ['GET', '/stream', 426, 'upgrade-required', '/stream speaks WebSocket: connect to it as ws://…/stream'],
  ])('%s %s is answered with %i', async (method, path, status, error, message) => {
    const traffic = new Traffic();
    traffic.shakeHands();
    const { url } = await openApi(traffic);
    const answer = await ask(url + path, { method });
    expect(answer.status).toBe(status);
    expect(answer.json).toEqual({ error, message });
    if (status === 405) expect(answer.headers['allow']).toBe('GET, HEAD');
  });

  it('says that a record is gone once the ring has passed it', async () => {
    const traffic = new Traffic({ size: 1 << 20 });
    const { client } = traffic.shakeHands();
    for (let i = 0; i < 40; i++) traffic.append(client, publish('x'.repeat(100_000)));
    const { url } = await openApi(traffic);
    const { status, json } = await ask(`${url}/api/frames/3`);
    expect(status).toBe(404);
    expect(json.message).toBe(`record 3 is gone: the log's oldest is now ${traffic.log.firstId}`);
  });

  it('HEAD is answered like GET, without a body', async () => {
    const { url } = await openApi(new Traffic());
    const { status, headers, text } = await ask(`${url}/api/connections`, { method: 'HEAD' });
    expect(status).toBe(200);
    expect(Number(headers['content-length'])).toBeGreaterThan(0);
    expect(text).toBe('');
  });

  it('a header of many kilobytes is refused', async () => {
    const { url } = await openApi(new Traffic());
    const { status } = await ask(`${url}/api/health`, { headers: { 'X-Long': 'x'.repeat(10_000) } });
    expect(status).toBe(431);
  });
});

describe('every answer', () => {
  it.each(['/', '/api/health', '/metrics', '/nowhere'])('%s forbids caching, framing and sniffing', async (path) => {
    const { url } = await openApi(new Traffic());
    const { headers } = await ask(url + path);
    expect(headers).toMatchObject({
      'cache-control': 'no-store',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
      'cross-origin-resource-policy': 'same-origin',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
    });
  });
});

describe('starting and stopping', () => {
  it('a port in use is told, with what to do', async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    const { port } = taken.address() as { port: number };
    const { log, connections } = new Traffic();
    const start = startApi({ port, log, connections });
    await expect(start).rejects.toThrow(`--api: 127.0.0.1:${port} is in use by another program; choose another port`);
    taken.close();
  });

  it('an address of another machine is refused in clear words', async () => {
    const { log, connections } = new Traffic();
    await expect(startApi({ host: '192.0.2.1', port: 0, log, connections })).rejects.toThrow(
      '--api: 192.0.2.1 is not an address of this machine',
    );
  });

  it('close ends idle keep-alive connections and refuses new ones', async () => {
    const { log, connections } = new Traffic();
    const api = await startApi({ port: 0, log, connections });
    const answer = await fetch(`${api.url}/api/health`);
    expect(answer.status).toBe(200);
    await Promise.all([api.close(), api.close()]);
    await expect(ask(api.url)).rejects.toThrow('ECONNREFUSED');
  });
});
