// Records in, records out: the frames of a command share its fate, at once or when its content has come.

import { describe, expect, it } from 'vitest';
import { NO_CONTEXT } from '../../src/filter/context.ts';
import { parseFilter } from '../../src/filter/filter.ts';
import { FilteredReader } from '../../src/filter/filtered-reader.ts';
import { Cursor } from '../../src/log/cursor.ts';
import { encodeContentHeaderFrame } from '../../src/protocol/content-header.ts';
import { CLIENT_TO_SERVER, encodeFrame, FRAME_BODY, HEARTBEAT_FRAME } from '../../src/protocol/frame.ts';
import { encodeMethodFrame } from '../../src/protocol/method.ts';
import { Traffic } from '../cli/traffic.ts';
import { passing } from './traffic.ts';

const CLIENT = CLIENT_TO_SERVER;
const values = { exchange: 'x', routing_key: 'k', mandatory: false, immediate: false };

function method(channel = 1): Uint8Array {
  return encodeMethodFrame(channel, 'basic.publish', values);
}

function header(size: number, channel = 1): Uint8Array {
  return encodeContentHeaderFrame(channel, BigInt(size), {});
}

function body(text: string, channel = 1): Uint8Array {
  return encodeFrame(FRAME_BODY, channel, new TextEncoder().encode(text));
}

function traffic(...frames: readonly Uint8Array[]): Traffic {
  const all = new Traffic().open();
  for (const frame of frames) all.bytes(CLIENT, frame);
  return all;
}

const ACK = encodeMethodFrame(1, 'basic.ack', { delivery_tag: 1n, multiple: false });

