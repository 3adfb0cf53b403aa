import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Spy, startSpy } from '../../src/spy.ts';
import { sharedRabbitMq } from '../rig/shared-rabbitmq.ts';
import { SCENARIOS } from './clients/all.ts';

let direct: string;
let spied: string;
let spy: Spy;

beforeAll(async () => {
  const { host, port, uri } = await sharedRabbitMq();
  spy = await startSpy({ listen: { host, port: 0 }, upstreams: [{ host, port, tls: false }] });
  direct = uri;
  spied = uri.replace(`:${port}`, `:${spy.address.port}`);
});

afterAll(() => spy.close());

it.each(SCENARIOS)('an application on $client sees through the spy what it sees without it', async (scenario) => {
  const name = `unnoticed-${scenario.client.replace(/\W/g, '')}`;
  const expected = await scenario.play(direct, name);
  expect(JSON.stringify(expected)).not.toBe('{}');
  expect(await scenario.play(spied, name)).toEqual(expected);
});
