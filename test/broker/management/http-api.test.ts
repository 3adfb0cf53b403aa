// The HTTP API against RabbitMQ's: the same requests in the same order, the same answers; and the same keys with values of
// the same types in what is told of living things. Counterpart: requests.ts.

import amqplib from 'amqplib';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Answer, type Ask, type Pair, type Side, startPair } from './pair.ts';
import { REQUESTS } from './requests.ts';

let pair: Pair;

beforeAll(async () => {
  pair = await startPair();
});

afterAll(async () => {
  await pair?.stop();
});

/** Differ from one broker to the next, or with the time. */
const VOLATILE = new Set([
  ...['node', 'cluster_state', 'password_hash', 'garbage_collection', 'reductions', 'reductions_details', 'ports'],
  ...['backing_queue_status', 'user_who_performed_action', 'message_stats', 'idle_since', 'memory', 'protocols'],
  ...['recv_oct', 'recv_oct_details', 'send_oct', 'send_oct_details', 'properties_key'],
  ...['messages', 'messages_ready', 'messages_unacknowledged'],
  ...['messages_details', 'messages_ready_details', 'messages_unacknowledged_details'],
]);

/** Where the answers differ, and why that is well. */
const DEVIATIONS = new Map([
  // RabbitMQ prints Erlang terms, some with texts as lists of numbers.
  ['PUT /api/permissions/v1/u1 {"configure":"[","write":".*","read":"^x"}', 'says in words what is wrong'],
  ['PUT /api/topic-permissions/v1/u1 {"exchange":"amq.topic","write":"[","read":"^x"}', 'says in words what is wrong'],
  [
    'PUT /api/policies/v1/p2 {"pattern":"a","definition":{"max-length":5},"apply-to":"foo"}',
    'knows what RabbitMQ 3.12 can apply policies to',
  ],
]);

function* asks(): Generator<Ask & { readonly line: string }> {
  let login = 'guest:guest';
  for (const line of REQUESTS) {
    const [, request = '', body] = /^(\S+ \S+)(?: (.*))?$/.exec(line) ?? [];
    if (line.startsWith('@')) login = line.slice(1);
    else yield { line, request, body, login };
  }
}

/** What should be equal of an answer. */
function essence({ status, body, headers }: Answer): unknown {
  const location = headers.get('location')?.replace(/~[\w-]{6}$/, '~hash');
  const allow = headers.get('allow');
  return { status, body: withoutVolatile(body), allow, location, challenge: headers.get('www-authenticate') };
}

function withoutVolatile(value: unknown): unknown {
  if (Array.isArray(value)) {
    const kept = value.filter((entry) => !/^(internal_cluster_id|cluster_name)$/.test(entry?.name));
    const items = kept.map(withoutVolatile);
    // Definitions have no order.
    return items.every((item) => typeof item === 'object') ? items.sort(byText) : items;
  }
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([key]) => !VOLATILE.has(key));
  return Object.fromEntries(entries.map(([key, member]) => [key, withoutVolatile(member)]));
}

function byText(a: unknown, b: unknown): number {
  return JSON.stringify(a) < JSON.stringify(b) ? -1 : 1;
}

describe('the HTTP API', () => {
  it('answers as RabbitMQ does', async () => {
    for (const ask of asks()) {
      const [expected, found] = [await pair.rabbitMq.ask(ask), await pair.embedded.ask(ask)];
      if (DEVIATIONS.has(ask.line)) expect(found.status, ask.line).toBe(expected.status);
      else expect(essence(found), ask.line).toEqual(essence(expected));
    }
  });

  it('refuses queues with names that are too long', async () => {
    const ask = { request: `PUT /api/queues/%2F/${'a'.repeat(256)}`, body: '{}' };
    expect(essence(await pair.embedded.ask(ask))).toEqual(essence(await pair.rabbitMq.ask(ask)));
  });

  it('asks for a login as RabbitMQ does', async () => {
    for (const headers of [{}, { Authorization: 'Basic eA==' }, { Authorization: 'Digest x' }]) {
      const ask = { request: 'GET /api/whoami', login: null, headers };
      expect(essence(await pair.embedded.ask(ask)), JSON.stringify(headers)).toEqual(
        essence(await pair.rabbitMq.ask(ask)),
      );
    }
  });
});

