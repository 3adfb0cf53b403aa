// What the log holds of secrets: nothing that a reader could reach, however the bytes come and whatever is wrong with them.
// Unfinished bytes may stand in the ring beyond what is filed; no cursor gets there, so they do not count.

import { describe, expect, it } from 'vitest';
import { Cursor } from '../../src/log/cursor.ts';
import { eventOf } from '../../src/log/frame-event.ts';
import { FrameLog } from '../../src/log/frame-log.ts';
import type { Tape } from '../../src/log/tape.ts';
import {
  CLIENT_TO_SERVER,
  encodeFrame,
  FRAME_METHOD,
  HEARTBEAT_FRAME,
  SERVER_TO_CLIENT,
} from '../../src/protocol/frame.ts';
import { encodeMethod, encodeMethodFrame } from '../../src/protocol/method.ts';
import { PROTOCOL_HEADER } from '../../src/protocol/protocol-header.ts';
import { concat, hex, latin1 } from '../protocol/wire.ts';
import { chunksOf, eventsOf, recordsOf, transcriptOf } from './records.ts';

const SECRET = 'hunter2-correct-horse';
const TOKEN = 'eyJhbGciOiJIUzI1NiJ9.correct-staple';

/** The secret, and its base64 at each of the three alignments, without the ends that depend on what stands beside it. */
const FORBIDDEN = [SECRET, TOKEN].flatMap((secret) => [
  secret,
  ...[0, 1, 2].map((shift) => {
    const text = Buffer.from('x'.repeat(shift) + secret)
      .toString('base64')
      .replace(/=+$/, '');
    return text.slice(shift === 0 ? 0 : 4, -4);
  }),
]);

/** What a reader of bytes, a reader of frames and a reader of JSON events can see of the records from `from` on. */
function reachable(log: FrameLog, from: number): string {
  const seen: string[] = [];
  for (const cursor = new Cursor(log, from); cursor.next(); ) {
    seen.push(Buffer.from(cursor.bytes.subarray(cursor.start, cursor.end)).toString('latin1'));
    seen.push(JSON.stringify(eventOf(cursor, false)), JSON.stringify(eventOf(cursor, true)));
  }
  for (const cursor = new Cursor(log, from); cursor.nextRun(); ) {
    seen.push(Buffer.from(cursor.bytes.subarray(cursor.start, cursor.end)).toString('latin1'));
  }
  return seen.join('\n');
}

function expectNoSecret(log: FrameLog, from: number, what: string): string {
  const seen = reachable(log, from);
  for (const secret of FORBIDDEN) {
    // Of a secret that was cut off, its beginning must not be there either.
    for (const part of [secret, secret.slice(0, 6)])
      if (seen.includes(part)) expect(`${what}: ${seen}`).not.toContain(part);
  }
  return seen;
}

function startOk(mechanism: string, response: string, more = 0): Uint8Array {
  return encodeMethodFrame(0, 'connection.start-ok', {
    client_properties: [['product', { type: 'S', value: 'p'.repeat(more) }]],
    mechanism,
    response,
    locale: 'en_US',
  });
}

function amqplain(login: string, password: string): string {
  const longstr = (text: string) => `S${String.fromCharCode(0, 0, 0, text.length)}${text}`;
  return `\x05LOGIN${longstr(login)}\x08PASSWORD${longstr(password)}`;
}

const SECURE_OK = encodeMethodFrame(0, 'connection.secure-ok', { response: SECRET });
const OPEN = encodeMethodFrame(0, 'connection.open', { virtual_host: '/' });
const UPDATE_SECRET = encodeMethodFrame(0, 'connection.update-secret', { new_secret: TOKEN, reason: 'refresh' });

