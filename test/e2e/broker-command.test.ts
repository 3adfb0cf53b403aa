// `amqp-spy broker`: the broker alone, as a process.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { connect } from 'amqplib';
import { afterAll, describe, expect, it, onTestFinished } from 'vitest';
import { isListening } from '../rig/ports.ts';
import { finished, type RigProcess, startCli } from '../rig/process.ts';
import { roundTrip } from './live-cli.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'amqp-spy-broker-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function startBroker(...args: readonly string[]): Promise<{ process: RigProcess; uri: string; port: number }> {
  const process = startCli(['broker', '--port', '0', ...args]);
  onTestFinished(async () => {
    await process.kill();
  });
  const [, port = ''] = await process.waitForLine(/broker on 127\.0\.0\.1:(\d+)/, 'stderr');
  return { process, port: Number(port), uri: `amqp://guest:guest@127.0.0.1:${port}` };
}

describe('amqp-spy broker', () => {
  it('serves clients, logs as operators know it, and stops on a signal', async () => {
    const { process, uri, port } = await startBroker();
    expect(await roundTrip(uri)).toBe('hello');
    await process.waitForLine(
      /^\d{4}-\d\d-\d\dT[\d:.]+Z \[info\] 127\.0\.0\.1:\d+ -> 127\.0\.0\.1:\d+: user 'guest' authenticated/,
      'stderr',
    );
    expect(await process.stop()).toEqual({ code: 0, signal: null });
    expect(process.stdout).toBe('');
    expect(await isListening(port)).toBe(false);
  });

  it('keeps durable queues and persistent messages in a data folder, past a kill', async () => {
    const dataDir = path.join(folder, 'kept');
    const first = await startBroker('--data-dir', dataDir);
    const connection = await connect(first.uri);
    connection.on('error', () => {});
    const channel = await connection.createConfirmChannel();
    await channel.assertExchange('orders', 'topic', { durable: true });
    await channel.assertQueue('kept', { durable: true });
    await channel.bindQueue('kept', 'orders', '*.new');
    channel.publish('orders', 'eu.new', Buffer.from('persistent'), { persistent: true });
    channel.publish('orders', 'eu.new', Buffer.from('transient'));
    await channel.waitForConfirms();
    await first.process.kill();

    const second = await startBroker('--data-dir', dataDir, '--quiet');
    const again = await connect(second.uri);
    const reader = await again.createChannel();
    await reader.checkExchange('orders');
    expect(await reader.checkQueue('kept')).toMatchObject({ messageCount: 1 });
    const message = await reader.get('kept', { noAck: true });
    expect(String((message || undefined)?.content)).toBe('persistent');
    reader.publish('orders', 'us.new', Buffer.from('still bound'));
    await again.close();
    expect(await second.process.stop()).toEqual({ code: 0, signal: null });
  });

  it('loads definitions', async () => {
    const file = path.join(folder, 'definitions.json');
    const definitions = {
      users: [{ name: 'ann', password: 'secret', tags: 'administrator' }],
      vhosts: [{ name: 'shop' }],
      permissions: [{ user: 'ann', vhost: 'shop', configure: '.*', write: '.*', read: '.*' }],
      queues: [{ name: 'orders', vhost: 'shop', durable: true, auto_delete: false, arguments: { 'x-max-length': 3 } }],
    };
    writeFileSync(file, JSON.stringify(definitions));
    const { port } = await startBroker('--definitions', file);
    const connection = await connect(`amqp://ann:secret@127.0.0.1:${port}/shop`);
    const channel = await connection.createChannel();
    expect(await channel.assertQueue('orders', { durable: true, arguments: { 'x-max-length': 3 } })).toMatchObject({
      messageCount: 0,
    });
    await connection.close();
  });

  it.each([
    [['--port', 'x:y'], 2, /--port: expected \[host:\]port, found 'x:y'/],
    [
      ['--definitions', path.join(folder, 'none.json')],
      2,
      /--definitions: cannot read .*none\.json: there is no such file/,
    ],
    [['--memory-limit', 'lots'], 2, /--memory-limit/],
    [
      ['--consumer-timeout', 'soon'],
      2,
      /--consumer-timeout: expected a duration with its unit, like 30m, found 'soon'/,
    ],
    [['--consumer-timeout', '5'], 2, /--consumer-timeout: expected a duration with its unit, like 30m, found '5'/],
    [['--management', 'x:y'], 2, /--management: expected \[host:\]port/],
  ])('tells wrong use in one line: %j', async (args, exitCode, expected) => {
    const { code, stdout, stderr } = await finished(startCli(['broker', '--port', '0', ...args]));
    expect(stderr).toMatch(expected);
    expect({ code, stdout, lines: stderr.trimEnd().split('\n').length }).toEqual({
      code: exitCode,
      stdout: '',
      lines: 1,
    });
  });

  it('tells where broken definitions are wrong', async () => {
    const file = path.join(folder, 'broken.json');
    writeFileSync(file, '{"queues": [{"name": "q", "vhost": "/", "durable": "yes"}]}');
    const { code, stderr } = await finished(startCli(['broker', '--port', '0', '--definitions', file]));
    expect(stderr).toMatch(/queues\[0\]\.durable/);
    expect(code).toBe(2);
  });

  it('takes no other JSON for definitions', async () => {
    const file = path.join(folder, 'other.json');
    writeFileSync(file, '{"name": "shop", "queue": []}');
    const { code, stderr } = await finished(startCli(['broker', '--port', '0', '--definitions', file]));
    expect(stderr).toMatch(/other\.json: these are no definitions: none of users, vhosts, .* is in it/);
    expect(code).toBe(2);
  });

  it('refuses a data folder that cannot be made', async () => {
    const { code, stderr } = await finished(startCli(['broker', '--port', '0', '--data-dir', '/proc/none/data']));
    expect(stderr).toMatch(/^amqp-spy: --data-dir.*\/proc\/none\/data/);
    expect(code).toBe(2);
  });

  it('keeps what is in a quorum queue, transient messages too', async () => {
    const dataDir = path.join(folder, 'quorum');
    const first = await startBroker('--data-dir', dataDir);
    const connection = await connect(first.uri);
    connection.on('error', () => {});
    const channel = await connection.createConfirmChannel();
    await channel.assertQueue('quorum', { durable: true, arguments: { 'x-queue-type': 'quorum' } });
    channel.sendToQueue('quorum', Buffer.from('transient'));
    await channel.waitForConfirms();
    await first.process.kill();
    const second = await startBroker('--data-dir', dataDir);
    const again = await connect(second.uri);
    expect(await (await again.createChannel()).checkQueue('quorum')).toMatchObject({ messageCount: 1 });
    await again.close();
  });

  it('tells of a port and of a data folder that are in use', async () => {
    const dataDir = path.join(folder, 'in-use');
    const { port } = await startBroker('--data-dir', dataDir);
    const taken = await finished(startCli(['broker', '--port', `${port}`]));
    expect(taken).toMatchObject({ code: 1, stderr: expect.stringMatching(/in use by another program/) });
    const shared = await finished(startCli(['broker', '--port', '0', '--data-dir', dataDir]));
    expect(shared.stderr).toMatch(/in use/);
    expect(shared.code).not.toBe(0);
  });
});
