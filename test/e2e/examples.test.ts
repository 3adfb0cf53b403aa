import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { connect } from 'amqplib';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { type RigProcess, run, startProcess } from '../rig/process.ts';
import { type RabbitMq, startRabbitMq } from '../rig/rabbitmq.ts';
import { root } from '../rig/root.ts';
import { startLive } from './live-cli.ts';

const examples = path.join(root, 'examples');
const folder = mkdtempSync(path.join(tmpdir(), 'amqp-spy-examples-'));
/** Debian's, which has python3-pika; another Python may stand before it in the path. */
const PYTHON = '/usr/bin/python3';
/** The examples share a queue of a plain name, so that they need a broker to themselves. */
let broker: RabbitMq;

beforeAll(async () => {
  broker = await startRabbitMq();
});

afterAll(async () => {
  await broker?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** Starts a Node or Python example. */
function start(name: string, ...args: string[]): RigProcess {
  const command = name.endsWith('.py') ? PYTHON : process.execPath;
  const example = startProcess(command, [path.join(examples, name), ...args]);
  onTestFinished(async () => {
    await example.kill();
  });
  return example;
}

it.each([
  ['producer.mjs', 'consumer.mjs'],
  ['producer.py', 'consumer.py'],
  ['producer.mjs', 'consumer.py'],
])('%s sends orders to %s through the spy, and the subscriber counts them', async (producer, consumer) => {
  const { process: spy, uri } = await startLive(broker.port, ['--quiet', '--api', '0']);
  const [, api = ''] = await spy.waitForLine(/api http:\/\/(\S+)$/, 'stderr');
  const subscriber = start('subscriber.mjs', `ws://${api}`);
  await subscriber.waitForLine(/connected/);
  const receiving = start(consumer, uri);
  await receiving.waitForLine(/waiting for orders/);
  expect(await start(producer, uri).exit).toEqual({ code: 0, signal: null });
  expect(await receiving.exit).toEqual({ code: 0, signal: null });
  const received = receiving.lines().slice(1);
  expect(received.map((line) => line.split(' ')[0])).toEqual(['order-1', 'order-2', 'order-3']);
  await subscriber.waitForLine(/first message to orders/);
  await spy.stop();
  expect(await subscriber.exit).toEqual({ code: 0, signal: null });
  expect(subscriber.stdout).toMatch(/orders\W+3/);
});

it('own-broker.mjs needs no RabbitMQ', async () => {
  const example = start('own-broker.mjs');
  expect(await example.exit).toEqual({ code: 0, signal: null });
  expect(example.lines()).toEqual(['2 orders wait; they are second, third', '3 were published']);
});

it('closes-with-error.sh finds who was thrown out and why, in a recording and live', async () => {
  const file = path.join(folder, 'closes.pcapng');
  const { process: spy, uri } = await startLive(broker.port, ['--format', 'json', '--record', file]);
  const connection = await connect(uri, { clientProperties: { connection_name: 'careless' } });
  const channel = await connection.createChannel();
  channel.on('error', () => {});
  await expect(channel.checkQueue('missing')).rejects.toThrow(/NOT.FOUND/);
  await connection.close();
  await spy.stop();
  const script = path.join(examples, 'closes-with-error.sh');
  const found = await run(script, [file]);
  const words = ['careless', 'server-to-client', 'channel.close', '404', "NOT_FOUND - no queue 'missing' in vhost '/'"];
  expect(found.trimEnd().split('\t').slice(1)).toEqual(words);
  const live = await run(script, [], { input: { data: spy.stdoutBytes } });
  expect(live.trimEnd().split('\t').slice(1)).toEqual(words);
});

it.each([
  [
    'double-ack',
    'unknown-delivery-tag',
    /^'invoices' \(amqplib\) acknowledged delivery 1 on channel 1, which it had already/,
  ],
  [
    'other-arguments',
    'inequivalent-declaration',
    /^'stock' \(amqplib\) declared queue 'orders\.mistaken' .* 30000, but 'shop'/,
  ],
  ['poison', 'redelivery-loop', /^Message 'order-17' in queue .* 'parser' \(amqplib\) requeued it last\.$/],
])('mistakes/%s.mjs is found to be one: %s', async (name, finding, text) => {
  const { process: spy, uri } = await startLive(broker.port, ['--format', 'json', '--findings-only']);
  expect(await start(`mistakes/${name}.mjs`, uri).exit).toEqual({ code: 0, signal: null });
  await spy.stop();
  const found = spy.lines().map((line) => JSON.parse(line));
  expect(found).toEqual([expect.objectContaining({ type: 'finding', finding, text: expect.stringMatching(text) })]);
});

it('each is short enough to be read at a glance', () => {
  for (const name of readdirSync(examples, { recursive: true, encoding: 'utf8' })) {
    if (path.extname(name) === '') continue;
    expect(readFileSync(path.join(examples, name), 'utf8').split('\n').length, name).toBeLessThan(40);
  }
});