/** Keys that only Erlang has, and two that say since when something is idle, which nobody keeps here. */
const ERLANG =
  /garbage_collection|reductions|backing_queue_status|socket_opts|cowboy_opts|idle_since|open_files|^\.sample_retention|^\.(io|mnesia|msg_store|queue_index|gc|context_switches|metrics_gc|ra_open)|\.disk_(reads|writes)|^\.(config|log)_files|\.contexts\.protocol$/;

const KINDS = { string: 'text', number: 'number', boolean: 'truth value', object: 'object' } as Record<string, string>;

/** Each path in the JSON and what stands there; lists are looked into at their first entry. */
function shape(value: unknown, path = ''): [string, string][] {
  if (value === null) return [[path, 'null']];
  if (Array.isArray(value)) return [[path, 'list'], ...value.slice(0, 1).flatMap((entry) => shape(entry, path))];
  if (typeof value !== 'object') return [[path, KINDS[typeof value]!]];
  return [
    [path, 'object'],
    ...Object.entries(value).flatMap(([key, member]) => shape(member, `${path}.${key.includes('@') ? 'node' : key}`)),
  ];
}

function essentialShape(value: unknown): Record<string, string> {
  return Object.fromEntries(shape(value).filter(([path]) => !ERLANG.test(path)));
}

/** Publishes, consumes, gets and acknowledges a little of everything; resolves to how to end it. */
async function live(side: Side): Promise<() => Promise<void>> {
  const connection = await amqplib.connect(side.uri, { clientProperties: { connection_name: 'live' } });
  const channel = await connection.createConfirmChannel();
  await channel.assertExchange('px', 'topic', { arguments: { 'alternate-exchange': 'ax' } });
  await channel.assertQueue('pq', { arguments: { 'x-max-length': 1000 } });
  await channel.assertQueue('pexcl', { exclusive: true });
  await channel.assertQueue('pquorum', { arguments: { 'x-queue-type': 'quorum' } });
  await channel.bindQueue('pq', 'px', 'a.*', { x: 1 });
  await channel.prefetch(3);
  for (let i = 0; i < 8; i++) {
    channel.publish('px', 'a.b', Buffer.from('hello'), {
      persistent: true,
      timestamp: 1_234_567_890,
      headers: { a: 1 },
    });
    channel.publish('', 'pexcl', Buffer.from('hello'));
    channel.publish('', 'pquorum', Buffer.from('hello'), { persistent: true });
  }
  await channel.waitForConfirms();
  let delivered = 0;
  await new Promise<void>((resolve) => {
    void channel.consume(
      'pq',
      (message) => {
        if (message && delivered++ === 0) channel.ack(message);
        if (delivered === 4) resolve();
      },
      { consumerTag: 'tag', priority: 5 },
    );
  });
  await channel.get('pexcl', { noAck: true });
  await channel.get('pquorum', { noAck: false });
  return async () => await connection.close();
}

/** What a broker tells once `isThere` holds: RabbitMQ's statistics come late. */
// biome-ignore lint/suspicious/noExplicitAny: whatever JSON it is
async function told(side: Side, path: string, isThere: (json: any) => boolean): Promise<any> {
  return await vi.waitFor(
    async () => {
      const json = await side.get(path);
      if (!isThere(json)) throw new Error(`${side.name} says of ${path}: ${JSON.stringify(json)}`);
      return json;
    },
    { timeout: 30_000, interval: 20 },
  );
}