describe('a filtered reader', () => {
  it('lets content share the fate of its method', () => {
    const { log } = traffic(method(), header(4), body('ab'), body('cd'), ACK, method(), header(0));
    expect(passing(log, 'basic.publish')).toEqual([
      '1 basic.publish',
      '2 header',
      '3 body',
      '4 body',
      '6 basic.publish',
      '7 header',
    ]);
    expect(passing(log, 'basic.ack')).toEqual(['5 basic.ack']);
  });

  it('tells channels, directions and connections apart', () => {
    const { log } = traffic(method(1), method(2), header(1, 2), header(1, 1), body('a', 1), body('b', 2));
    expect(passing(log, 'channel == 1')).toEqual(['1 basic.publish', '4 header', '5 body']);
    expect(passing(log, 'body == "b"')).toEqual(['2 basic.publish', '3 header', '6 body']);
  });

  it('lets a command that had to wait through as a whole, when its content has come', () => {
    const { log } = traffic(method(1), header(2, 1), body('a', 1), method(2), header(1, 2), body('x', 2), body('b', 1));
    expect(passing(log, 'body contains "ab" || body contains "x"')).toEqual([
      '4 basic.publish',
      '5 header',
      '6 body',
      '1 basic.publish',
      '2 header',
      '3 body',
      '7 body',
    ]);
  });

  it('does not wait for what cannot change its mind', () => {
    const read: number[] = [];
    const { log } = traffic(method(), header(1));
    const filter = parseFilter('basic.publish || body contains "a"');
    const reader = new FilteredReader(log, filter, NO_CONTEXT, { record: ({ id }) => read.push(id), missed() {} });
    for (const cursor = new Cursor(log, 1); cursor.next(); ) reader.record(cursor);
    expect(read).toEqual([1, 2]);
    expect(passing(log, 'exchange == "y" && body contains "a"')).toEqual([]);
    expect(reader.oldestHeld).toBeUndefined();
  });

  it('judges by the content header as soon as that is enough', () => {
    const read: number[] = [];
    const { log } = traffic(method(), header(9));
    const reader = new FilteredReader(log, parseFilter('body_size == 9'), NO_CONTEXT, {
      record: ({ id }) => read.push(id),
      missed() {},
    });
    for (const cursor = new Cursor(log, 1); cursor.next(); ) reader.record(cursor);
    expect(read).toEqual([1, 2]);
  });

  it('knows a whole body by its size', () => {
    const { log } = traffic(method(), header(0), method(), header(2), body('a'), body('b'));
    expect(passing(log, 'body == "ab"')).toEqual(['3 basic.publish', '4 header', '5 body', '6 body']);
    expect(passing(log, '!body')).toEqual(['1 basic.publish', '2 header']);
    expect(passing(log, 'frames == 4')).toEqual(['3 basic.publish', '4 header', '5 body', '6 body']);
    expect(passing(log, 'frames == 2')).toEqual(['1 basic.publish', '2 header']);
  });

  it('judges what never ends by what came of it', () => {
    const { log } = traffic(method(), header(5), body('ab'), ACK);
    expect(passing(log, 'body == "ab"')).toEqual(['1 basic.publish', '2 header', '3 body']);
    const closed = traffic(method(), header(5), body('ab')).note({
      type: 'connection.closed',
      by: 'client',
      how: 'reset',
      bytes_from_client: 0,
      bytes_from_server: 0,
    });
    expect(passing(closed.log, 'body == "ab" || note')).toEqual([
      '1 basic.publish',
      '2 header',
      '3 body',
      '4 connection.closed',
    ]);
    const gap = traffic(method(), header(5)).note({ type: 'gap', direction: 'client-to-server', size: 1 });
    expect(passing(gap.log, 'body_size == 5 && !body')).toEqual(['1 basic.publish', '2 header']);
    expect(passing(traffic(method()).log, '!priority')).toEqual(['1 basic.publish']);
  });

  it('judges content without its method by itself', () => {
    const { log } = traffic(header(1), body('a'), body('b'), method(), body('c'), ACK, body('d'));
    expect(passing(log, '!method')).toEqual(['1 header', '2 body', '3 body', '7 body']);
    expect(passing(log, 'body == "a"')).toEqual(['1 header', '2 body']);
    expect(passing(log, 'body == "b"')).toEqual(['3 body']);
    expect(passing(log, 'body == "d" && !basic')).toEqual(['7 body']);
  });

  it('takes a second content header as the beginning of something else', () => {
    const { log } = traffic(method(), header(1), header(1), body('a'));
    expect(passing(log, 'body == "a"')).toEqual(['3 header', '4 body']);
  });

  it('passes heartbeats in the midst of a command, and only if they are asked for', () => {
    const { log } = traffic(method(), header(1), HEARTBEAT_FRAME, body('a'));
    expect(passing(log, 'body == "a"')).toEqual(['1 basic.publish', '2 header', '4 body']);
    expect(passing(log, 'heartbeat')).toEqual(['3 heartbeat']);
  });

  it('forgets what was begun when records were missed', () => {
    const { log } = traffic(method(), header(2), body('a'), body('b'));
    const read: string[] = [];
    const reader = new FilteredReader(log, parseFilter('body == "b" || body == "a"'), NO_CONTEXT, {
      record: ({ id }) => read.push(String(id)),
      missed: (count) => read.push(`${count} missed`),
    });
    for (const cursor = new Cursor(log, 1); cursor.next(); ) {
      if (cursor.id === 4) reader.missed(7);
      reader.record(cursor);
    }
    expect(read).toEqual(['1', '2', '3', '7 missed', '4']);
  });

  it('tells what the log lost while a command waited', () => {
    const all = traffic(method(1), header(2, 1), body('a', 1));
    const { log } = all;
    const read: string[] = [];
    const reader = new FilteredReader(log, parseFilter('channel == 1 && body contains "ab"'), NO_CONTEXT, {
      record: ({ id }) => read.push(String(id)),
      missed: (count) => read.push(`${count} missed`),
    });
    const cursor = new Cursor(log, 1);
    const readAll = () => {
      while (cursor.next()) reader.record(cursor);
    };
    readAll();
    const filler = encodeFrame(FRAME_BODY, 9, new Uint8Array(50_000));
    while (log.firstId <= 3) {
      all.bytes(CLIENT, filler);
      readAll();
    }
    all.bytes(CLIENT, body('b', 1));
    readAll();
    expect(read).toEqual(['3 missed', String(log.nextId - 1)]);
  });

  it('holds no more than a bounded number of commands', () => {
    const all = new Traffic({ size: 32 << 20 }).open();
    for (let channel = 1; channel <= 10_001; channel++) all.bytes(CLIENT, method(channel));
    const read: number[] = [];
    const reader = new FilteredReader(all.log, parseFilter('!body'), NO_CONTEXT, {
      record: ({ id }) => read.push(id),
      missed() {},
    });
    for (const cursor = new Cursor(all.log, 1); cursor.next(); ) reader.record(cursor);
    expect(read).toEqual([1]);
    expect(reader.oldestHeld).toBe(2);
  });

  it('judges a command that is too large to wait before its end, by the size that its header says', () => {
    const size = 40 << 20;
    const piece = 1 << 20;
    const all = new Traffic({ size: 128 << 20 }).open().bytes(CLIENT, method()).bytes(CLIENT, header(size));
    const read: number[] = [];
    const small: number[] = [];
    const reader = new FilteredReader(all.log, parseFilter('size > 30MiB'), NO_CONTEXT, {
      record: ({ id }) => read.push(id),
      missed() {},
    });
    const cursor = new Cursor(all.log, 1);
    for (let at = 0; at < size; at += piece) {
      all.bytes(CLIENT, encodeFrame(FRAME_BODY, 1, new Uint8Array(piece)));
      while (cursor.next()) reader.record(cursor);
      if (at === 10 * piece) small.push(...read);
    }
    expect(small).toEqual([]);
    expect(read).toEqual(Array.from({ length: 42 }, (_, index) => index + 1));
    expect(passing(all.log, 'size > 50MiB')).toEqual([]);
  });
});