const LOGINS: [string, Uint8Array, string | undefined][] = [
  ['PLAIN', startOk('PLAIN', `\0alice\0${SECRET}`), 'alice'],
  ['AMQPLAIN', startOk('AMQPLAIN', amqplain('alice', SECRET)), 'alice'],
  ['EXTERNAL', startOk('EXTERNAL', SECRET), undefined],
  ['another mechanism', startOk('RABBIT-CR-DEMO', SECRET), undefined],
  ['PLAIN in a large frame', startOk('PLAIN', `\0alice\0${SECRET}`, 5000), 'alice'],
];

function conversation(login: Uint8Array): Uint8Array {
  return concat(PROTOCOL_HEADER, login, SECURE_OK, OPEN, HEARTBEAT_FRAME, UPDATE_SECRET, HEARTBEAT_FRAME);
}

function feed(log: FrameLog, tape: Tape, chunks: Iterable<Uint8Array>): void {
  for (const chunk of chunks) log.append(tape, chunk, 0);
}

describe.each(LOGINS)('a login by %s', (_mechanism, login, user) => {
  const stream = conversation(login);
  /** Every place in a small stream, and in a large one those around its secrets. */
  const places = Array.from({ length: stream.length }, (_, at) => at).filter(
    (at) => at < 30 || at > stream.length - 400,
  );

  it('leaves no secret at any split, and the user name', () => {
    const log = new FrameLog({ size: 1 << 20 });
    for (const at of places) {
      const from = log.nextId;
      const tape = log.openTape(1, CLIENT_TO_SERVER);
      feed(log, tape, [stream.subarray(0, at), stream.subarray(at)]);
      const seen = expectNoSecret(log, from, `split at ${at}`);
      if (user !== undefined) expect(seen.includes(user)).toBe(true);
      expect(recordsOf(log, from).map(({ bytes }) => bytes.length)).toEqual([
        8,
        login.length,
        SECURE_OK.length,
        OPEN.length,
        8,
        UPDATE_SECRET.length,
        8,
      ]);
    }
  });

  it('leaves no secret when it comes byte by byte', () => {
    const log = new FrameLog({ size: 1 << 20 });
    feed(log, log.openTape(1, CLIENT_TO_SERVER), chunksOf(stream, 1));
    expectNoSecret(log, 1, 'byte by byte');
    expect(log.nextId).toBe(8);
  });

  it('leaves no secret when the stream ends anywhere', () => {
    const log = new FrameLog({ size: 1 << 20 });
    for (const at of places) {
      const from = log.nextId;
      const tape = log.openTape(1, CLIENT_TO_SERVER);
      feed(log, tape, chunksOf(stream.subarray(0, at), 97));
      log.end(tape, 0);
      expectNoSecret(log, from, `end at ${at}`);
    }
  });

  it('leaves no secret when bytes are missing anywhere', () => {
    const log = new FrameLog({ size: 1 << 20 });
    for (const at of places) {
      const from = log.nextId;
      const tape = log.openTape(1, CLIENT_TO_SERVER);
      log.append(tape, stream.subarray(0, at), 0);
      log.gap(tape, 2, 0);
      log.append(tape, stream.subarray(at + 2), 0);
      log.end(tape, 0);
      expectNoSecret(log, from, `gap at ${at}`);
    }
  });

  it('leaves no secret when it was joined anywhere', () => {
    const log = new FrameLog({ size: 1 << 20 });
    for (const at of places) {
      const from = log.nextId;
      const tape = log.openTape(1, CLIENT_TO_SERVER, true);
      feed(log, tape, [stream.subarray(at)]);
      log.end(tape, 0);
      expectNoSecret(log, from, `joined at ${at}`);
    }
  });

  it('leaves no secret when an octet of a frame’s prefix, or its end, is wrong', () => {
    const log = new FrameLog({ size: 1 << 20 });
    let begin = 0;
    for (const frame of [PROTOCOL_HEADER, login, SECURE_OK, OPEN]) {
      for (const at of [0, 1, 2, 3, 4, 5, 6, frame.length - 1]) {
        for (const wrong of [0x00, 0x0a, 0xff]) {
          const broken = stream.slice();
          broken[begin + at] = wrong;
          const from = log.nextId;
          const tape = log.openTape(1, CLIENT_TO_SERVER);
          feed(log, tape, [broken]);
          log.end(tape, 0);
          expectNoSecret(log, from, `octet ${at} of the frame at ${begin} is ${wrong}`);
        }
      }
      begin += frame.length;
    }
  });
});

