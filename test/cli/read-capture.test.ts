// `amqp-spy read`: whole, cut and broken captures, pipes that go on, readers that go away.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { PassThrough, Readable, Writable } from 'node:stream';
import { afterAll, describe, expect, it } from 'vitest';
import { type ReadOptions, readCapture } from '../../src/cli/read-capture.ts';
import { parseViewOptions } from '../../src/cli/view-options.ts';
import { Screen } from './traffic.ts';

const captures = path.join(import.meta.dirname, '../../fixtures/captures');
const folder = mkdtempSync(path.join(tmpdir(), 'amqp-spy-read-'));
const amqplib = path.join(captures, 'amqplib.pcap');

afterAll(() => {
  rmSync(folder, { recursive: true });
});

function options(
  overrides: Partial<ReadOptions> & { format?: string; summary?: boolean; heartbeats?: boolean } = {},
): ReadOptions {
  const { format = 'json', summary = false, heartbeats = true, ...others } = overrides;
  const view = parseViewOptions({ format, heartbeats, color: false });
  const report = summary ? ({ kind: 'summary' } as const) : undefined;
  return { view, report, ports: undefined, logSize: 16 << 20, showSecrets: false, ...others };
}

interface Result {
  readonly code: number | undefined;
  readonly error: string | undefined;
  readonly lines: string[];
  readonly stderr: string;
}

async function read(file: string, chosen = options(), stdin: Readable = Readable.from([])): Promise<Result> {
  const stdout = new Screen();
  const stderr = new Screen();
  let code: number | undefined;
  let error: string | undefined;
  try {
    code = await readCapture(file, chosen, { stdin, stdout, stderr });
  } catch (thrown) {
    error = (thrown as Error).message;
  }
  return { code, error, lines: stdout.lines, stderr: stderr.text };
}

function withoutFindings(lines: readonly string[]): string[] {
  return lines.filter((line) => !line.includes('"type":"finding"'));
}

function made(name: string, bytes: Uint8Array | string): string {
  const file = path.join(folder, name);
  writeFileSync(file, bytes);
  return file;
}

