// `amqp-spy` without --upstream: its own broker, seen through the spy like any other.

import { connect } from 'amqplib';
import { expect, it, onTestFinished } from 'vitest';
import { type RigProcess, startCli } from '../rig/process.ts';
import { listening, ROUND_TRIP_METHODS, roundTrip } from './live-cli.ts';

function start(...args: readonly string[]): RigProcess {
  const process = startCli(['--listen', '0', '--no-api', ...args]);
  onTestFinished(async () => {
    await process.kill();
  });
  return process;
}

interface FrameLine {
  readonly type: string;
  readonly method?: string;
  readonly direction?: string;
}

it('needs no RabbitMQ, and shows every frame in the order in which it came', async () => {
  const { process, uri } = await listening(start('--format', 'json'));
  expect(process.stderr).toContain('own broker (in memory)');
  expect(await roundTrip(uri)).toBe('hello');
  await process.waitForLine(/"type":"connection.closed"/);
  expect(await process.stop()).toEqual({ code: 0, signal: null });
  const lines = process.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as FrameLine);
  const methods = lines.flatMap(({ method }) => (method === undefined ? [] : [method]));
  expect(new Set(methods)).toEqual(new Set(ROUND_TRIP_METHODS));
  expect(methods.indexOf('connection.close')).toBeLessThan(methods.indexOf('connection.close-ok'));
  expect(methods.indexOf('basic.publish')).toBeLessThan(methods.indexOf('basic.ack'));
});

it('tells clients why when it stops: 320', async () => {
  const { process, uri } = await listening(start('--quiet'));
  const connection = await connect(uri);
  const closed = new Promise<Error | undefined>((resolve) => connection.on('close', resolve));
  connection.on('error', () => {});
  const stopping = process.stop('SIGINT');
  expect(String(await closed)).toMatch(/CONNECTION_FORCED - broker forced connection closure with reason 'shutdown'/);
  expect(await stopping).toEqual({ code: 0, signal: null });
});

it('suffers faults like any other broker', async () => {
  const { process, uri } = await listening(start('--quiet', '--delay', '20ms'));
  expect(await roundTrip(uri)).toBe('hello');
  expect(await process.stop()).toEqual({ code: 0, signal: null });
});

it('shows the page and API of management beside it', async () => {
  const process = start('--quiet', '--management', '0');
  const { uri } = await listening(process);
  const [, url = ''] = await process.waitForLine(/management (http:\S+)/, 'stderr');
  const connection = await connect(uri);
  onTestFinished(async () => {
    await connection.close().catch(() => {});
  });
  await (await connection.createChannel()).assertQueue('seen');
  const headers = { authorization: `Basic ${Buffer.from('guest:guest').toString('base64')}` };
  const queues = (await (await fetch(`${url}/api/queues`, { headers })).json()) as { name: string }[];
  expect(queues.map(({ name }) => name)).toEqual(['seen']);
});
