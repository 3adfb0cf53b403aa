// A recording, read back: what passed, as it passed, without what did not and without secrets.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { openRecording } from '../../src/cli/recording.ts';
import { AmqpSpyError } from '../../src/errors.ts';
import { CaptureReader } from '../../src/log/capture/capture-reader.ts';
import type { CaptureEnd, CaptureEndpoint } from '../../src/log/capture/capture-sink.ts';
import { PcapngWriter } from '../../src/log/capture/pcapng-writer.ts';
import { FrameLog, type FrameLogOptions } from '../../src/log/frame-log.ts';
import { Recorder } from '../../src/log/recorder.ts';
import { ORIGINS } from '../../src/log/runs.ts';
import { CLIENT_TO_SERVER, HEARTBEAT_FRAME, SERVER_TO_CLIENT } from '../../src/protocol/frame.ts';
import { AMQP, DIALOGUES, message, PASSWORD } from '../proxy/streams.ts';

const NOON = Date.UTC(2026, 10, 22, 12) * 1000;
const DROPPED = ORIGINS.indexOf('dropped');
const client = { address: '127.0.0.1', port: 50_000 };
const server = { address: '127.0.0.1', port: 5672 };

interface ReadBack {
  readonly client: CaptureEndpoint;
  readonly server: CaptureEndpoint;
  readonly bytes: readonly [Buffer[], Buffer[]];
  gaps: number;
  end: CaptureEnd | undefined;
}

function readBack(file: Uint8Array): ReadBack[] {
  const found: ReadBack[] = [];
  const reader = new CaptureReader<ReadBack>({
    open(client, server) {
      const connection: ReadBack = { client, server, bytes: [[], []], gaps: 0, end: undefined };
      found.push(connection);
      return connection;
    },
    data: (connection, direction, bytes) => void connection.bytes[direction].push(Buffer.from(bytes)),
    gap(connection, _, bytes) {
      connection.gaps += bytes;
    },
    end(connection, how) {
      connection.end = how;
    },
  });
  reader.write(file);
  reader.end();
  return found;
}

class Tapes {
  readonly log: FrameLog;
  #time = NOON;

  constructor(options: FrameLogOptions = {}) {
    this.log = new FrameLog({ size: 8 << 20, ...options });
  }

