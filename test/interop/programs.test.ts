// Well-behaved programs do their work through the spy, and the spy finds nothing to say about them: a finding here would be
// a false one, which is worse than none.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Spy, startSpy } from '../../src/spy.ts';
import { BROKERS, type RunningBroker, unique } from '../broker/behaviour/brokers.ts';
import { PROGRAM_CLIENTS, runPrograms } from './programs/program.ts';

const COUNT = 110;

describe.each(BROKERS)('well-behaved programs on $name', (kind) => {
  // Their queues have plain names: a virtual host keeps them apart from those of other tests.
  const vhost = unique('programs');
  let broker: RunningBroker;
  let spy: Spy;

  beforeAll(async () => {
    broker = await kind.start();
    await broker.admin.addVhost(vhost);
    await broker.admin.setPermissions('guest', vhost, '.*', '.*', '.*');
    const { host, port } = broker;
    spy = await startSpy({ listen: { host: '127.0.0.1', port: 0 }, upstreams: [{ host, port, tls: false }] });
  });

  afterAll(async () => {
    await spy.close();
    await broker.admin.deleteVhost(vhost);
    await broker.stop();
  });

  it.each(PROGRAM_CLIENTS)('of %s do their work and leave, and nothing is found', async (client) => {
    const uri = `amqp://guest:guest@127.0.0.1:${spy.address.port}/${vhost}`;
    expect(await runPrograms(client, uri, COUNT)).toEqual({
      publisher: `published and confirmed ${COUNT}`,
      consumer: `consumed ${COUNT}, numbers add up to ${(COUNT * (COUNT + 1)) / 2}`,
      'rpc-client': `the squares add up to ${(COUNT * (COUNT + 1) * (2 * COUNT + 1)) / 6}`,
      'rpc-server': `answered ${COUNT}`,
    });
    expect(spy.session.failure).toBeUndefined();
    expect(spy.session.findings.list().map(({ definition, text }) => `${definition.id}: ${text}`)).toEqual([]);
  });
});
