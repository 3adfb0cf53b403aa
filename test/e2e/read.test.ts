import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { finished, startCli } from '../rig/process.ts';
import { root } from '../rig/root.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'amqp-spy-read-'));
const capture = path.join(root, 'fixtures/captures/amqplib.pcap');
const bytes = readFileSync(capture);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function saved(name: string, content: Uint8Array | string): string {
  const file = path.join(folder, name);
  writeFileSync(file, content);
  return file;
}

function parsed(lines: string): readonly { readonly type: string; readonly id: number }[] {
  return lines
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
}

describe('a capture that cannot be read is told in one line, with exit code 1', () => {
  it.each([
    ['no file', '/no/such.pcap', /\/no\/such\.pcap/],
    ['a folder', folder, /directory/],
    ['an empty file', saved('empty.pcap', ''), /empty|byte 0/],
    ['no capture', saved('text.pcap', 'this is text and no capture, whatever its name says'), /byte 0/],
    ['a cut file header', saved('header.pcap', bytes.subarray(0, 10)), /byte/],
  ])('%s', async (_, file, words) => {
    const { code, stdout, stderr } = await finished(startCli(['read', file, '--format', 'json']));
    expect({ code, stdout, stderr }).toEqual({ code: 1, stdout: '', stderr: expect.stringMatching(words) });
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
    expect(stderr).toMatch(/^amqp-spy: /);
  });

  it('a wrong use of the file system shows a stack trace with --debug', async () => {
    const { code, stderr } = await finished(startCli(['read', '/no/such.pcap', '--debug']));
    expect(code).toBe(1);
    expect(stderr).toMatch(/\n +at /);
  });
});

describe('what stands before the damage is shown', () => {
  it('of a capture that is cut, every frame before the cut', async () => {
    const whole = await finished(startCli(['read', capture, '--format', 'json']));
    const cut = saved('cut.pcap', bytes.subarray(0, Math.floor(bytes.length / 2)));
    const part = await finished(startCli(['read', cut, '--format', 'json']));
    expect([whole.code, part.code]).toEqual([0, 1]);
    expect(part.stderr).toMatch(/^amqp-spy: .*\n$/);
    const frames = parsed(part.stdout).filter(({ type }) => ['method', 'header', 'body'].includes(type));
    expect(frames.length).toBeGreaterThan(5);
    const all = new Map(parsed(whole.stdout).map((event) => [event.id, event]));
    for (const frame of frames) expect(frame).toEqual(all.get(frame.id));
  });

  it('of a corrupt capture, with the place of the damage', async () => {
    const corrupt = Buffer.concat([bytes, Buffer.alloc(64, 0xff)]);
    const { code, stdout, stderr } = await finished(startCli(['read', saved('bad.pcap', corrupt), '--format', 'json']));
    expect(code).toBe(1);
    expect(stderr).toContain(`byte ${bytes.length}`);
    expect(parsed(stdout).length).toBeGreaterThan(10);
  });
});

it('reads standard input as it reads a file', async () => {
  const file = await finished(startCli(['read', capture]));
  const input = await finished(startCli(['read', '-'], { input: { data: bytes } }));
  expect(input).toEqual(file);
});