  open(id = 1) {
    this.log.note(id, { type: 'connection.opened', client, server }, this.#time++);
    return {
      id,
      fromClient: this.log.openTape(id, CLIENT_TO_SERVER),
      fromServer: this.log.openTape(id, SERVER_TO_CLIENT),
    };
  }

  say(tape: ReturnType<Tapes['open']>['fromClient'], bytes: Uint8Array, piece = 1000): void {
    for (let at = 0; at < bytes.length; at += piece)
      this.log.append(tape, bytes.subarray(at, at + piece), this.#time++);
  }

  close(connection: ReturnType<Tapes['open']>, how: 'closed' | 'reset' = 'closed'): void {
    this.log.end(connection.fromClient, this.#time++);
    this.log.end(connection.fromServer, this.#time++);
    const carried = { bytes_from_client: connection.fromClient.bytes, bytes_from_server: connection.fromServer.bytes };
    this.log.note(connection.id, { type: 'connection.closed', by: 'client', how, ...carried }, this.#time++);
  }
}

function record(log: FrameLog): { recorder: Recorder; file: () => Buffer } {
  const pieces: Buffer[] = [];
  const recorder = new Recorder(log, new PcapngWriter((bytes) => void pieces.push(Buffer.from(bytes)), 'test'));
  onTestFinished(() => recorder.close());
  return { recorder, file: () => Buffer.concat(pieces) };
}

/** The client's words with the credentials blanked out, as the log keeps them. */
function masked(bytes: Uint8Array): Buffer {
  const text = Buffer.from(bytes).toString('latin1');
  return Buffer.from(text.replace(PASSWORD, '*'.repeat(PASSWORD.length)), 'latin1');
}

test.each([['closed'], ['reset']] as const)('a connection that was %s reads back as it passed', (how) => {
  const tapes = new Tapes();
  const { recorder, file } = record(tapes.log);
  const connection = tapes.open();
  tapes.say(connection.fromServer, AMQP.server);
  tapes.say(connection.fromClient, AMQP.client);
  tapes.close(connection, how);
  recorder.close();
  expect(recorder.missed).toBe(0);
  const [read, ...others] = readBack(file());
  expect(others).toEqual([]);
  expect(read).toMatchObject({ client, server, gaps: 0, end: how });
  expect(Buffer.compare(Buffer.concat(read!.bytes[0]), masked(AMQP.client))).toBe(0);
  expect(Buffer.compare(Buffer.concat(read!.bytes[1]), AMQP.server)).toBe(0);
});

test('what is open at the end has no end in the recording', () => {
  const tapes = new Tapes();
  const { recorder, file } = record(tapes.log);
  const connection = tapes.open();
  tapes.say(connection.fromClient, AMQP.client);
  recorder.close();
  expect(readBack(file())).toMatchObject([{ end: 'capture-ended' }]);
});

test('several connections are told apart', () => {
  const tapes = new Tapes();
  const { recorder, file } = record(tapes.log);
  const connections = [tapes.open(1), tapes.open(2), tapes.open(3)];
  for (const [index, { fromClient }] of connections.entries()) {
    tapes.say(
      fromClient,
      Buffer.concat([AMQP.client.subarray(0, 8), message(Buffer.alloc(10_000 * (index + 1), index))]),
    );
  }
  for (const connection of connections) tapes.close(connection);
  recorder.close();
  const sizes = readBack(file()).map(({ bytes }) => Buffer.concat(bytes[0]).length);
  expect(sizes.sort((a, b) => a - b)).toEqual(connections.map(({ fromClient }) => fromClient.bytes));
});

test('what was dropped did not pass', () => {
  const tapes = new Tapes();
  const { recorder, file } = record(tapes.log);
  const connection = tapes.open();
  tapes.say(connection.fromServer, AMQP.server);
  tapes.log.appendFrame(connection.fromServer, HEARTBEAT_FRAME, NOON, DROPPED);
  tapes.say(connection.fromServer, HEARTBEAT_FRAME);
  tapes.close(connection);
  recorder.close();
  expect(Buffer.concat(readBack(file())[0]!.bytes[1])).toEqual(Buffer.concat([AMQP.server, HEARTBEAT_FRAME]));
});

test('secrets are blank, unless they were asked for', () => {
  for (const showSecrets of [false, true]) {
    const tapes = new Tapes({ showSecrets });
    const { recorder, file } = record(tapes.log);
    tapes.say(tapes.open().fromClient, AMQP.client);
    recorder.close();
    expect(file().includes(PASSWORD)).toBe(showSecrets);
  }
});

test('bytes that are no AMQP are recorded, too', () => {
  const tapes = new Tapes({ showSecrets: true });
  const { recorder, file } = record(tapes.log);
  const connection = tapes.open();
  const { client: said } = DIALOGUES['HTTP']!;
  tapes.say(connection.fromClient, said);
  tapes.close(connection);
  recorder.close();
  expect(file().includes('GET / HTTP/1.1')).toBe(true);
});

test('what the ring overran before it was written is counted', () => {
  const tapes = new Tapes({ size: 1 << 20 });
  const { recorder, file } = record(tapes.log);
  const connection = tapes.open();
  tapes.say(connection.fromClient, AMQP.client.subarray(0, 8));
  for (let round = 0; round < 100; round++) tapes.say(connection.fromClient, message(Buffer.alloc(100_000)), 100_000);
  tapes.close(connection);
  recorder.close();
  expect(recorder.missed).toBeGreaterThan(0);
  expect(readBack(file())).toHaveLength(1);
});

test('of a frame too large for the log, the recording says what it lacks', () => {
  const tapes = new Tapes({ size: 1 << 20 });
  const { recorder, file } = record(tapes.log);
  const connection = tapes.open();
  tapes.say(connection.fromClient, AMQP.client.subarray(0, 8));
  const said = message(Buffer.alloc(2 << 20, 'large'), 4 << 20);
  tapes.say(connection.fromClient, said, 64 << 10);
  tapes.say(connection.fromClient, HEARTBEAT_FRAME);
  tapes.close(connection);
  recorder.close();
  const [read] = readBack(file());
  const recorded = Buffer.concat(read!.bytes[0]);
  expect(recorded.length + read!.gaps).toBe(8 + said.length + HEARTBEAT_FRAME.length);
  expect(read!.gaps).toBeGreaterThan(1 << 20);
  expect(recorded.subarray(-8)).toEqual(Buffer.from(HEARTBEAT_FRAME));
});

describe('the file', () => {
  test('holds what was recorded', () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'amqp-spy-record-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const file = path.join(folder, 'out.pcapng');
    const tapes = new Tapes();
    const recording = openRecording(file, tapes.log);
    const connection = tapes.open();
    tapes.say(connection.fromServer, AMQP.server);
    tapes.close(connection);
    recording.close();
    expect(recording.failure).toBeUndefined();
    expect(Buffer.concat(readBack(readFileSync(file))[0]!.bytes[1])).toEqual(AMQP.server);
  });

  test('that cannot be written is refused at the start', () => {
    expect(() => openRecording('/nowhere/at/all.pcapng', new FrameLog({ size: 1 << 20 }))).toThrow(AmqpSpyError);
    expect(() => openRecording('/nowhere/at/all.pcapng', new FrameLog({ size: 1 << 20 }))).toThrow(
      /^--record: cannot write \/nowhere\/at\/all\.pcapng: there is no such folder$/,
    );
  });

  test('that the disk has no room for ends there, once, and the log goes on', () => {
    const tapes = new Tapes();
    const recording = openRecording('/dev/full', tapes.log);
    const complaints = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    const connection = tapes.open();
    for (let round = 0; round < 10; round++) tapes.say(connection.fromServer, AMQP.server);
    tapes.say(connection.fromClient, AMQP.client);
    tapes.close(connection);
    recording.close();
    const said = complaints.mock.calls.map(([text]) => String(text));
    complaints.mockRestore();
    expect(said).toEqual([expect.stringMatching(/^amqp-spy: --record: the recording \/dev\/full ends here: ENOSPC/)]);
    expect(recording.failure).toMatch(/^ENOSPC/);
    expect(tapes.log.nextId).toBeGreaterThan(60);
  });
});