describe('what is told of living things', () => {
  const ends: (() => Promise<void>)[] = [];

  beforeAll(async () => {
    ends.push(...(await Promise.all([live(pair.rabbitMq), live(pair.embedded)])));
  });

  afterAll(async () => {
    await Promise.all(ends.map((end) => end()));
  });

  // biome-ignore lint/suspicious/noExplicitAny: whatever JSON it is
  const cases: readonly (readonly [path: string, isThere: (json: any) => boolean])[] = [
    ['queues/%2F/pq', (queue: { messages_unacknowledged?: number }) => queue.messages_unacknowledged === 3],
    ['queues/%2F/pexcl', (queue: { messages?: number }) => queue.messages === 7],
    ['queues/%2F/pquorum', (queue: { messages_unacknowledged?: number }) => queue.messages_unacknowledged === 1],
    ['exchanges/%2F/px', (exchange: { message_stats?: object }) => exchange.message_stats !== undefined],
    ['connections', ([each]: { recv_oct?: number; user_provided_name?: string }[]) => (each?.recv_oct ?? 0) > 0],
    ['channels', ([channel]: { message_stats?: { ack?: number } }[]) => channel?.message_stats?.ack === 1],
    ['consumers', (consumers: unknown[]) => consumers.length === 1],
    ['vhosts/%2F', (vhost: { message_stats?: object }) => vhost.message_stats !== undefined],
    ['overview', (overview: { message_stats?: { ack?: number } }) => overview.message_stats?.ack === 1],
    ['nodes', ([node]: { mem_used?: number }[]) => (node?.mem_used ?? 0) > 0],
  ];

  it.each(cases)('has the keys and types that RabbitMQ has: %s', async (path, isThere) => {
    const expected = essentialShape(await told(pair.rabbitMq, path, isThere));
    expect(essentialShape(await told(pair.embedded, path, isThere))).toEqual(expected);
  });

  it('counts what RabbitMQ counts', async () => {
    const counts = async (side: Side) => {
      const isThere = (queue: { message_stats?: { ack?: number } }) => queue.message_stats?.ack === 1;
      const { message_stats: stats, ...queue } = await told(side, 'queues/%2F/pq', isThere);
      const names = ['messages', 'messages_ready', 'messages_persistent', 'message_bytes', 'message_bytes_ready'];
      const numbers = Object.entries(stats).filter(([, value]) => typeof value === 'number');
      return [Object.fromEntries(numbers), names.map((name) => [name, queue[name]])];
    };
    expect(await counts(pair.embedded)).toEqual(await counts(pair.rabbitMq));
  });

  it('closes connections on demand', async () => {
    const closed = async (side: Side) => {
      const connection = await amqplib.connect(side.uri, { clientProperties: { connection_name: 'to be closed' } });
      const error = new Promise<Error>((resolve) => connection.on('error', () => {}).once('close', resolve));
      const ours = (each: { user_provided_name?: string }) => each.user_provided_name === 'to be closed';
      const all = await told(side, 'connections', (json) => json.some(ours));
      const request = `DELETE /api/connections/${encodeURIComponent(all.find(ours).name)}`;
      const { status } = await side.ask({ request, headers: { 'X-Reason': 'enough' } });
      return { status, message: (await error).message };
    };
    expect(await closed(pair.embedded)).toEqual(await closed(pair.rabbitMq));
  });
});

describe('what is deleted', () => {
  const removals = ['users/leaver', 'vhosts/closing'];

  it.each(removals)('takes its connections along: %s', async (path) => {
    const closed = async (side: Side) => {
      const put = async (what: string, body: object) =>
        await side.ask({ request: `PUT /api/${what}`, body: JSON.stringify(body) });
      await put('vhosts/closing', {});
      await put('users/leaver', { password: 'secret', tags: '' });
      await put('permissions/closing/leaver', { configure: '.*', write: '.*', read: '.*' });
      const connection = await amqplib.connect(`amqp://leaver:secret@127.0.0.1:${side.amqpPort}/closing`);
      const error = new Promise<Error>((resolve) => connection.on('error', () => {}).once('close', resolve));
      const { status } = await side.ask({ request: `DELETE /api/${path}` });
      // RabbitMQ notices either first.
      return { status, message: (await error).message.replace('is down', 'is deleted') };
    };
    expect(await closed(pair.embedded)).toEqual(await closed(pair.rabbitMq));
  });
});

