import { once } from 'node:events';
import type { OutgoingHttpHeaders } from 'node:http';
import { networkInterfaces } from 'node:os';
import { describe, expect, it } from 'vitest';
import { type Answer, ask, openApi, StreamClient } from './api-client.ts';
import { Traffic } from './traffic.ts';

/** Status of a request and of a WebSocket upgrade with these headers; 101 stands for an upgrade that went through. */
async function statuses(url: string, headers: OutgoingHttpHeaders, query = ''): Promise<[number, number]> {
  const { status } = await ask(`${url}/api/health${query}`, { headers });
  const { webSocket } = new StreamClient({ url }, query, { headers: headers as { [name: string]: string } });
  const upgraded = await Promise.race([
    once(webSocket, 'open').then(() => 101),
    once(webSocket, 'unexpected-response').then(([, response]) => response.statusCode),
  ]);
  return [status, upgraded];
}

const PASSES = [200, 101];
const FORBIDDEN = [403, 403];
const UNAUTHORIZED = [401, 401];

describe('the Host header', () => {
  it.each([
    ['127.0.0.1:PORT', PASSES],
    ['localhost:PORT', PASSES],
    ['LocalHost:PORT', PASSES],
    ['[::1]:PORT', PASSES],
    ['127.0.0.2:PORT', PASSES],
    ['127.0.0.1', FORBIDDEN],
    ['127.0.0.1:1', FORBIDDEN],
    ['evil.example:PORT', FORBIDDEN],
    ['127.0.0.1.evil.example:PORT', FORBIDDEN],
    ['localhost.evil.example:PORT', FORBIDDEN],
    ['user@127.0.0.1:PORT', FORBIDDEN],
    ['127.0.0.1:PORT:PORT', FORBIDDEN],
    ['192.0.2.1:PORT', FORBIDDEN],
    ['spy.internal', PASSES],
    ['spy.internal:8443', PASSES],
  ])('%s', async (host, expected) => {
    const { url } = await openApi(new Traffic(), { names: ['spy.internal'] });
    expect(await statuses(url, { host: host.replaceAll('PORT', new URL(url).port) })).toEqual(expected);
  });
});

describe('the Origin header', () => {
  it.each([
    ['http://127.0.0.1:PORT', PASSES],
    ['http://localhost:PORT', FORBIDDEN],
    ['http://127.0.0.1:1', FORBIDDEN],
    ['http://127.0.0.1', FORBIDDEN],
    ['https://evil.example', FORBIDDEN],
    ['null', FORBIDDEN],
    ['file://', FORBIDDEN],
    ['nonsense', FORBIDDEN],
  ])('%s', async (origin, expected) => {
    const { url } = await openApi(new Traffic());
    expect(await statuses(url, { origin: origin.replace('PORT', new URL(url).port) })).toEqual(expected);
  });

  it('is told in clear words that it may not', async () => {
    const { url } = await openApi(new Traffic());
    const { json } = await ask(`${url}/api/frames`, { headers: { origin: 'https://evil.example' } });
    expect(json).toEqual({
      error: 'forbidden',
      message: "pages of 'https://evil.example' may not use this API: only its own pages may",
    });
  });
});

describe('the token', () => {
  it('is not needed on loopback', async () => {
    const api = await openApi(new Traffic());
    expect(api.token).toBeUndefined();
    expect(await statuses(api.url, {})).toEqual(PASSES);
  });

  it('is needed on loopback too, once one is given', async () => {
    const { url, token } = await openApi(new Traffic(), { token: 'let-me-in' });
    expect(token).toBe('let-me-in');
    expect(await statuses(url, {})).toEqual(UNAUTHORIZED);
    expect(await statuses(url, { authorization: 'Bearer let-me-in' })).toEqual(PASSES);
    expect(await statuses(url, { authorization: 'bearer let-me-in' })).toEqual(PASSES);
    expect(await statuses(url, {}, '?token=let-me-in')).toEqual(PASSES);
    expect(await statuses(url, { authorization: 'Bearer let-me-ix' })).toEqual(UNAUTHORIZED);
    expect(await statuses(url, { authorization: 'Bearer let-me-in-please' })).toEqual(UNAUTHORIZED);
    expect(await statuses(url, { authorization: 'Basic bGV0LW1lLWlu' })).toEqual(UNAUTHORIZED);
    expect(await statuses(url, { authorization: 'Bearer wrong' }, '?token=let-me-in')).toEqual(UNAUTHORIZED);
    expect(await statuses(url, {}, '?token=')).toEqual(UNAUTHORIZED);
  });

  it('is made up when the API is bound beyond loopback', async () => {
    const first = await openApi(new Traffic(), { host: '0.0.0.0' });
    const second = await openApi(new Traffic(), { host: '0.0.0.0' });
    expect(first.token).toMatch(/^[\w-]{32}$/);
    expect(second.token).not.toBe(first.token);
    expect(first.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect(await statuses(first.url, {})).toEqual(UNAUTHORIZED);
    expect(await statuses(first.url, { authorization: `Bearer ${first.token}` })).toEqual(PASSES);
  });

  it('is asked for in every route, after Host and Origin', async () => {
    const { url } = await openApi(new Traffic(), { token: 'let-me-in' });
    for (const path of ['/', '/api/health', '/api/connections', '/api/frames', '/api/frames/1', '/metrics', '/no']) {
      const { status, headers, json } = await ask(url + path);
      expect(status).toBe(401);
      expect(headers['www-authenticate']).toBe('Bearer');
      expect(json.error).toBe('unauthorized');
    }
    expect(await statuses(url, { origin: 'https://evil.example' }, '?token=let-me-in')).toEqual(FORBIDDEN);
  });
});

describe('bound to all addresses', () => {
  const outside = Object.values(networkInterfaces())
    .flat()
    .find((address) => address && !address.internal && address.family === 'IPv4')?.address;

  it.runIf(outside)('answers to the address that was connected to, and to no other name', async () => {
    const api = await openApi(new Traffic(), { host: '0.0.0.0' });
    const { port } = new URL(api.url);
    const url = `http://${outside}:${port}`;
    const query = `?token=${api.token}`;
    expect(await statuses(url, {}, query)).toEqual(PASSES);
    expect(await statuses(url, { host: `evil.example:${port}` }, query)).toEqual(FORBIDDEN);
    expect(await statuses(url, { origin: url }, query)).toEqual(PASSES);
  });
});

describe('a refused WebSocket', () => {
  it('is answered with the reason as JSON', async () => {
    const { url } = await openApi(new Traffic(), { token: 'let-me-in' });
    const { webSocket } = new StreamClient({ url });
    const [, response] = await once(webSocket, 'unexpected-response');
    const chunks: Buffer[] = await response.toArray();
    const answer: Answer = JSON.parse(Buffer.concat(chunks).toString());
    expect(answer.error).toBe('unauthorized');
    expect(response.headers['x-content-type-options']).toBe('nosniff');
  });

  it('finds only /stream', async () => {
    const { url } = await openApi(new Traffic());
    const { webSocket } = new StreamClient({ url: `${url}/elsewhere` });
    const [, response] = await once(webSocket, 'unexpected-response');
    expect(response.statusCode).toBe(404);
  });
});
