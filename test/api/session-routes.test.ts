// What the API says of connections, channels, topology, findings and latencies.

import { describe, expect, it } from 'vitest';
import { topologyJson } from '../../src/api/topology-json.ts';
import { Session } from '../../src/session/session.ts';
import { Conversation } from '../rig/conversation.ts';
import { ask, openApi } from './api-client.ts';
import { beginStory, tellStory } from './story.ts';
import { Traffic } from './traffic.ts';

describe('GET /api/connections/:id', () => {
  it('tells all of one connection: its handshake, limits, capabilities, legs with TLS, heartbeats and channels', async () => {
    const { api, publisher } = await tellStory();
    publisher.heartbeat('client');
    const { status, json } = await ask(`${api.url}/api/connections/1`);
    expect(status).toBe(200);
    expect(json).toMatchObject({
      v: 1,
      id: 1,
      state: 'open',
      name: 'shop',
      client_product: 'pika',
      user: 'guest',
      vhost: '/',
      channel_max: 2047,
      frame_max: 131_072,
      heartbeat: 60,
      tls: ['client'],
      channels_opened: 1,
      published: 3,
      delivered: 0,
      publish_rate: expect.any(Number),
      deliver_rate: expect.any(Number),
    });
    expect(json.capabilities).toMatchObject({ publisher_confirms: true, 'connection.blocked': true });
    expect(json.from_client).toMatchObject({ heartbeats: 1, last_frame_age: expect.any(Number) });
    expect(json.from_client.last_heartbeat_age).toBe(json.from_client.last_frame_age);
    expect(json.from_server).toMatchObject({ heartbeats: 0, last_frame_age: expect.any(Number) });
    expect(json.from_server).not.toHaveProperty('last_heartbeat_age');
    expect(json.channels).toMatchObject([{ connection: 1, channel: 1, mode: 'confirm' }]);
  });

  it('still tells of a connection that is closed, with its age standing still', async () => {
    const { talk, api, worker } = await beginStory();
    worker.channel();
    talk.wait(1000);
    worker.close();
    const { json } = await ask(`${api.url}/api/connections/2`);
    expect(json).toMatchObject({ id: 2, state: 'closed', from_client: { last_frame_age: 0 } });
    expect(json.channels).toMatchObject([{ channel: 1, state: 'closed', closed_by: 'connection' }]);
  });

  it.each([
    ['one', 400, "expected the id of a connection, found 'one'"],
    ['0', 404, 'there is no connection 0: ids begin at 1'],
    ['3', 404, 'connection 3 has not come yet: there were 2 so far'],
    ['1?x=1', 400, "unknown parameter 'x'; none is expected"],
  ])('/api/connections/%s is answered with %i', async (id, status, message) => {
    const { api } = await beginStory();
    expect(await ask(`${api.url}/api/connections/${id}`)).toMatchObject({ status, json: { message } });
  });
});

describe('GET /api/channels', () => {
  it('shows how a channel stands, who consumes there, and what waits', async () => {
    const { api } = await tellStory();
    const { json } = await ask(`${api.url}/api/channels?connection=2`);
    expect(json).toEqual({
      v: 1,
      channels: [
        {
          connection: 2,
          channel: 3,
          connection_name: 'worker',
          state: 'open',
          opened_at: '2026-11-22T10:00:00.001700Z',
          mode: 'plain',
          prefetch: 10,
          global_prefetch: 0,
          consumers: [
            {
              consumer_tag: 'clerk',
              queue: 'invoices',
              no_ack: false,
              exclusive: false,
              arguments: { 'x-priority': 1 },
              prefetch: 10,
              delivered: 3,
              acked: 1,
              unacked: 1,
            },
          ],
          unacked: 1,
          oldest_unacked_at: '2026-11-22T10:00:00.003700Z',
          unconfirmed: 0,
          uncommitted: 0,
          flow_active: true,
          published: 0,
          confirmed: 0,
          nacked_publishes: 0,
          returned: 0,
          delivered: 3,
          got: 0,
          got_empty: 0,
          acked: 1,
          nacked: 0,
          rejected: 1,
          requeued: 1,
          redelivered: 1,
          publish_rate: expect.any(Number),
          deliver_rate: expect.any(Number),
        },
      ],
    });
  });

  it('shows why a channel closed, and asks by state', async () => {
    const { api, work, shop } = await tellStory();
    work.closeByServer(406, 'PRECONDITION_FAILED - unknown delivery tag 9', 'basic.ack');
    const { json } = await ask(`${api.url}/api/channels?state=closed`);
    expect(json.channels).toHaveLength(1);
    expect(json.channels[0]).toMatchObject({
      channel: 3,
      state: 'closed',
      closed_at: expect.stringMatching(/^2026-11-22T10:00:00\.\d{6}Z$/),
      closed_by: 'server',
      close_code: 406,
      close_reason: 'PRECONDITION_FAILED - unknown delivery tag 9',
      close_method: 'basic.ack',
      unacked: 0,
    });
    const open = await ask(`${api.url}/api/channels?state=open`);
    expect(open.json.channels).toMatchObject([
      { connection: 1, channel: shop.number, mode: 'confirm', unconfirmed: 1 },
    ]);
  });

  it('stays bounded, however many consumers there are, and says what it omits', async () => {
    const { api, worker } = await beginStory();
    for (let number = 1; number <= 12; number++) {
      const channel = worker.channel(number);
      for (let i = 0; i < 1000; i++) channel.call('basic.consume', { queue: 'q', consumer_tag: `c${i}` });
    }
    const { json } = await ask(`${api.url}/api/channels`);
    expect(json.channels).toHaveLength(9);
    expect(json.omitted).toBe(3);
    const { json: detail } = await ask(`${api.url}/api/connections/2`);
    expect(detail).toMatchObject({ channels_opened: 12, omitted: 3 });
    const { json: topology } = await ask(`${api.url}/api/topology`);
    expect(topology.queues[0].consumers).toHaveLength(10_000);
  });

  it('marks a channel whose beginning was missed', async () => {
    const talk = new Conversation();
    const session = new Session(talk.log, talk.connections);
    talk.connect({ midway: true }).channel().publish();
    const api = await openApi(talk, { session });
    const { json } = await ask(`${api.url}/api/channels`);
    expect(json.channels).toMatchObject([{ midway: true, published: 1 }]);
  });
});

