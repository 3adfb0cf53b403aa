import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openRecording } from '../../src/cli/recording.ts';
import type { LogEvent } from '../../src/log/frame-event.ts';
import { METHODS } from '../../src/protocol/method-table.ts';
import { startSpy } from '../../src/spy.ts';
import { startCapture } from '../rig/capture.ts';
import { finished, run, startCli } from '../rig/process.ts';
import { type RabbitMq, startRabbitMq } from '../rig/rabbitmq.ts';
import { dissect } from '../rig/tshark.ts';
import { SCENARIOS } from './clients/all.ts';
import { beatsAndBlocks } from './clients/beats-and-blocks.ts';
import { RAW } from './clients/raw.ts';
import { LogEvents } from './log-events.ts';
import { type ComparedConnection, countFrames, eventConnections, isFrame, tsharkConnections } from './tshark-frames.ts';

/** Wireshark's port for AMQP, and the one that recordings have. */
const AMQP_PORT = 5672;

/** By RabbitMQ's PLAIN and AMQPLAIN, and since it no longer asks clients to slow down. */
const NEVER_SENT = ['connection.secure', 'connection.secure-ok'];

/** What tshark 4.0 does not know: update-secret and its answer. */
const UNKNOWN = 'amqp.method.method == 70 || amqp.method.method == 71';

const folder = mkdtempSync(path.join(tmpdir(), 'amqp-spy-oracle-'));
const captured = path.join(folder, 'captured.pcap');
const recorded = path.join(folder, 'recorded.pcapng');
let broker: RabbitMq;
let events: readonly LogEvent[];
let ours: readonly ComparedConnection[];
let theirs: readonly ComparedConnection[];

// A broker of its own, so that the capture of its port holds the spy's traffic and no other.
beforeAll(async () => {
  broker = await startRabbitMq();
  const { host, port, uri } = broker;
  const capture = await startCapture(port, captured);
  const listen = { host, port: 0 };
  const spy = await startSpy({ listen, upstreams: [{ host, port, tls: false }], showSecrets: true });
  const recording = openRecording(recorded, spy.log);
  const log = new LogEvents(spy);
  const spied = uri.replace(`:${port}`, `:${spy.address.port}`);
  for (const scenario of [...SCENARIOS, RAW]) await scenario.play(spied, 'oracle');
  await beatsAndBlocks(spied, broker, log);
  await spy.close();
  events = log.finish();

  recording.close();
  await capture.stop();
  ours = eventConnections(events);
  theirs = tsharkConnections(await dissect(captured, port), port);
});

afterAll(async () => {
  await broker?.stop();
  rmSync(folder, { recursive: true, force: true });
});

describe('the events of live traffic', () => {
  it("equal tshark's dissection of what the broker was sent and sent, frame by frame", () => {
    expect(ours).toHaveLength(theirs.length);
    for (const [index, connection] of theirs.entries()) {
      expect(ours[index]?.client).toEqual(connection.client);
      expect(ours[index]?.server).toEqual(connection.server);
    }
  });

  it('were compared to the last one, and leave no byte unexplained', () => {
    const frames = events.filter(isFrame);
    expect(countFrames(theirs)).toBe(frames.length);
    expect(frames.length).toBeGreaterThan(1000);
    expect(frames.filter((frame) => 'error' in frame)).toEqual([]);
    const told = new Set(['connection.opened', 'connection.closed', 'finding']);
    const others = events.filter((event) => !isFrame(event)).map((event) => event.type);
    expect(others.filter((type) => !told.has(type))).toEqual(['opaque']);
  });

  it('hold every method that RabbitMQ and its clients exchange', () => {
    const methods = new Set(events.flatMap((event) => (event.type === 'method' ? [event.method] : [])));
    const missing = METHODS.map(({ name }) => name).filter((name) => !methods.has(name));
    expect(missing).toEqual(NEVER_SENT);
  });
});

describe('a recording', () => {
  it('holds the same frames for tshark, without a setting', async () => {
    expect(tsharkConnections(await dissect(recorded), AMQP_PORT)).toEqual(theirs);
  });

  it.each([
    'tcp.checksum.status != 1 || ip.checksum.status != 1',
    'tcp.analysis.flags',
    '_ws.malformed',
    `_ws.expert.severity == error && !(${UNKNOWN})`,
  ])('has no packet of which tshark says %s', async (filter) => {
    const checks = ['-o', 'tcp.check_checksum:TRUE', '-o', 'ip.check_checksum:TRUE'];
    expect(await run('tshark', ['-2', '-r', recorded, ...checks, '-R', filter])).toBe('');
  });
});

describe('amqp-spy read', () => {
  it.each([
    ['a capture by tcpdump', captured],
    ['a recording', recorded],
  ])('tells of %s what was told live', async (_, file) => {
    const { stdout, stderr, code } = await finished(startCli(['read', file, '--format', 'json', '--show-secrets']));
    expect({ code, stderr }).toMatchObject({ code: 0 });
    const read = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as LogEvent);
    expect(conversations(read)).toEqual(conversations(events));
  });
});

/** Each direction of each connection, without what depends on when and as which it was seen. */
function conversations(told: readonly LogEvent[]): unknown {
  const conversations: unknown[] = [];
  for (const connection of new Set(told.map((event) => event.connection))) {
    for (const direction of ['client-to-server', 'server-to-client']) {
      const frames = told.filter(
        (event) => isFrame(event) && event.connection === connection && event.direction === direction,
      );
      conversations.push(frames.map(({ id, time, connection, ...frame }) => frame));
    }
  }
  return conversations;
}
