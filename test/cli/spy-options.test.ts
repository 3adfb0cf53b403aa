// The live command's options: what they become, and that every wrong one is named in one line.

import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Command } from 'commander';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { addSpyOptions, parseApiAddress, parseSpyOptions, type SpyOptionValues } from '../../src/cli/spy-options.ts';
import { ConfigError } from '../../src/errors.ts';
import { testCertificates } from '../proxy/tls-files.ts';
import { startCli } from '../rig/process.ts';

const files = await testCertificates();
const folder = mkdtempSync(path.join(tmpdir(), 'amqp-spy-options-'));
const garbage = path.join(folder, 'garbage.pem');
beforeAll(() => writeFileSync(garbage, 'not a certificate'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The values as commander reads them from a command line. */
function values(...args: string[]): SpyOptionValues {
  const command = addSpyOptions(new Command()).exitOverride();
  command.parse(args, { from: 'user' });
  return command.opts();
}

const parse = (...args: string[]) => parseSpyOptions(values('--upstream', '5672', ...args));
const secure = (...args: string[]) => parseSpyOptions(values('--upstream', 'amqps://rabbit.test', ...args));

const { serverFiles, clientFiles, strangerFiles, caFile } = files;
const serverArgs = ['--tls-cert', serverFiles.certFile, '--tls-key', serverFiles.keyFile];

test('an upstream is all that is needed', async () => {
  expect(await parse()).toMatchObject({
    listen: { host: '127.0.0.1', port: 5673 },
    upstreams: [{ host: '127.0.0.1', port: 5672, tls: false }],
    upstreamTls: {},
    faults: [],
    logSize: 256 << 20,
    showSecrets: false,
  });
  expect(parseApiAddress(values('-u', '5672'))).toEqual({ host: '127.0.0.1', port: 15673 });
});

test('all options together', async () => {
  const faults = ['--delay', '50ms±20ms', '--drop-heartbeats', 'server', '--seed', '4294967295'];
  const rest = ['--log-size', '64MiB', '--show-secrets', '--tls-ca', caFile, ...serverArgs];
  const upstream = [
    '--upstream-ca',
    caFile,
    '--upstream-cert',
    clientFiles.certFile,
    '--upstream-key',
    clientFiles.keyFile,
  ];
  const more = ['--upstream-servername', 'other.test', '--insecure-upstream'];
  expect(await secure('-l', '0.0.0.0:1', ...faults, ...rest, ...upstream, ...more)).toEqual({
    listen: { host: '0.0.0.0', port: 1 },
    upstreams: [{ host: 'rabbit.test', port: 5671, tls: true }],
    tls: { ...files.server, ca: files.ca, requestCert: true, rejectUnauthorized: true },
    upstreamTls: { ca: files.ca, ...files.client, servername: 'other.test', insecure: true },
    faults: [
      { kind: 'delay', options: { ms: 50, jitterMs: 20 } },
      { kind: 'drop-heartbeats', options: { from: 'server' } },
    ],
    seed: 2 ** 32 - 1,
    logSize: 64 << 20,
    showSecrets: true,
  });
});

test('without a seed one is drawn', async () => {
  const { seed } = await parse();
  expect(Number.isInteger(seed) && seed! >= 0 && seed! < 2 ** 32).toBe(true);
});

test('the API can be elsewhere, or nowhere', () => {
  expect(parseApiAddress(values('--api', '[::1]:8080'))).toEqual({ host: '::1', port: 8080 });
  expect(parseApiAddress(values('--no-api'))).toBeUndefined();
  expect(() => parseApiAddress(values('--no-api', '--api-token', 'x'))).toThrow(/^--api-token: /);
  expect(() => parseApiAddress(values('--api', 'everywhere'))).toThrow(
    /^--api: expected \[host:\]port, found 'everywhere'/,
  );
});

describe('what is wrong is named', () => {
  test.each<[string, string[]]>([
    ['--listen', ['--listen', 'nowhere']],
    ['--delay', ['--delay', 'soon']],
    ['--drop-heartbeats', ['--drop-heartbeats', 'all']],
    ['--seed', ['--seed', '-1']],
    ['--seed', ['--seed', '4294967296']],
    ['--seed', ['--seed', '1e3']],
    ['--log-size', ['--log-size', 'much']],
    ['--log-size', ['--log-size', '1KiB']],
    ['--log-size', ['--log-size', '5GiB']],
    ['--tls', ['--tls', 'yes']],
    ['--tls', ['--tls', 'auto', ...serverArgs]],
    ['--tls-cert', ['--tls-key', serverFiles.keyFile]],
    ['--tls-key', ['--tls-cert', serverFiles.certFile]],
    ['--tls-ca', ['--tls-ca', caFile]],
    ['--tls-cert', ['--tls-cert', '/nowhere.pem', '--tls-key', serverFiles.keyFile]],
    ['--tls-key', ['--tls-cert', serverFiles.certFile, '--tls-key', folder]],
    ['--tls-cert', ['--tls-cert', garbage, '--tls-key', serverFiles.keyFile]],
    ['--tls-cert', ['--tls-cert', serverFiles.certFile, '--tls-key', strangerFiles.keyFile]],
    ['--tls-ca', [...serverArgs, '--tls-ca', '/nowhere.pem']],
    ['--tls-ca', [...serverArgs, '--tls-ca', garbage]],
    ['--upstream-ca', ['--upstream-ca', caFile]],
    ['--insecure-upstream', ['--insecure-upstream']],
    ['--upstream-servername', ['--upstream-servername', 'x']],
  ])('%s: %j', async (option, args) => {
    const parsing = parse(...args);
    await expect(parsing).rejects.toBeInstanceOf(ConfigError);
    await expect(parsing).rejects.toMatchObject({
      path: option,
      message: expect.stringMatching(/^--[a-z-]+: [^\n]+$/),
    });
  });

  test.each<[string, string[]]>([
    ['--upstream-cert', ['--upstream-cert', clientFiles.certFile]],
    ['--upstream-cert', ['--upstream-key', clientFiles.keyFile]],
    ['--upstream-cert', ['--upstream-cert', clientFiles.certFile, '--upstream-key', strangerFiles.keyFile]],
    ['--upstream-cert', ['--upstream-cert', '/nowhere.pem', '--upstream-key', clientFiles.keyFile]],
    ['--upstream-key', ['--upstream-cert', clientFiles.certFile, '--upstream-key', '/nowhere.pem']],
    ['--upstream-ca', ['--upstream-ca', '/nowhere.pem']],
    ['--upstream-ca', ['--upstream-ca', garbage]],
  ])('with an amqps:// upstream, %s: %j', async (option, args) => {
    const parsing = secure(...args);
    await expect(parsing).rejects.toBeInstanceOf(ConfigError);
    await expect(parsing).rejects.toMatchObject({
      path: option,
      message: expect.stringMatching(/^--[a-z-]+: [^\n]+$/),
    });
  });

  test.each([
    [['--data-dir', 'data']],
    [['--definitions', 'defs.json']],
    [['--management']],
    [['--memory-limit', '1GiB']],
    [['--consumer-timeout', '1m']],
  ])('%j is for the own broker, and --upstream names another', async (own) => {
    await expect(parse(...own)).rejects.toThrow(`${own[0]}: is for the spy's own broker, and --upstream names another`);
  });
});

test('--tls auto makes an authority in the user’s folder once, and says where it is', async () => {
  const args = ['-u', '5672', '-l', '0', '--no-api', '--quiet', '--tls', 'auto'];
  const certFile = path.join(folder, 'amqp-spy', 'ca.pem');
  const made: string[] = [];
  for (const words of ['made a local certificate authority', 'local certificate authority']) {
    const spy = startCli(args, { env: { XDG_CONFIG_HOME: folder } });
    await spy.waitForLine(/listening on amqps:/, 'stderr');
    await spy.stop();
    expect(spy.stderr).toContain(`${words}: clients must trust ${certFile}\n`);
    made.push(readFileSync(certFile, 'utf8'));
  }
  expect(made[0]).toBe(made[1]);
  expect(statSync(path.join(folder, 'amqp-spy', 'ca-key.pem')).mode & 0o777).toBe(0o600);
});
