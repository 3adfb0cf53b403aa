import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BROKERS, type RunningBroker, unique } from '../broker/behaviour/brokers.ts';
import { PROGRAM_CLIENTS, runPrograms } from './programs/program.ts';

const COUNT = 110;

describe.each(BROKERS)('well-behaved programs on $name', (kind) => {
  // Their queues have plain names: a virtual host keeps them apart from those of other tests.
  const vhost = unique('programs');
  let broker: RunningBroker;

  beforeAll(async () => {
    broker = await kind.start();
    await broker.admin.addVhost(vhost);
    await broker.admin.setPermissions('guest', vhost, '.*', '.*', '.*');
  });

  afterAll(async () => {
    await broker.admin.deleteVhost(vhost);
    await broker.stop();
  });

  it.each(PROGRAM_CLIENTS)('of %s do their work and leave', async (client) => {
    const uri = `amqp://guest:guest@${broker.host}:${broker.port}/${vhost}`;
    expect(await runPrograms(client, uri, COUNT)).toEqual({
      publisher: `published and confirmed ${COUNT}`,
      consumer: `consumed ${COUNT}, numbers add up to ${(COUNT * (COUNT + 1)) / 2}`,
      'rpc-client': `the squares add up to ${(COUNT * (COUNT + 1) * (2 * COUNT + 1)) / 6}`,
      'rpc-server': `answered ${COUNT}`,
    });
  });
});