describe('before the client has opened its connection', () => {
  it('bytes that are no frames are withheld: their number is shown, not what they are', () => {
    const log = new FrameLog({ size: 1 << 20 });
    const tape = log.openTape(1, CLIENT_TO_SERVER);
    feed(log, tape, [PROTOCOL_HEADER, latin1(`GET / HTTP/1.1\r\nAuthorization: ${SECRET}`), latin1(SECRET)]);
    const opaque = recordsOf(log).slice(2);
    expect(opaque.map(({ withheld, size, bytes }) => [withheld, size, bytes.some((byte) => byte !== 0)])).toEqual([
      [true, 31 + SECRET.length, false],
      [true, SECRET.length, false],
    ]);
    expect(eventsOf(log).at(-1)).toMatchObject({ type: 'bytes', size: SECRET.length, payload: '[redacted]' });
  });

  it('an unfinished start-ok at the end of the stream is withheld', () => {
    const log = new FrameLog({ size: 1 << 20 });
    const tape = log.openTape(1, CLIENT_TO_SERVER);
    const login = startOk('PLAIN', `\0alice\0${SECRET}`);
    feed(log, tape, [PROTOCOL_HEADER, login.subarray(0, -3)]);
    log.end(tape, 0);
    expect(transcriptOf(log).at(-1)).toBe(`bytes withheld ${'00'.repeat(login.length - 3)}`);
  });

  it('what the server sends is not withheld', () => {
    const log = new FrameLog({ size: 1 << 20 });
    log.append(log.openTape(1, SERVER_TO_CLIENT), latin1('HTTP/1.1 400'), 0);
    expect(recordsOf(log)[1]).toMatchObject({ withheld: false, bytes: latin1('HTTP/1.1 400') });
  });
});

describe('after the client has opened its connection', () => {
  const opened = concat(PROTOCOL_HEADER, OPEN);

  it('bytes that are no frames are shown', () => {
    const log = new FrameLog({ size: 1 << 20 });
    log.append(log.openTape(1, CLIENT_TO_SERVER), concat(opened, latin1('garbage')), 0);
    expect(recordsOf(log).at(-1)).toMatchObject({ withheld: false, bytes: latin1('garbage') });
  });

  it.each([
    ['carried', TOKEN],
    ['large', TOKEN.repeat(200)],
  ])('an update-secret that never ends, or whose frame is wrong, is withheld: %s', (_size, secret) => {
    const frame = encodeMethodFrame(0, 'connection.update-secret', { new_secret: secret, reason: '' });
    const wrong = [3, 4, 5, 6, frame.length - 1].flatMap((at) =>
      [0x00, 0xff].map((octet) => frame.map((byte, i) => (i === at ? octet : byte))),
    );
    for (const bytes of [frame.subarray(0, -2), frame.subarray(0, 40), ...wrong]) {
      for (const chunk of [10_000, 1000, 1]) {
        const log = new FrameLog({ size: 1 << 20 });
        const tape = log.openTape(1, CLIENT_TO_SERVER);
        feed(log, tape, [opened, ...chunksOf(bytes, chunk)]);
        log.end(tape, 0);
        expectNoSecret(log, 1, 'broken update-secret');
      }
    }
  });

  it('an update-secret or a login on the wrong channel is masked all the same', () => {
    const log = new FrameLog({ size: 1 << 20 });
    const tape = log.openTape(1, CLIENT_TO_SERVER);
    const login = encodeMethod('connection.start-ok', {
      client_properties: [],
      mechanism: 'PLAIN',
      response: `\0alice\0${SECRET}`,
      locale: '',
    });
    const update = encodeMethod('connection.update-secret', { new_secret: TOKEN, reason: '' });
    feed(log, tape, [opened, encodeFrame(FRAME_METHOD, 5, login), encodeFrame(FRAME_METHOD, 5, update)]);
    expectNoSecret(log, 1, 'wrong channel');
  });

  it('frames that the spy made are masked too', () => {
    const log = new FrameLog({ size: 1 << 20 });
    log.appendFrame(log.openTape(1, CLIENT_TO_SERVER), UPDATE_SECRET, 0, 1);
    expectNoSecret(log, 1, 'injected');
    expect(recordsOf(log)[0]!.bytes.length).toBe(UPDATE_SECRET.length);
  });

  it('an update-secret larger than what is kept is masked as far as it is kept', () => {
    const log = new FrameLog({ size: 1 << 20 });
    const tape = log.openTape(1, CLIENT_TO_SERVER);
    const frame = encodeMethodFrame(0, 'connection.update-secret', { new_secret: TOKEN.repeat(20_000), reason: '' });
    feed(log, tape, [opened, ...chunksOf(frame, 65536)]);
    log.appendFrame(tape, frame, 0, 1);
    expect(recordsOf(log).map(({ cut }) => cut)).toEqual([false, false, true, true]);
    expectNoSecret(log, 1, 'cut update-secret');
  });
});