describe('reading a capture', () => {
  it('gives the same from a file, from a pipe, and in crumbs', async () => {
    const bytes = readFileSync(amqplib);
    const fromFile = await read(amqplib);
    expect(fromFile).toMatchObject({ code: 0, error: undefined, stderr: '' });
    expect(withoutFindings(fromFile.lines)).toHaveLength(91);
    expect(await read('-', options(), Readable.from([bytes]))).toEqual(fromFile);
    const crumbs = Array.from({ length: Math.ceil(bytes.length / 7) }, (_, i) => bytes.subarray(7 * i, 7 * i + 7));
    expect(await read('-', options(), Readable.from(crumbs))).toEqual(fromFile);
  });

  it('shows what comes while it comes', async () => {
    const bytes = readFileSync(amqplib);
    const stdin = new PassThrough();
    const stdout = new Screen();
    const done = readCapture('-', options(), { stdin, stdout, stderr: new Screen() });
    stdin.write(bytes.subarray(0, 20_000));
    while (stdout.lines.length < 10) await new Promise(setImmediate);
    stdin.end(bytes.subarray(20_000));
    expect(await done).toBe(0);
    expect(withoutFindings(stdout.lines)).toHaveLength(91);
  });

  it('shows all frames before a cut, and says where it is', async () => {
    const whole = await read(amqplib);
    const cut = await read(made('cut.pcap', readFileSync(amqplib).subarray(0, 20_000)));
    expect(cut.error).toMatch(
      /^.*cut\.pcap is cut: its last packet, at byte \d+, lacks \d+ bytes; all before it was read$/,
    );
    const frames = cut.lines.filter((line) => line.includes('"direction"') && !line.includes('"type":"unfinished"'));
    expect(frames.length).toBeGreaterThan(40);
    expect(whole.lines.slice(0, 40)).toEqual(cut.lines.slice(0, 40));
  });

  it('shows all frames before what is broken', async () => {
    const broken = await read(made('broken.pcap', Buffer.concat([readFileSync(amqplib), Buffer.alloc(64, 0xff)])));
    expect(broken.error).toMatch(/corrupt pcap file.*\(at byte \d+\)/);
    expect(broken.lines).toEqual((await read(amqplib)).lines);
  });

  it.each([
    ['nothing', '', /a capture of 0 bytes, expected a pcap or pcapng file/],
    ['no capture', 'hello world, this is text', /not a capture: begins with 68 65 6c 6c/],
  ])('refuses %s', async (_, text, message) => {
    expect((await read(made('wrong', text))).error).toMatch(message);
  });

  it('ends with 1 if no message has the id that was asked for', async () => {
    const journey = (messageId: string) => options({ format: 'pretty', report: { kind: 'journey', messageId } });
    expect(await read(amqplib, journey('nosuch'))).toMatchObject({
      code: 1,
      lines: ['no message has the message_id nosuch'],
    });
  });

  it('says what is wrong with a file that cannot be opened', async () => {
    const missing = path.join(folder, 'missing.pcap');
    expect((await read(missing)).error).toBe(`cannot read ${missing}: there is no such file`);
    expect((await read(folder)).error).toBe(`cannot read ${folder}: it is a directory`);
  });

  it('wants a pipe, no terminal, on standard input', async () => {
    const terminal = Object.assign(Readable.from([]), { isTTY: true });
    expect((await read('-', options(), terminal)).error).toBe(
      'read -: expected a capture on standard input, found a terminal',
    );
  });

  it('says when there is no AMQP, and what to do about it', async () => {
    const header = readFileSync(amqplib).subarray(0, 24);
    const none = await read(made('none.pcap', header));
    expect(none).toMatchObject({ code: 0, lines: [] });
    expect(none.stderr).toMatch(/^amqp-spy: no AMQP in 0 packets of .*none\.pcap: 0 TCP connections are not AMQP\n$/);
  });

  it('leaves heartbeats out when asked to', async () => {
    const all = (await read(amqplib)).lines;
    const without = (await read(amqplib, options({ heartbeats: false }))).lines;
    expect(without).toEqual(all.filter((line) => !line.includes('"type":"heartbeat"')));
    expect(without.length).toBeLessThan(all.length);
  });

  it('shows secrets only when asked to', async () => {
    expect((await read(amqplib)).lines.join()).toContain('"response":"[redacted]"');
    const shown = (await read(amqplib, options({ showSecrets: true }))).lines.join();
    expect(shown).toContain('"response":"\\u0000guest\\u0000guest"');
  });

  it('makes nothing but a summary of it', async () => {
    const { lines, code } = await read(amqplib, options({ format: 'pretty', summary: true }));
    expect(code).toBe(0);
    expect(lines.filter((line) => !line.startsWith(' ')).slice(1, 4)).toEqual([
      'connections  1 opened, 0 open',
      expect.stringMatching(
        /^#1 {2}amqplib traffic {2}amqplib 2\.3\.1 {2}guest {2}\/ .*client closed: 200 Cheers, thanks/,
      ),
      '',
    ]);
    expect(lines).toContainEqual(expect.stringMatching(/^basic\.publish +4 +129$/));
    expect(lines).toContainEqual(expect.stringMatching(/^channel\.close 404 NOT_FOUND, see findings +1 +#1$/));
    expect(lines).toContainEqual(expect.stringMatching(/^▲ A queue or exchange is not there +#1 amqplib tra… ch2 +1$/));
  });

  it('waits for a slow reader instead of piling up', async () => {
    let most = 0;
    const taken: string[] = [];
    const slow = new Writable({
      highWaterMark: 1,
      write(chunk: Buffer, _, done) {
        most = Math.max(most, slow.writableLength);
        taken.push(String(chunk));
        setImmediate(done);
      },
    });
    const bytes = readFileSync(amqplib);
    const crumbs = Array.from({ length: Math.ceil(bytes.length / 100) }, (_, i) =>
      bytes.subarray(100 * i, 100 * i + 100),
    );
    const streams = { stdin: Readable.from(crumbs), stdout: slow, stderr: new Screen() };
    expect(await readCapture('-', options(), streams)).toBe(0);
    expect(taken.join('')).toBe(`${(await read(amqplib)).lines.join('\n')}\n`);
    expect(most).toBeLessThan(20_000);
  });

  it('ends quietly when its reader goes away', async () => {
    const stdin = new PassThrough();
    const gone = new Writable({
      write(_chunk, _encoding, done) {
        done(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }));
      },
    });
    const stderr = new Screen();
    const done = readCapture('-', options(), { stdin, stdout: gone, stderr });
    stdin.write(readFileSync(amqplib));
    expect(await done).toBe(0);
    expect([stdin.destroyed, stderr.text]).toEqual([true, '']);
  });

  it('says when its source breaks off', async () => {
    const bytes = readFileSync(amqplib).subarray(0, 5000);
    const stdin = Readable.from(
      (async function* () {
        yield bytes;
        throw Object.assign(new Error('input/output error'), { code: 'EIO' });
      })(),
    );
    const result = await read('-', options(), stdin);
    expect(result.error).toBe('cannot read standard input: input/output error');
    expect(result.lines.length).toBeGreaterThan(10);
  });
});