describe('metrics', () => {
  /** Of Erlang's machine, of files and tables that do not exist here. */
  const foreign =
    /^(erlang_|telemetry_|rabbitmq_(erlang_(?!uptime)|io_|schema_db_|msg_store_|queue_index_|raft_|queue_disk_|\w+_process_reductions|global_messages_dead_lettered_confirmed|queue_head_message|auth_attempts_detailed_))/;

  const types = (text: string): Map<string, string> =>
    new Map([...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name = '', type = '']) => [name, type]));

  it.each(['/metrics', '/metrics/per-object'])('have the names and types of RabbitMQ: %s', async (path) => {
    const expected = [...types(await pair.rabbitMq.metrics(path))].filter(([name]) => !foreign.test(name));
    const found = types(await pair.embedded.metrics(path));
    expect(expected.filter(([name, type]) => found.get(name) !== type)).toEqual([]);
    expect(expected.length).toBeGreaterThan(path === '/metrics' ? 60 : 50);
  });

  /** RabbitMQ's counters that never fall. */
  const globals = (text: string): Map<string, number> =>
    new Map(
      [...text.matchAll(/^(rabbitmq_global_\S+_total\S*) (\d+)$/gm)].map(([, name = '', n]) => [name, Number(n)]),
    );

  /** What they grow by while a few messages go every way that messages can go. */
  async function growth(side: Side): Promise<Record<string, number>> {
    const before = globals(await side.metrics());
    const connection = await amqplib.connect(side.uri);
    const channel = await connection.createConfirmChannel();
    channel.on('return', () => {});
    const options = { exclusive: true, arguments: { 'x-dead-letter-exchange': '' } };
    const { queue } = await channel.assertQueue('', options);
    const { queue: empty } = await channel.assertQueue('', { exclusive: true });
    for (let i = 0; i < 5; i++) channel.sendToQueue(queue, Buffer.from('x'));
    channel.publish('', 'nowhere', Buffer.from('x'));
    channel.publish('', 'nowhere', Buffer.from('x'), { mandatory: true });
    await channel.waitForConfirms();
    await channel.get(empty);
    await channel.get(queue, { noAck: true });
    const second = await channel.get(queue);
    if (second) channel.nack(second, false, true);
    const again = await channel.get(queue);
    if (again) channel.nack(again, false, false);
    await channel.prefetch(2);
    await new Promise<void>((resolve) => {
      let seen = 0;
      void channel.consume(queue, (message) => {
        if (message) channel.ack(message);
        if (++seen === 3) resolve();
      });
    });
    await channel.assertQueue('', { exclusive: true });
    await connection.close();
    const after = globals(await side.metrics());
    return Object.fromEntries(
      [...after].map(([name, n]) => [name, n - (before.get(name) ?? 0)]).filter(([, n]) => n !== 0),
    );
  }

  it('count what RabbitMQ counts', async () => {
    const expected = await growth(pair.rabbitMq);
    expect(Object.keys(expected).length).toBeGreaterThan(12);
    expect(await growth(pair.embedded)).toEqual(expected);
  });

  it('are text that Prometheus reads', async () => {
    const text = await pair.embedded.metrics('/metrics/per-object');
    const line = /^(# (TYPE|HELP) \S+ .+|\w+(\{(\w+="([^"\\\n]|\\["\\n])*",?)+\})? -?[\d.e+-]+)$/;
    expect(
      text
        .trimEnd()
        .split('\n')
        .filter((each) => !line.test(each)),
    ).toEqual([]);
  });
});