describe('GET /api/topology', () => {
  it('shows exchanges, queues and bindings, as declared and as used', async () => {
    const { api, declared } = await tellStory();
    const { json } = await ask(`${api.url}/api/topology`);
    expect(json).toEqual({
      v: 1,
      exchanges: [
        {
          vhost: '/',
          name: 'orders',
          type: 'topic',
          durable: true,
          auto_delete: false,
          internal: false,
          declared_by: { connection: 2, channel: 3, id: declared - 2 },
          published: 3,
          returned: 1,
          publish_rate: expect.any(Number),
          publishers: [1],
        },
      ],
      queues: [
        {
          vhost: '/',
          name: 'invoices',
          durable: true,
          exclusive: false,
          auto_delete: false,
          arguments: { 'x-max-length': 100 },
          declared_by: { connection: 2, channel: 3, id: declared },
          message_count: 5,
          delivered: 3,
          got: 0,
          acked: 1,
          requeued: 1,
          unacked: 1,
          deliver_rate: expect.any(Number),
          consumers: [{ connection: 2, channel: 3, consumer_tag: 'clerk' }],
        },
      ],
      bindings: [
        {
          vhost: '/',
          source: 'orders',
          destination: 'invoices',
          destination_type: 'queue',
          routing_key: 'eu.*',
          id: declared + 2,
        },
      ],
    });
  });

  it('gives the rates of the moment that is asked for', async () => {
    const { session, talk } = await tellStory();
    const at = (time: number) => JSON.parse(JSON.stringify(topologyJson(session, time)));
    expect(at(talk.time).exchanges[0].publish_rate).toBe(3);
    expect(at(talk.time + 60e6).exchanges[0].publish_rate).toBe(0);
  });

  it('knows the type of exchanges that every virtual host has, and names those that were deleted', async () => {
    const { api, publisher } = await beginStory();
    const channel = publisher.channel();
    channel.publish({ routingKey: 'q' });
    channel.publish({ exchange: 'amq.topic' });
    channel.call('queue.declare', { queue: 'gone' });
    channel.call('queue.delete', { queue: 'gone' });
    const { json } = await ask(`${api.url}/api/topology`);
    expect(json.exchanges).toMatchObject([
      { name: '', type: 'direct' },
      { name: 'amq.topic', type: 'topic' },
    ]);
    expect(json.queues).toMatchObject([{ name: 'gone', deleted: true }]);
  });

  it('stays bounded, however large the arguments of declarations are', async () => {
    const { api, publisher } = await beginStory();
    const channel = publisher.channel();
    const notes = Object.fromEntries(Array.from({ length: 60 }, (_, i) => [`x-note-${i}`, 'n'.repeat(255)]));
    for (let i = 0; i < 100; i++) {
      channel.call('queue.declare', { queue: `q${i}`, arguments: { ...notes, 'x-more': 'n'.repeat(100_000) } });
    }
    const { json, text } = await ask(`${api.url}/api/topology`);
    expect(json.queues).toHaveLength(100);
    expect(Object.keys(json.queues[0].arguments)).toHaveLength(50);
    expect(text.length).toBeLessThan(1.1 * 2 ** 20);
    expect(json.queues.at(-1).arguments).toEqual({ omitted: true });
  });
});

