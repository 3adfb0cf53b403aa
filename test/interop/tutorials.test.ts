import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BROKERS, type RunningBroker, unique } from '../broker/behaviour/brokers.ts';
import { CLIENTS, Programs } from './tutorials/tutorial.ts';

describe.each(BROKERS)('the tutorials on $name', (kind) => {
  // The tutorials' queues have plain names: a virtual host keeps them apart from those of other tests.
  const vhost = unique('tutorials');
  let broker: RunningBroker;
  let uri: string;

  beforeAll(async () => {
    broker = await kind.start();
    await broker.admin.addVhost(vhost);
    await broker.admin.setPermissions('guest', vhost, '.*', '.*', '.*');
    uri = `amqp://guest:guest@${broker.host}:${broker.port}/${vhost}`;
  });

  afterAll(async () => {
    await broker.admin.deleteVhost(vhost);
    await broker.stop();
  });

  describe.each(CLIENTS)('with %s', (client) => {
    let programs: Programs;

    beforeAll(() => {
      programs = new Programs(client, uri);
    });

    it('1: says hello', async () => {
      expect(await programs.run('1-send')).toEqual(['sent: Hello, world!']);
      const receiver = await programs.start('1-receive');
      expect(await programs.run('1-send', 'Grüße 🐇')).toEqual(['sent: Grüße 🐇']);
      await receiver.prints(/Grüße/);
      expect(await receiver.stop()).toEqual(['received: Hello, world!', 'received: Grüße 🐇']);
    });

    it('2: gives the task of a worker that died to another', async () => {
      const unlucky = await programs.start('2-worker');
      const task = `mow the lawn${'.'.repeat(10)}`;
      expect(await programs.run('2-new-task', task)).toEqual([`queued: ${task}`]);
      await unlucky.prints(/started/);
      await unlucky.crash();
      await programs.run('2-new-task', 'water the roses');
      const worker = await programs.start('2-worker');
      await Promise.all([worker.prints(/done: water/), worker.prints(/done: mow/)]);
      // Which comes first depends on how soon the broker notices the death.
      const done = (await worker.stop()).filter((line) => line.startsWith('done'));
      expect(done.sort()).toEqual([`done: ${task}`, 'done: water the roses']);
    });

    it('3: tells the news to all who listen, and to nobody else', async () => {
      expect(await programs.run('3-publish-news', 'nobody hears this')).toEqual(['published: nobody hears this']);
      const readers = [await programs.start('3-read-news'), await programs.start('3-read-news')];
      await programs.run('3-publish-news');
      await Promise.all(readers.map((reader) => reader.prints(/spring/)));
      const read = await Promise.all(readers.map((reader) => reader.stop()));
      expect(read).toEqual([['read: It is spring'], ['read: It is spring']]);
    });

    it('4: shows log lines of the severities asked for', async () => {
      const all = await programs.start('4-watch-logs', 'info', 'warning', 'error');
      const bad = await programs.start('4-watch-logs', 'error');
      expect(await programs.run('4-log')).toEqual(['logged info: All is well']);
      await programs.run('4-log', 'debug', 'x = 1');
      await programs.run('4-log', 'warning', 'The disk is filling');
      await programs.run('4-log', 'error', 'The disk is full');
      await Promise.all([all.prints(/full/), bad.prints(/full/)]);
      expect(await bad.stop()).toEqual(['error: The disk is full']);
      expect(await all.stop()).toEqual([
        'info: All is well',
        'warning: The disk is filling',
        'error: The disk is full',
      ]);
    });

    it('5: shows reports whose topics match', async () => {
      const watchers = [
        await programs.start('5-watch-weather', '#'),
        await programs.start('5-watch-weather', 'europe.#', '*.*.storm'),
        await programs.start('5-watch-weather', '*.lima.*'),
      ];
      const reports = [
        ['europe.oslo.snow', '20 cm, and more to come'],
        ['america.lima.storm', 'from the sea'],
        ['europe', 'warmer than it was'],
        ['europe.rome.storm', 'stay at home'],
        ['africa.lagos.sun', 'all day'],
        ['asia.storm', 'far away'],
        ['america.lima.sun', 'the end'],
      ] as const;
      for (const [topic, report] of reports) {
        expect(await programs.run('5-report-weather', topic, report)).toEqual([`reported ${topic}: ${report}`]);
      }
      await Promise.all([watchers[0]?.prints(/the end/), watchers[1]?.prints(/rome/), watchers[2]?.prints(/the end/)]);
      const shown = await Promise.all(watchers.map((watcher) => watcher.stop()));
      const lines = reports.map(([topic, report]) => `${topic}: ${report}`);
      expect(shown).toEqual([lines, lines.slice(0, 4), [lines[1], lines[6]]]);
    });

    it('6: answers questions', async () => {
      const server = await programs.start('6-rpc-server');
      expect(await programs.run('6-rpc-client', '360', '97')).toEqual(['360 = 2 * 2 * 2 * 3 * 3 * 5', '97 = 97']);
      expect(await server.stop()).toEqual([
        'asked for 360, answered 2 * 2 * 2 * 3 * 3 * 5',
        'asked for 97, answered 97',
      ]);
    });

    it('7: confirms what was published', async () => {
      expect(await programs.run('7-publisher-confirms', '250')).toEqual([
        'oneByOne: 250 published and confirmed, 250 on the queue',
        'inBatches: 250 published and confirmed, 250 on the queue',
        'asTheyCome: 250 published and confirmed, 250 on the queue',
      ]);
    });
  });

  it('answers questions across clients', async () => {
    for (const [asking, answering] of [
      ['pika', 'amqplib'],
      ['rabbitmq-client', 'pika'],
      ['amqplib', 'rabbitmq-client'],
    ] as const) {
      const server = await new Programs(answering, uri).start('6-rpc-server');
      expect(await new Programs(asking, uri).run('6-rpc-client', '1001')).toEqual(['1001 = 7 * 11 * 13']);
      expect(await server.stop()).toEqual(['asked for 1001, answered 7 * 11 * 13']);
    }
  });
});
