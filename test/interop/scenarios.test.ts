import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { BROKERS, type RunningBroker, unique } from '../broker/behaviour/brokers.ts';
import { startProcess } from '../rig/process.ts';

/** What each client is driven with: a program that plays its scenario on the URL it is given, and prints what it sees. */
const SCENARIOS: readonly (readonly [client: string, command: string, program: string])[] = [
  ['amqplib', process.execPath, 'amqplib.mjs'],
  ['rabbitmq-client', process.execPath, 'rabbitmq-client.mjs'],
  ['@cloudamqp/amqp-client', process.execPath, 'cloudamqp.mjs'],
  ['pika', '/usr/bin/python3', 'pika_scenario.py'],
  ['bunny', '/usr/bin/ruby', 'bunny_scenario.rb'],
  ['amqp-tools', '/bin/sh', 'amqp_tools.sh'],
];

// Scenarios use plain names, in a virtual host of their own that is called the same on every broker, for replies name it.
const vhost = unique('scenarios');
let brokers: RunningBroker[];

beforeAll(async () => {
  brokers = await Promise.all(BROKERS.map((kind) => kind.start()));
  for (const { admin } of brokers) {
    await admin.addVhost(vhost);
    await admin.setPermissions('guest', vhost, '.*', '.*', '.*');
  }
});

afterAll(async () => {
  for (const broker of brokers) {
    await broker.admin.deleteVhost(vhost);
    await broker.stop();
  }
});

it.each(SCENARIOS)('an application on %s sees the same of every broker', async (_, command, program) => {
  const transcripts = await Promise.all(brokers.map((broker) => play(broker, command, program)));
  for (const transcript of transcripts) expect(transcript).toBe(transcripts[0]);
});

/**
 * Plays a scenario to its end, and does what it asks for meanwhile.
 * @throws Error with all output if it does not reach its end.
 */
async function play({ host, port, admin }: RunningBroker, command: string, program: string): Promise<string> {
  const uri = `amqp://guest:guest@${host}:${port}/${vhost}`;
  const scenario = startProcess(command, [path.join(import.meta.dirname, 'scenarios', program), uri], {
    env: { PYTHONUNBUFFERED: '1' },
  });
  let asked = 0;
  await scenario.waitFor(() => {
    const requests = scenario.lines('stdout').filter((line) => line === 'please: close connections').length;
    for (; asked < requests; asked++) void admin.closeConnections(vhost, 'enough');
    return scenario.lines('stdout').at(-1) === 'the end' || undefined;
  }, 'the end');
  const { code } = await scenario.exit;
  expect(code, scenario.stderr).toBe(0);
  return scenario.stdout;
}
