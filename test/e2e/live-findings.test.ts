// What the live command makes of a program with a mistake: findings alone, and the full screen of its own spy.

import path from 'node:path';
import { connect } from 'amqplib';
import { expect, it, onTestFinished } from 'vitest';
import { finished, startCli, startProcess } from '../rig/process.ts';
import { root } from '../rig/root.ts';
import { listening, roundTrip } from './live-cli.ts';

/** Acknowledges what was never delivered, and waits for the answer. */
async function acknowledgeNothing(uri: string): Promise<void> {
  const connection = await connect(uri, { clientProperties: { connection_name: 'mistaken' } });
  const channel = await connection.createChannel();
  const closed = new Promise((resolve) => channel.on('error', resolve));
  channel.ack({ fields: { deliveryTag: 7 } } as Parameters<typeof channel.ack>[0]);
  await closed;
  await connection.close();
}

it('prints findings and nothing else with --findings-only, and the summary as ever', async () => {
  const process = startCli(['--listen', '0', '--no-api', '--findings-only', '--format', 'json']);
  onTestFinished(async () => {
    await process.kill();
  });
  const { uri } = await listening(process);
  expect(await roundTrip(uri)).toBe('hello');
  await acknowledgeNothing(uri);
  await process.waitForLine(/"severity":"error"/);
  expect(await process.stop()).toEqual({ code: 0, signal: null });
  const notes = process
    .lines()
    .map((line) => JSON.parse(line) as { type: string; connection: number; advice: string; evidence: number[] });
  expect(notes).toEqual([expect.objectContaining({ type: 'finding', connection: 2, channel: 1 })]);
  expect(process.stderr).toMatch(/channel\.close 406 PRECONDITION_FAILED, see findings/);
});

it('shows its own spy full-screen with --view top, and the summary after it', async () => {
  const command = [process.execPath, path.join(root, 'dist/cli/main.js'), '--listen', '0', '--no-api', '--view', 'top'];
  const terminal = startProcess(
    '/usr/bin/python3',
    [path.join(import.meta.dirname, 'terminal.py'), '100', '30', ...command],
    {
      input: 'pipe',
      env: { TERM: 'xterm-256color', NO_COLOR: undefined, FORCE_COLOR: undefined, NODE_OPTIONS: undefined },
    },
  );
  onTestFinished(async () => {
    await terminal.kill();
  });
  const [, port = ''] = await terminal.waitForLine(/listening on 127\.0\.0\.1:(\d+)/);
  await acknowledgeNothing(`amqp://guest:guest@127.0.0.1:${port}`);
  await terminal.waitFor(() => (terminal.stdout.includes('mistaken') ? true : undefined), 'the connection');
  terminal.write('q');
  await terminal.waitForLine(/^ended 0 same/, 'stderr');
  const after = terminal.stdout.slice(terminal.stdout.lastIndexOf('\x1b[?1049l'));
  expect(after).toMatch(/channel exception/);
  expect(after).toMatch(/1 opened, 0 open/);
});

it('wants a terminal for the full screen', async () => {
  const { code, stderr } = await finished(startCli(['--listen', '0', '--no-api', '--view', 'top']));
  expect(code).toBe(2);
  expect(stderr).toMatch(/^amqp-spy: --view: standard output is no terminal; .*\n$/);
});
