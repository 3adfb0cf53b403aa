import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { connect } from 'amqplib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { finished, startCli, startProcess } from '../rig/process.ts';
import { root } from '../rig/root.ts';
import { type SharedRabbitMq, sharedRabbitMq } from '../rig/shared-rabbitmq.ts';
import { listening, ROUND_TRIP_METHODS, roundTrip, startLive } from './live-cli.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'amqp-spy-live-'));
let broker: SharedRabbitMq;

beforeAll(async () => {
  broker = await sharedRabbitMq();
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('what is printed', () => {
  it('says on standard error where it listens and what it does, and keeps standard output for frames', async () => {
    const file = path.join(folder, 'said.pcapng');
    const args = ['--record', file, '--delay', '1ms±1ms', '--seed', '7', '--drop-heartbeats', 'both', '--show-secrets'];
    const { process, port } = await startLive(broker.port, args);
    await process.waitForLine(/secrets are shown/, 'stderr');
    expect(process.lines('stderr')).toEqual([
      `amqp-spy: listening on 127.0.0.1:${port}, upstream 127.0.0.1:${broker.port}`,
      `amqp-spy: recording to ${file}`,
      expect.stringMatching(/^amqp-spy: fault: .*1 ms/),
      expect.stringMatching(/^amqp-spy: fault: .*heartbeats/),
      'amqp-spy: seed 7',
      'amqp-spy: secrets are shown',
    ]);
    expect(process.stdout).toBe('');
  });

  it('is one JSON object a line with --format json, every frame among them', async () => {
    const { process, uri } = await startLive(broker.port, ['--format', 'json']);
    await roundTrip(uri);
    await process.waitForLine(/"type":"connection.closed"/);
    expect(await process.stop()).toEqual({ code: 0, signal: null });
    const events = process.lines().map((line) => JSON.parse(line));
    expect(events.map(({ id }) => id)).toEqual(events.map((_, index) => index + 1));
    expect(events.flatMap(({ method }) => method ?? [])).toEqual(ROUND_TRIP_METHODS);
    expect(events.filter(({ type }) => type === 'body').map(({ payload }) => atob(payload))).toEqual([
      'hello',
      'hello',
    ]);
    expect(process.lines('stderr')).toContainEqual(expect.stringMatching(/^connections +1 opened, 0 open/));
  });

  it('is a line a command by default, a line a frame with --view frames, with hex below in --view raw', async () => {
    const lines: Record<string, readonly string[]> = {};
    for (const view of ['commands', 'frames', 'raw']) {
      const { process, uri } = await startLive(broker.port, ['--view', view]);
      await roundTrip(uri);
      await process.waitForLine(/○/);
      await process.stop();
      lines[view] = process.lines();
    }
    expect(lines['commands']?.filter((line) => /hello/.test(line))).toEqual([
      expect.stringMatching(/→.*basic\.publish.*hello/),
      expect.stringMatching(/←.*basic\.get-ok.*hello/),
    ]);
    expect(lines['frames']?.filter((line) => / header .*text\/plain/.test(line))).toHaveLength(2);
    expect(lines['raw']?.filter((line) => /68 +65 6c 6c 6f/.test(line))).toHaveLength(2);
  });

  it('is nothing but the summary with --quiet, which SIGUSR2 shows at any time', async () => {
    const { process, uri } = await startLive(broker.port, ['--quiet']);
    const connection = await connect(uri);
    process.signal('SIGUSR2');
    await process.waitForLine(/connections +1 opened, 1 open/);
    expect(process.lines()[0]).toBe('');
    await connection.close();
    await process.stop();
    expect(process.stdout).toMatch(/connections +1 opened, 0 open/);
    expect(process.stdout).toMatch(/connection\.tune-ok/);
  });

  it('leaves heartbeats out with --no-heartbeats', async () => {
    const beats: number[] = [];
    for (const args of [[], ['--no-heartbeats']]) {
      const { process, uri } = await startLive(broker.port, ['--format', 'json', '--api', '0', ...args]);
      const [, api] = await process.waitForLine(/api (http:\S+)/, 'stderr');
      const connection = await connect(`${uri}?heartbeat=1`);
      await seenOn(`${api}/stream?from=1`, ({ type }) => type === 'heartbeat');
      await connection.close();
      await process.waitForLine(/"type":"connection.closed"/);
      await process.stop();
      beats.push(process.lines().filter((line) => line.includes('"type":"heartbeat"')).length);
    }
    expect(beats[0]).toBeGreaterThan(0);
    expect(beats[1]).toBe(0);
  });

  it.each([
    [[], {}, false],
    [['--color'], {}, true],
    [['--no-color'], {}, false],
    [[], { NO_COLOR: '1' }, false],
    [['--color'], { NO_COLOR: '1' }, true],
  ])('into a pipe with %j and %j: in colour is %s', async (args, env, colored) => {
    const { process, uri } = await startLive(broker.port, args, { env });
    await roundTrip(uri);
    await process.waitForLine(/○/);
    await process.stop();
    expect(process.stdout.includes('\x1b[')).toBe(colored);
  });
});

/** Resolves once the stream brings such an event. */
async function seenOn(url: string, wanted: (event: { type: string }) => boolean): Promise<void> {
  const { WebSocket } = await import('ws');
  const stream = new WebSocket(url.replace('http', 'ws'));
  await new Promise<void>((resolve, reject) => {
    stream.on('error', reject);
    stream.on('message', (data) => wanted(JSON.parse(String(data))) && resolve());
  });
  stream.terminate();
}

describe('the end', () => {
  it.each(['SIGINT', 'SIGTERM'] as const)(
    'comes with exit code 0 on %s, with all that passed in every output',
    async (signal) => {
      const file = path.join(folder, `${signal}.pcapng`);
      const { process, uri } = await startLive(broker.port, ['--format', 'json', '--record', file]);
      for (let i = 0; i < 20; i++) await roundTrip(uri, 'x'.repeat(50_000));
      expect(await process.stop(signal)).toEqual({ code: 0, signal: null });
      const printed = process.lines().map((line) => JSON.parse(line));
      const methods = printed.flatMap(({ method }) => method ?? []);
      expect(methods).toHaveLength(20 * ROUND_TRIP_METHODS.length);
      const { stdout, code } = await finished(startCli(['read', file, '--format', 'json']));
      expect(code).toBe(0);
      const read = stdout
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line));
      expect(read.flatMap(({ method }) => method ?? [])).toEqual(methods);
    },
  );

  it('ends open connections, and says so', async () => {
    const { process, uri } = await startLive(broker.port, ['--format', 'json']);
    const connection = await connect(uri);
    connection.on('error', () => {});
    const closed = new Promise((resolve) => connection.on('close', resolve));
    await process.waitForLine(/connection\.open-ok/);
    expect(await process.stop()).toEqual({ code: 0, signal: null });
    await closed;
    expect(JSON.parse(process.lines().at(-1) ?? '')).toMatchObject({ type: 'connection.closed', by: 'spy' });
  });

  it('comes quietly when the reader of standard output goes away', async () => {
    const cli = [process.execPath, path.join(root, 'dist/cli/main.js'), '--format', 'json', '--no-api'];
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is bash's.
    const script = '"$@" | head -n 3; echo "exit ${PIPESTATUS[0]}"';
    const arguments_ = ['-c', script, 'bash', ...cli, '--listen', '0', '--upstream', `${broker.port}`];
    const shell = startProcess('bash', arguments_);
    const { uri } = await listening(shell);
    let ended = false;
    void shell.exit.then(() => {
      ended = true;
    });
    while (!ended) await roundTrip(uri).catch(() => {});
    expect(shell.lines()).toHaveLength(4);
    expect(shell.lines().at(-1)).toBe('exit 0');
    expect(shell.stderr).not.toMatch(/EPIPE|Error|^ +at /m);
  });
});

