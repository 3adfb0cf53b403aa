// The `read` command as a shell sees it: options, exit codes, pipes.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readCommand } from '../../src/cli/read.ts';
import { ConfigError } from '../../src/errors.ts';
import { finished, startCli } from '../rig/process.ts';

const fixtures = path.join(import.meta.dirname, '../../fixtures');
const amqplib = path.join(fixtures, 'captures/amqplib.pcap');
const golden = path.join(fixtures, 'golden/amqplib.ndjson');
const folder = mkdtempSync(path.join(tmpdir(), 'amqp-spy-read-'));

afterAll(() => {
  rmSync(folder, { recursive: true });
});

function parse(...args: string[]): Promise<unknown> {
  return readCommand().parseAsync([amqplib, ...args], { from: 'user' });
}

describe('amqp-spy read', () => {
  it.each([
    [['--port', '0'], "--port: expected ports from 1 to 65535, separated by commas; found '0'"],
    [['--port', '5672,http'], "--port: expected ports from 1 to 65535, separated by commas; found '5672,http'"],
    [['--log-size', 'big'], "--log-size: expected a size such as 64MiB, found 'big'"],
    [['--log-size', '64constructor'], "--log-size: expected a size such as 64MiB, found '64constructor'"],
    [['--view', 'hex'], "--view: expected commands, frames or raw, found 'hex'"],
    [['--view', 'top'], "--view: expected commands, frames or raw, found 'top'"],
    [['--findings', '--messages'], '--messages: goes without --findings: one report at a time'],
    [['--summary', '--message-id', 'x'], '--message-id: goes without --summary: one report at a time'],
    [['--topology', 'svg'], "--topology: expected dot, mermaid or json, found 'svg'"],
    [
      ['--topology', 'dot', '--format', 'json'],
      '--topology: dot is no JSON: leave --format out, or ask for --topology json',
    ],
    [['--messages', '--format', 'tracer'], '--format: a report is pretty or json'],
    [['--messages', '--view', 'raw'], '--view: goes without a report, which shows no frames'],
    [['--findings', '--findings-only'], '--findings-only: goes without a report, which shows no frames'],
    [['--findings', '--quiet'], '--quiet: goes without a report, which shows no frames'],
    [['--quiet', '--findings-only'], '--findings-only: goes without --quiet'],
  ])('refuses %j', async (args, message) => {
    await expect(parse(...args)).rejects.toThrow(
      new ConfigError(message.split(': ')[0]!, message.split(': ').slice(1).join(': ')),
    );
  });

  it('prints a capture and ends with 0', async () => {
    const { stdout, stderr, code } = await finished(startCli(['read', amqplib, '--format', 'json']));
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toBe(readFileSync(golden, 'utf8'));
  });

  it('reads a pipe', async () => {
    const input = { data: readFileSync(amqplib) };
    const { stdout, code } = await finished(startCli(['read', '-', '--format', 'json'], { input }));
    expect(code).toBe(0);
    expect(stdout).toBe(readFileSync(golden, 'utf8'));
  });

  it('ends with 2 for wrong use and with 1 for what cannot be read, one line on stderr each', async () => {
    const cut = path.join(folder, 'cut.pcap');
    writeFileSync(cut, readFileSync(amqplib).subarray(0, 20_000));
    const outcomes = [];
    for (const args of [['--view', 'hex', amqplib], ['missing.pcap'], [cut]]) {
      const { stdout, stderr, code } = await finished(startCli(['read', ...args]));
      outcomes.push([code, stdout === '', stderr]);
    }
    expect(outcomes).toEqual([
      [2, true, "amqp-spy: --view: expected commands, frames or raw, found 'hex'\n"],
      [1, true, 'amqp-spy: cannot read missing.pcap: there is no such file\n'],
      [1, false, expect.stringMatching(/^amqp-spy: .*cut\.pcap is cut: [^\n]*\n$/)],
    ]);
  });

  it('shows what came and ends with 130 when it is interrupted twice while its pipe goes on', async () => {
    const reader = startCli(['read', '-', '--format', 'json'], { input: 'pipe' });
    await reader.write(readFileSync(amqplib).subarray(0, 20_000));
    await reader.waitForLine(/"method":"basic.publish"/);
    reader.signal('SIGINT');
    reader.signal('SIGTERM');
    const { stdout, code } = await finished(reader);
    expect(code).toBe(130);
    expect(stdout.trimEnd().split('\n').at(-1)).toContain('"how":"capture-ended"');
  });
});
