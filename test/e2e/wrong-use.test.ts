import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { finished, startCli } from '../rig/process.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'amqp-spy-wrong-'));
const notPem = path.join(folder, 'not.pem');
const server = createServer();
let taken = 0;

beforeAll(async () => {
  writeFileSync(notPem, 'not a certificate');
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  taken = (server.address() as { port: number }).port;
});

afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true, force: true });
});

/** The one line on standard error, and the exit code. */
async function complaint(args: readonly string[]): Promise<{ code: number | null; line: string }> {
  const { code, stdout, stderr } = await finished(startCli(args));
  expect(stdout).toBe('');
  expect(stderr.trimEnd().split('\n')).toHaveLength(1);
  return { code, line: stderr.trimEnd() };
}

describe('wrong use is told in one line, with exit code 2', () => {
  it.each([
    [['--no-such-option'], /unknown option '--no-such-option'/],
    [['--upstrem', '5672'], /unknown option '--upstrem' .*--upstream/],
    [['extra', '--upstream', '5672'], /unknown command 'extra'; expected read, top, broker or options$/],
    [['raed', 'x.pcap'], /unknown command 'raed'; did you mean read\?$/],
    [['--upstream', '5672', '--delay', '50'], /--delay: expected a duration with its unit, like 50ms/],
    [['--upstream', '5672', '--delay', '50ms±60ms'], /--delay: the jitter is larger than the delay/],
    [['--upstream', 'http://localhost'], /--upstream: expected an amqp:\/\/ or amqps:\/\/ URL, found http:/],
    [
      ['--upstream', 'amqp://guest:hidden@[::1'],
      /--upstream: expected amqp:\/\/host:port or amqps:\/\/host:port, found/,
    ],
    [['--upstream', '70000'], /--upstream: expected a port from 1 to 65535, found 70000/],
    [['--upstream', '1,,2'], /--upstream/],
    [['--upstream', '5672', '--listen', 'x:y'], /--listen: expected \[host:\]port, found 'x:y'/],
    [['--upstream', '5672', '--view', 'all'], /--view: expected commands, frames, raw or top, found 'all'/],
    [['--upstream', '5672', '--format', 'xml'], /--format: expected pretty, json or tracer, found 'xml'/],
    [['--upstream', '5672', '--delay', 'soon'], /--delay/],
    [['--upstream', '5672', '--drop-heartbeats', 'all'], /--drop-heartbeats: expected client, server or both/],
    [['--upstream', '5672', '--log-size', 'huge'], /--log-size/],
    [['--upstream', '5672', '--seed', '-1'], /--seed/],
    [['--upstream', '5672', '--tls-key', notPem], /--tls-cert: expected, because --tls-key is given/],
    [['--upstream', '5672', '--tls-cert', '/no/such.pem', '--tls-key', notPem], /--tls-cert: .*\/no\/such\.pem/],
    [['--upstream', '5672', '--tls-cert', notPem, '--tls-key', notPem], /--tls-cert: .*not\.pem/],
    [['--upstream', 'amqps://localhost', '--upstream-ca', '/no/such.pem'], /--upstream-ca: .*\/no\/such\.pem/],
    [['--upstream', '5672', '--upstream-ca', notPem], /--upstream-ca: goes with an amqps:\/\/ upstream/],
    [['--upstream', '5672', '--no-api', '--api-token', 'x'], /--api-token/],
    [['read'], /missing required argument 'file'/],
    [['read', 'x.pcap', '--view', 'all'], /--view: expected commands, frames or raw, found 'all'/],
    [['read', 'x.pcap', '--port', '0'], /--port/],
    [['read', 'x.pcap', '--no-such-option'], /unknown option '--no-such-option'/],
  ])('%j', async (args, words) => {
    const { code, line } = await complaint(args);
    expect({ code, line }).toEqual({ code: 2, line: expect.stringMatching(words) });
    expect(line).toMatch(/^amqp-spy: /);
    expect(line).not.toContain('hidden');
  });

  it('shows a stack trace with --debug, and only then', async () => {
    const { code, stderr } = await finished(startCli(['--upstream', '70000', '--debug']));
    expect(code).toBe(2);
    expect(stderr).toMatch(/^amqp-spy: --upstream.*\n.*\n +at /);
  });

  it.each([[['--help']], [['--version']], [['read', '--help']]])('%j is no wrong use', async (args) => {
    expect(await finished(startCli(args))).toMatchObject({ code: 0, stderr: '' });
  });
});

it.each(['--listen', '--api'])('a port in use for %s is a failure, exit code 1', async (option) => {
  const { code, line } = await complaint(['--listen', '0', '--upstream', '5672', option, `${taken}`]);
  expect({ code, line }).toEqual({ code: 1, line: expect.stringMatching(`${option}: 127.0.0.1:${taken} is in use`) });
});
