import { connect } from 'amqplib';
import { afterAll, describe, expect, it } from 'vitest';
import { freePort } from '../rig/ports.ts';
import { type RabbitMq, startRabbitMq } from '../rig/rabbitmq.ts';
import { roundTrip, startLive } from './live-cli.ts';

let broker: RabbitMq | undefined;

afterAll(() => broker?.stop());

describe('a broker that is not there', () => {
  it('is told to whoever looks, and the spy lives on', async () => {
    const port = await freePort();
    const { process, uri } = await startLive(port);
    await expect(connect(uri)).rejects.toThrow();
    const [line] = await process.waitForLine(/^.*no upstream.*$/);
    expect(line).toContain('failed');
    expect(line).toMatch(new RegExp(`127\\.0\\.0\\.1:${port}.*(refused|ECONNREFUSED)`));
    await expect(connect(uri)).rejects.toThrow();
    expect(await process.stop()).toEqual({ code: 0, signal: null });
  });

  it('is passed over for the next of several', async () => {
    broker ??= await startRabbitMq();
    const dead = await freePort();
    const { process, uri } = await startLive(dead, ['--upstream', `${dead},${broker.port}`]);
    expect(await roundTrip(uri)).toBe('hello');
    expect(await process.stop()).toEqual({ code: 0, signal: null });
  });
});

it('a broker that restarts in mid-traffic ends its connections, and new ones go to it', async () => {
  broker ??= await startRabbitMq();
  const { process, uri } = await startLive(broker.port, ['--format', 'json']);
  const connection = await connect(uri);
  connection.on('error', () => {});
  const ended = new Promise((resolve) => connection.on('close', resolve));
  const channel = await connection.createChannel();
  const publishing = setInterval(() => channel.publish('', 'nowhere', Buffer.alloc(1000)), 1);
  for (const end of ['close', 'error']) channel.on(end, () => clearInterval(publishing));
  await process.waitForLine(/"basic.publish"/);
  await broker.ctl('stop_app');
  await ended;
  // The broker closes with 320; whose socket ends first after close-ok is a race that either may win.
  await process.waitForLine(/"direction":"server-to-client".*"connection.close".*"reply_code":320/);
  await process.waitForLine(/"type":"connection.closed","by":"(server|client)"/);
  await broker.ctl('start_app');
  expect(await roundTrip(uri)).toBe('hello');
  expect(await process.stop()).toEqual({ code: 0, signal: null });
  expect(process.stderr).not.toMatch(/Error|^ +at /m);
});
