// A running `amqp-spy`, the built command line, in front of a RabbitMQ; and an application that goes through it.
// Counterpart: the rig's process.ts, which owns the process.

import { connect } from 'amqplib';
import { onTestFinished } from 'vitest';
import { type ProcessOptions, type RigProcess, startCli } from '../rig/process.ts';

export interface LiveCli {
  readonly process: RigProcess;
  /** The port for clients. */
  readonly port: number;
  /** `amqp://guest:guest@127.0.0.1:port` */
  readonly uri: string;
}

/** Starts it on a free port, without an API unless the arguments have one; resolves once it listens. */
export async function startLive(
  upstream: number,
  args: readonly string[] = [],
  options: ProcessOptions = {},
): Promise<LiveCli> {
  const api = args.includes('--api') ? [] : ['--no-api'];
  const process = startCli(['--listen', '0', '--upstream', `${upstream}`, ...api, ...args], options);
  onTestFinished(async () => {
    await process.kill();
  });
  return await listening(process);
}

export async function listening(process: RigProcess): Promise<LiveCli> {
  const [, port = ''] = await process.waitForLine(/listening on 127\.0\.0\.1:(\d+)/, 'stderr');
  return { process, port: Number(port), uri: `amqp://guest:guest@127.0.0.1:${port}` };
}

/** One message there and back. */
export async function roundTrip(uri: string, text = 'hello'): Promise<string> {
  const connection = await connect(uri, { clientProperties: { connection_name: 'round-trip' } });
  connection.on('error', () => {});
  const channel = await connection.createConfirmChannel();
  const { queue } = await channel.assertQueue('', { exclusive: true });
  channel.sendToQueue(queue, Buffer.from(text), { contentType: 'text/plain' });
  await channel.waitForConfirms();
  const message = await channel.get(queue, { noAck: true });
  await connection.close();
  return message ? message.content.toString() : '';
}

/** What roundTrip does, as JSON shows it: frames sent by both sides. */
export const ROUND_TRIP_METHODS: readonly string[] = [
  ...['connection.start', 'connection.start-ok', 'connection.tune', 'connection.tune-ok', 'connection.open'],
  ...['connection.open-ok', 'channel.open', 'channel.open-ok', 'confirm.select', 'confirm.select-ok'],
  ...['queue.declare', 'queue.declare-ok', 'basic.publish', 'basic.ack', 'basic.get', 'basic.get-ok'],
  ...['connection.close', 'connection.close-ok'],
];
