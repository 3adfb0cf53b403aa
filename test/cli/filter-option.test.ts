// --filter in the terminal and in recordings: what passes is shown, in every view, and read back from the file.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { CaptureLog } from '../../src/cli/capture-log.ts';
import { loadFilter } from '../../src/cli/filter-option.ts';
import { Output } from '../../src/cli/output.ts';
import { openRecording } from '../../src/cli/recording.ts';
import { createPrinter, parseViewOptions } from '../../src/cli/view-options.ts';
import { ConfigError } from '../../src/errors.ts';
import { NO_CONTEXT } from '../../src/filter/context.ts';
import { CaptureReader } from '../../src/log/capture/capture-reader.ts';
import { Cursor } from '../../src/log/cursor.ts';
import { FrameLog } from '../../src/log/frame-log.ts';
import { encodeMethodFrame } from '../../src/protocol/method.ts';
import { ConnectionTable } from '../../src/session/connection-table.ts';
import { Traffic as Handshakes, publish } from '../api/traffic.ts';
import { wordFor } from '../filter/traffic.ts';
import { printAll, Screen, Traffic } from './traffic.ts';

async function shown(traffic: Traffic, filter: string, view: string, format = 'pretty'): Promise<string[]> {
  const screen = new Screen();
  const loaded = await loadFilter({ filter });
  const options = { ...parseViewOptions({ view, format, heartbeats: true, color: false }), filter: loaded! };
  const { log, connections } = traffic;
  printAll(log, await createPrinter(options, new Output(screen), { log, connections, showSecrets: false }));
  return screen.lines;
}

describe('--filter', () => {
  const traffic = new Traffic()
    .open()
    .publish('orders', 'a', '{"total":5}')
    .client('basic.ack', { delivery_tag: 1n, multiple: false })
    .publish('orders', 'b', '{"total":500}');

  it('shows the commands that pass', async () => {
    expect((await shown(traffic, 'body.total > 100', 'commands')).slice(1)).toEqual([
      expect.stringMatching(/basic\.publish .*rk=b .*"total":500/),
    ]);
    expect((await shown(traffic, '!basic.publish', 'commands')).slice(1)).toEqual([
      expect.stringMatching(/basic\.ack/),
    ]);
  });

  it('shows their frames', async () => {
    const lines = await shown(traffic, 'routing_key == "b"', 'frames', 'json');
    expect(lines.map((line) => JSON.parse(line).id)).toEqual([5, 6, 7]);
    expect(await shown(traffic, 'basic.ack', 'commands', 'tracer')).toEqual([expect.stringMatching(/basic\.ack/)]);
  });

  it('is refused with its place where it is wrong', async () => {
    const wrong = loadFilter({ filter: 'exchange = "a"' });
    await expect(wrong).rejects.toThrow(ConfigError);
    await expect(wrong).rejects.toThrow(
      ['--filter: did you mean ==? (at character 10)', '  exchange = "a"', '           ^'].join('\n'),
    );
  });
});

describe('a recording with a filter', () => {
  it('holds what passes, and how the connection began', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'amqp-spy-filter-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const file = path.join(folder, 'out.pcapng');
    const traffic = new Handshakes();
    const filter = (await loadFilter({ filter: 'body == "yes"' }))!;
    const recording = openRecording(file, traffic.log, { filter, context: NO_CONTEXT });
    const { client } = traffic.shakeHands();
    for (const text of ['no', 'yes', 'no']) {
      const bytes = publish(text);
      for (let at = 0; at < bytes.length; at += 7) traffic.append(client, bytes.subarray(at, at + 7));
    }
    recording.close();
    expect(recording.failure).toBeUndefined();
    expect(readBack(readFileSync(file))).toEqual([
      'protocol-header',
      'connection.start',
      'connection.start-ok',
      'connection.tune',
      'connection.tune-ok',
      'connection.open',
      'connection.open-ok',
      'basic.publish',
      'header',
      'body',
    ]);
  });

  it("holds how channels begin and end, without which their messages would be nobody's", async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'amqp-spy-filter-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const file = path.join(folder, 'out.pcapng');
    const traffic = new Handshakes();
    const filter = (await loadFilter({ filter: 'basic.publish' }))!;
    const recording = openRecording(file, traffic.log, { filter, context: NO_CONTEXT });
    const { client, server } = traffic.shakeHands();
    traffic.append(client, encodeMethodFrame(1, 'channel.open', { out_of_band: '' }));
    traffic.append(server, encodeMethodFrame(1, 'channel.open-ok', { channel_id: '' }));
    traffic.append(client, encodeMethodFrame(1, 'queue.purge', { queue: 'q', nowait: true }));
    traffic.append(client, publish('a'));
    const close = { reply_code: 200, reply_text: '', class_id: 0, method_id: 0 };
    traffic.append(client, encodeMethodFrame(1, 'channel.close', close));
    traffic.append(server, encodeMethodFrame(1, 'channel.close-ok', {}));
    recording.close();
    const passed = readBack(readFileSync(file)).filter(
      (word) => !/^(connection\.|protocol-header|header|body)/.test(word),
    );
    expect(passed).toEqual(['channel.open', 'channel.open-ok', 'basic.publish', 'channel.close', 'channel.close-ok']);
  });
});

/** The records of a capture, without its notes, as words. */
function readBack(bytes: Uint8Array): string[] {
  const log = new FrameLog({ size: 4 << 20 });
  const reader = new CaptureReader(new CaptureLog(log, new ConnectionTable(), () => {}));
  reader.write(bytes);
  reader.end();
  const words: string[] = [];
  for (const cursor = new Cursor(log, 1); cursor.next(); ) words.push(wordFor(cursor));
  return words.filter((word) => !/^connection\.(opened|closed)$/.test(word));
}
