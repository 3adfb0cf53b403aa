// `?filter=` of /stream and /api/frames: what passes is sent, what is wrong is told in one line.

import { describe, expect, it } from 'vitest';
import { encodeMethodFrame } from '../../src/protocol/method.ts';
import { Session } from '../../src/session/session.ts';
import { type Answer, ask, openApi, StreamClient } from './api-client.ts';
import { publish, Traffic } from './traffic.ts';

const ACK = encodeMethodFrame(1, 'basic.ack', { delivery_tag: 1n, multiple: false });

function query(parameters: { readonly [name: string]: string | number }): string {
  const all = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) all.set(name, String(value));
  return `?${all}`;
}

function ids(events: readonly Answer[]): number[] {
  return events.map(({ id }) => id);
}

describe('/stream?filter=', () => {
  it('sends what passes, and the content with its method', async () => {
    const traffic = new Traffic();
    const { client, server } = traffic.shakeHands();
    const api = await openApi(traffic);
    const stream = new StreamClient(api, query({ filter: 'basic.publish && routing_key == "b"' }));
    expect(await stream.hello()).toMatchObject({ from: 9, filter: 'basic.publish && routing_key == "b"' });
    traffic.append(client, publish('one', 'a'), publish('two', 'b'));
    traffic.append(server, ACK);
    traffic.append(client, publish('three', 'b'));
    expect(ids(await stream.upTo(18))).toEqual([12, 13, 14, 16, 17, 18]);
  });

  it('sends commands whole that had to wait for their content', async () => {
    const traffic = new Traffic();
    const { client } = traffic.shakeHands();
    const api = await openApi(traffic);
    const stream = new StreamClient(api, query({ filter: 'body contains "yes"', batch: 1 }));
    await stream.hello();
    traffic.append(client, publish('no'));
    const bytes = publish('oh yes');
    for (let at = 0; at < bytes.length; at += 10) traffic.append(client, bytes.subarray(at, at + 10));
    expect(ids(await stream.upTo(14))).toEqual([12, 13, 14]);
  });

  it('knows the handshakes without a session, as /api/frames does', async () => {
    const traffic = new Traffic();
    const { client } = traffic.shakeHands();
    const api = await openApi(traffic);
    const filter = 'client.product == "hare" && basic';
    const stream = new StreamClient(api, query({ filter, from: 1 }));
    traffic.append(client, publish('one'));
    expect(ids(await stream.upTo(11))).toEqual([9, 10, 11]);
    const { json } = await ask(`${api.url}/api/frames${query({ filter })}`);
    expect(ids(json.events)).toEqual([9, 10, 11]);
  });

  it('knows what the session knows, and the connection', async () => {
    const traffic = new Traffic();
    const session = new Session(traffic.log, traffic.connections, { findings: [] });
    const { client } = traffic.shakeHands();
    const api = await openApi(traffic, { session });
    const stream = new StreamClient(api, query({ filter: 'client.product == "hare" && basic', from: 1 }));
    const other = new StreamClient(api, query({ filter: 'client.product == "pika" || latency < 1s', from: 1 }));
    traffic.append(client, publish('one'));
    expect(ids(await stream.upTo(11))).toEqual([9, 10, 11]);
    expect((await other.upTo(7)).map(({ method }) => method)).toEqual([
      'connection.start-ok',
      'connection.tune-ok',
      'connection.open-ok',
    ]);
  });

  it('closes with the reason, in one line, where the filter is wrong', async () => {
    const api = await openApi(new Traffic());
    const { code, reason } = await new StreamClient(api, query({ filter: 'routing_kee == "a"' })).closed;
    expect(code).toBe(1008);
    expect(reason).toBe('filter: unknown field routing_kee; did you mean routing_key? (at character 1)');
  });
});

describe('/api/frames?filter=', () => {
  it('gives the newest that pass', async () => {
    const traffic = new Traffic();
    const { client, server } = traffic.shakeHands();
    for (let i = 0; i < 50; i++) traffic.append(client, publish(`{"n":${i}}`));
    traffic.append(server, ACK);
    const api = await openApi(traffic);
    const { json } = await ask(`${api.url}/api/frames${query({ filter: 'body.n >= 48 || connection.tune' })}`);
    expect(ids(json.events)).toEqual([4, 153, 154, 155, 156, 157, 158]);
    expect(json.next_from).toBe(160);
    const newest = await ask(`${api.url}/api/frames${query({ filter: 'basic', limit: 2 })}`);
    expect(ids(newest.json.events)).toEqual([158, 159]);
  });

  it('gives page after page, each record once, whatever the limit', async () => {
    const traffic = new Traffic();
    const { client } = traffic.shakeHands();
    for (let i = 0; i < 30; i++) traffic.append(client, publish(`{"n":${i % 3}}`, i % 2 ? 'a' : 'b'));
    const api = await openApi(traffic);
    for (const filter of ['routing_key == "a"', 'body.n == 1', 'size > 0', '!basic']) {
      const all = await ask(`${api.url}/api/frames${query({ filter, from: 1, limit: 1000 })}`);
      const paged: number[] = [];
      for (let from = 1; from < traffic.log.nextId; ) {
        const { json } = await ask(`${api.url}/api/frames${query({ filter, from, limit: 4 })}`);
        paged.push(...ids(json.events));
        expect(json.next_from).toBeGreaterThan(from);
        from = json.next_from;
      }
      expect(paged, filter).toEqual(ids(all.json.events));
    }
  });

  it('leaves a command that is under way to the next page', async () => {
    const traffic = new Traffic();
    const { client } = traffic.shakeHands();
    const bytes = publish('{"n":1}');
    traffic.append(client, ACK, bytes.subarray(0, -3));
    const api = await openApi(traffic);
    const url = `${api.url}/api/frames${query({ filter: 'body.n == 1', from: 1 })}`;
    const before = await ask(url);
    expect(before.json.events).toEqual([]);
    expect(before.json.next_from).toBe(10);
    traffic.append(client, bytes.subarray(-3));
    expect(ids((await ask(url)).json.events)).toEqual([10, 11, 12]);
  });

  it('refuses a wrong filter with 400 and one line', async () => {
    const api = await openApi(new Traffic());
    const { status, json } = await ask(`${api.url}/api/frames${query({ filter: 'x = 1' })}`);
    expect(status).toBe(400);
    expect(json).toEqual({ error: 'bad-request', message: 'filter: did you mean ==? (at character 3)' });
  });
});
