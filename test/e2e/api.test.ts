import { beforeAll, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { isListening } from '../rig/ports.ts';
import { type SharedRabbitMq, sharedRabbitMq } from '../rig/shared-rabbitmq.ts';
import { ROUND_TRIP_METHODS, roundTrip, startLive } from './live-cli.ts';

/** Where the API is, unless told otherwise. */
const API_PORT = 15673;

let broker: SharedRabbitMq;

beforeAll(async () => {
  broker = await sharedRabbitMq();
});

it('the API answers at the address that was printed, and streams what passes', async () => {
  const { process, uri } = await startLive(broker.port, ['--quiet', '--api', '0']);
  const [, api = ''] = await process.waitForLine(/api (http:\/\/127\.0\.0\.1:\d+)$/, 'stderr');
  const stream = new WebSocket(`${api.replace('http', 'ws')}/stream`);
  const messages: { type: string; method?: string }[] = [];
  await new Promise((resolve) => stream.once('message', resolve));
  const streamed = new Promise<void>((resolve) => {
    stream.on('message', (data) => {
      messages.push(JSON.parse(String(data)));
      if (messages.at(-1)?.type === 'connection.closed') resolve();
    });
  });
  await roundTrip(uri);
  await streamed;
  expect(messages.flatMap(({ method }) => method ?? [])).toEqual(ROUND_TRIP_METHODS);

  const health = await (await fetch(`${api}/api/health`)).json();
  expect(health).toMatchObject({ status: 'ok', connections: { open: 0, opened: 1 }, subscribers: { open: 1 } });
  const { connections } = (await (await fetch(`${api}/api/connections`)).json()) as { connections: unknown[] };
  expect(connections).toMatchObject([{ id: 1, name: 'round-trip', user: 'guest' }]);
  const metrics = await (await fetch(`${api}/metrics`)).text();
  expect(metrics).toMatch(/^amqp_spy_\w+\{.*basic\.publish.*\} 1$/m);

  const closed = new Promise((resolve) => stream.once('close', resolve));
  expect(await process.stop()).toEqual({ code: 0, signal: null });
  await closed;
});

it('--no-api opens no port, and says nothing of one', async () => {
  const { process, uri } = await startLive(broker.port, ['--no-api', '--quiet']);
  await roundTrip(uri);
  expect(process.stderr).not.toContain('api');
  expect(await isListening(API_PORT)).toBe(false);
});