describe('events', () => {
  it('redact arguments that hold secrets, whatever the log holds', () => {
    const log = new FrameLog({ size: 1 << 20, showSecrets: true });
    feed(log, log.openTape(1, CLIENT_TO_SERVER), [conversation(startOk('PLAIN', `\0alice\0${SECRET}`))]);
    expect(eventsOf(log, 0, false)).toMatchObject([
      { type: 'protocol-header' },
      { method: 'connection.start-ok', arguments: { mechanism: 'PLAIN', response: '[redacted]', locale: 'en_US' } },
      { method: 'connection.secure-ok', arguments: { response: '[redacted]' } },
      { method: 'connection.open' },
      { type: 'heartbeat' },
      { method: 'connection.update-secret', arguments: { new_secret: '[redacted]', reason: 'refresh' } },
      { type: 'heartbeat' },
    ]);
  });

  it('redact payloads of such methods that do not decode', () => {
    const log = new FrameLog({ size: 1 << 20, showSecrets: true });
    const tape = log.openTape(1, CLIENT_TO_SERVER);
    feed(log, tape, [PROTOCOL_HEADER, encodeFrame(FRAME_METHOD, 0, concat(hex('000a0015 ffffffff'), latin1(SECRET)))]);
    expect(eventsOf(log, 0, false)[1]).toMatchObject({
      method: 'connection.secure-ok',
      error: expect.stringContaining('response: expected'),
      payload: '[redacted]',
    });
  });
});

describe('with secrets shown', () => {
  it('all is kept and shown as it came', () => {
    const log = new FrameLog({ size: 1 << 20, showSecrets: true });
    const stream = conversation(startOk('PLAIN', `\0alice\0${SECRET}`));
    const tape = log.openTape(1, CLIENT_TO_SERVER);
    feed(log, tape, [stream, SECURE_OK.subarray(0, 20)]);
    log.end(tape, 0);
    expect(
      recordsOf(log)
        .filter(({ size }) => size > 0)
        .some(({ withheld }) => withheld),
    ).toBe(false);
    const text = JSON.stringify(eventsOf(log, 0, true));
    expect(text).toContain(`\\u0000alice\\u0000${SECRET}`);
    expect(text).toContain(TOKEN);
    const early = log.openTape(2, CLIENT_TO_SERVER);
    log.append(early, latin1(`GET /${SECRET}`), 0);
    expect(eventsOf(log, 0, true).at(-1)).toMatchObject({ payload: btoa(`GET /${SECRET}`) });
  });
});