describe('GET /api/findings', () => {
  it('gives each finding once, counted, with what to do and the records that show it', async () => {
    const { api, shop, returned } = await tellStory();
    const again = shop.return_({ exchange: 'orders', routingKey: 'us' });
    const { json } = await ask(`${api.url}/api/findings`);
    expect(json).toEqual({
      v: 1,
      findings: [
        {
          finding: 'unrouted',
          severity: 'warning',
          title: 'A message went nowhere',
          text: "'us' has no queue",
          advice: 'Bind a queue.',
          explanation: 'No queue was bound.',
          connection: 1,
          channel: 1,
          count: 2,
          first_at: expect.stringMatching(/^2026-11-22T10:00:00\.\d{6}Z$/),
          last_at: expect.stringMatching(/^2026-11-22T10:00:00\.\d{6}Z$/),
          evidence: [returned],
          last_evidence: [again],
        },
      ],
      counts: { error: 0, warning: 1, info: 0 },
    });
  });

  it.each([
    ['severity=warning', 1],
    ['severity=error', 0],
    ['finding=unrouted', 1],
    ['finding=unknown-delivery-tag', 0],
    ['severity=warning&finding=unrouted', 1],
  ])('?%s gives %i', async (query, count) => {
    const { api } = await tellStory();
    expect((await ask(`${api.url}/api/findings?${query}`)).json.findings).toHaveLength(count);
  });
});

describe('GET /api/latency', () => {
  it('gives what was measured, in µs, by exchange, queue, consumer and method', async () => {
    const { api } = await tellStory();
    const { json } = await ask(`${api.url}/api/latency`);
    const rows = json.latencies.map(({ kind, of, name, count }: { [name: string]: unknown }) => [
      kind,
      of,
      name,
      count,
    ]);
    expect(rows).toEqual(
      expect.arrayContaining([
        ['publish_confirm', 'exchange', 'orders', 2],
        ['publish_deliver', 'exchange', 'orders', 2],
        ['publish_deliver', 'queue', 'invoices', 2],
        ['deliver_ack', 'queue', 'invoices', 2],
        ['deliver_ack', 'consumer', 'clerk', 2],
        ['method', 'method', 'queue.declare', 1],
      ]),
    );
    const confirms = json.latencies.find(({ kind }: { kind: string }) => kind === 'publish_confirm');
    expect(confirms).toEqual({
      ...{ kind: 'publish_confirm', of: 'exchange', name: 'orders', vhost: '/', count: 2 },
      ...{ min: 100, mean: 150, p50: 100, p90: 200, p99: 200, p999: 200, max: 200 },
    });
  });

  it('gives one kind', async () => {
    const { api } = await tellStory();
    const { json } = await ask(`${api.url}/api/latency?kind=method`);
    expect(new Set(json.latencies.map(({ kind }: { kind: string }) => kind))).toEqual(new Set(['method']));
  });
});

describe('a wrong question', () => {
  it.each([
    ['channels?state=half', "state: expected open, closed, found 'half'"],
    ['channels?connection=x', "connection: expected a whole number from 1 on, found 'x'"],
    ['channels?conection=1', "unknown parameter 'conection'; expected connection, state"],
    ['topology?x=1', "unknown parameter 'x'; none is expected"],
    ['findings?severity=bad', "severity: expected error, warning, info, found 'bad'"],
    ['findings?finding=unknown-tag', "finding: there is none called 'unknown-tag'"],
    ['latency?kind=x', "kind: expected publish_confirm, publish_deliver, deliver_ack, method, rpc, found 'x'"],
  ])('/api/%s is refused in clear words', async (path, message) => {
    const { api } = await beginStory();
    expect(await ask(`${api.url}/api/${path}`)).toMatchObject({ status: 400, json: { error: 'bad-request', message } });
  });

  it.each(['connections/1', 'channels', 'messages', 'messages/1', 'topology', 'findings', 'latency'])(
    '/api/%s says so where the API was started without a session',
    async (path) => {
      const traffic = new Traffic();
      traffic.shakeHands();
      const { url } = await openApi(traffic);
      expect(await ask(`${url}/api/${path}`)).toMatchObject({
        status: 501,
        json: { error: 'not-implemented', message: 'this API knows frames only: it was started without a session' },
      });
    },
  );
});

describe('GET /api/health', () => {
  it('says how the session fares', async () => {
    const { api } = await tellStory();
    const { json } = await ask(`${api.url}/api/health`);
    expect(json.session).toEqual({ missed: 0, findings: { error: 0, warning: 1, info: 0 } });
  });
});