describe('secrets', () => {
  it.each([
    [[], false],
    [['--show-secrets'], true],
  ])('with %j: are shown is %s, on every output', async (args, shown) => {
    const secret = 'swordfish';
    const file = path.join(folder, `secrets-${shown}.pcapng`);
    const { process, port, uri } = await startLive(broker.port, [
      '--format',
      'json',
      '--record',
      file,
      '--api',
      '0',
      ...args,
    ]);
    const [, api] = await process.waitForLine(/api (http:\S+)/, 'stderr');
    const refused = connect(`amqp://guest:${secret}@127.0.0.1:${port}`);
    await expect(refused).rejects.toThrow(/ACCESS.REFUSED/);
    const connection = await connect(uri);
    await connection.updateSecret(Buffer.from(secret), 'renewed');
    await connection.close();
    const pages = ['/api/frames?limit=1000', '/api/connections', '/metrics', '/api/frames/4'];
    const told = await Promise.all(pages.map(async (page) => await (await fetch(`${api}${page}`)).text()));
    expect(told[0]).toContain('connection.update-secret');
    await process.stop();
    const recording = readFileSync(file);
    const outputs = [process.stdout, told[0]!, recording.toString('latin1')];
    expect(outputs.map((output) => output.includes(secret))).toEqual([shown, shown, shown]);
    const hidden = [process.stderr, ...told.slice(1, 3)];
    expect(hidden.filter((output) => output.includes(secret))).toEqual([]);
    // The user name is no secret, so that of the password guest only the response could tell.
    expect(recording.includes('\0guest\0guest')).toBe(shown);
    expect(process.stdout.includes('\\u0000guest\\u0000guest')).toBe(shown);
  });
});
