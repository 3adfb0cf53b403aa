// Frames in, commands out: method, content header and bodies of one channel joined, and what happens when they do not fit.

import { describe, expect, it } from 'vitest';
import { Cursor } from '../../src/log/cursor.ts';
import { encodeContentHeaderFrame } from '../../src/protocol/content-header.ts';
import {
  CLIENT_TO_SERVER,
  encodeFrame,
  FRAME_BODY,
  FRAME_HEADER,
  FRAME_METHOD,
  HEARTBEAT_FRAME,
  SERVER_TO_CLIENT,
} from '../../src/protocol/frame.ts';
import { type Command, CommandAssembler, type CommandAssemblerOptions } from '../../src/session/command-assembler.ts';
import { Traffic } from '../cli/traffic.ts';

const CLIENT = CLIENT_TO_SERVER;
const publish = { exchange: 'x', routing_key: 'k', mandatory: false, immediate: false };

function assemble(
  traffic: Traffic,
  options?: CommandAssemblerOptions,
): { commands: Command[]; assembler: CommandAssembler } {
  const commands: Command[] = [];
  const assembler = new CommandAssembler((command) => commands.push(command), options);
  for (const cursor = new Cursor(traffic.log, 1); cursor.next(); ) assembler.record(cursor);
  return { commands, assembler };
}

/** `basic.publish hello`, with the problem behind it. */
function told(commands: readonly Command[]): string[] {
  return commands.map(({ name, body, problem }) => {
    const said = [name ?? '-', Buffer.from(body).toString(), problem && `(${problem})`];
    return said.filter(Boolean).join(' ');
  });
}

function body(text: string, channel = 1): Uint8Array {
  return encodeFrame(FRAME_BODY, channel, new TextEncoder().encode(text));
}

function header(size: number, channel = 1): Uint8Array {
  return encodeContentHeaderFrame(channel, BigInt(size), {});
}

describe('the command assembler', () => {
  it('makes a method without content a command at once', () => {
    const { commands, assembler } = assemble(
      new Traffic().open().client('basic.ack', { delivery_tag: 7n, multiple: true }),
    );
    expect(commands).toHaveLength(1);
    expect(commands[0]).toMatchObject({
      connection: 1,
      direction: CLIENT,
      channel: 1,
      origin: 'wire',
      firstId: 1,
      lastId: 1,
      frames: 1,
      size: 21,
      name: 'basic.ack',
      header: undefined,
      bodySize: 0,
      problem: undefined,
    });
    expect(commands[0]!.method?.arguments).toEqual({ delivery_tag: 7n, multiple: true });
    expect(assembler.pending).toBe(0);
  });

  it('joins method, content header and bodies', () => {
    const traffic = new Traffic().open().client('basic.publish', publish);
    traffic.bytes(CLIENT, header(11)).bytes(CLIENT, body('Hello ')).bytes(CLIENT, body('World'));
    const { commands } = assemble(traffic);
    expect(told(commands)).toEqual(['basic.publish Hello World']);
    expect(commands[0]).toMatchObject({ firstId: 1, lastId: 4, frames: 4, bodySize: 11, size: 19 + 22 + 14 + 13 });
    expect(commands[0]!.time - commands[0]!.startedAt).toBe(3000);
    expect(commands[0]!.header).toMatchObject({ bodySize: 11n, properties: {} });
  });

  it('awaits no body where there is none', () => {
    expect(told(assemble(new Traffic().open().publish('', 'q', '')).commands)).toEqual(['basic.publish']);
  });

  it('keeps channels, directions and connections apart', () => {
    const traffic = new Traffic().open(1).open(2);
    traffic.client('basic.publish', publish, 1).client('basic.publish', publish, 2);
    traffic.client('basic.publish', publish, 1, 2);
    traffic.server('basic.return', { reply_code: 312, reply_text: 'NO_ROUTE', exchange: '', routing_key: '' }, 1);
    traffic.bytes(CLIENT, header(1, 2)).bytes(CLIENT, header(1)).bytes(SERVER_TO_CLIENT, header(1));
    traffic.bytes(CLIENT, header(1), 2);
    traffic.bytes(CLIENT, body('a')).bytes(CLIENT, body('b', 2)).bytes(SERVER_TO_CLIENT, body('c'));
    traffic.bytes(CLIENT, body('d'), 2);
    const { commands } = assemble(traffic);
    expect(told(commands)).toEqual(['basic.publish a', 'basic.publish b', 'basic.return c', 'basic.publish d']);
    expect(commands.map(({ connection, channel }) => [connection, channel])).toEqual([
      [1, 1],
      [1, 2],
      [1, 1],
      [2, 1],
    ]);
  });

  it('lets heartbeats pass between the frames of a command', () => {
    const traffic = new Traffic().open().client('basic.publish', publish).bytes(CLIENT, HEARTBEAT_FRAME);
    traffic.bytes(CLIENT, header(1)).bytes(CLIENT, HEARTBEAT_FRAME).bytes(CLIENT, body('x'));
    expect(told(assemble(traffic).commands)).toEqual(['basic.publish x']);
  });

  it('says when content has no method', () => {
    const traffic = new Traffic().open().bytes(CLIENT, header(2)).bytes(CLIENT, body('ab')).bytes(CLIENT, body('cd'));
    expect(told(assemble(traffic).commands)).toEqual([
      '- ab (a content header without its method)',
      '- cd (a body without its content header)',
    ]);
  });

  it('says when a body comes before its content header', () => {
    const traffic = new Traffic().open().client('basic.publish', publish).bytes(CLIENT, body('ab'));
    expect(told(assemble(traffic).commands)).toEqual([
      'basic.publish (incomplete, no content header: a body without its content header)',
      '- ab (a body without its content header)',
    ]);
  });

  it('says when another method interrupts', () => {
    const traffic = new Traffic().open().client('basic.publish', publish).bytes(CLIENT, header(9));
    traffic
      .bytes(CLIENT, body('part'))
      .client('channel.close', { reply_code: 200, reply_text: '', class_id: 0, method_id: 0 });
    expect(told(assemble(traffic).commands)).toEqual([
      'basic.publish part (incomplete, 4 of 9 bytes of body: interrupted by channel.close)',
      'channel.close',
    ]);
  });

  it('says when two content headers follow each other', () => {
    const traffic = new Traffic().open().client('basic.publish', publish).bytes(CLIENT, header(9));
    traffic.bytes(CLIENT, header(1)).bytes(CLIENT, body('x'));
    expect(told(assemble(traffic).commands)).toEqual([
      'basic.publish (incomplete, 0 of 9 bytes of body: interrupted by another content header)',
      '- x (a content header without its method)',
    ]);
  });

  it('says when more body comes than the content header promised', () => {
    const traffic = new Traffic().open().client('basic.publish', publish);
    traffic.bytes(CLIENT, header(3)).bytes(CLIENT, body('abcde'));
    expect(told(assemble(traffic).commands)).toEqual(['basic.publish abcde (body_size says 3 bytes, 5 came)']);
  });

  it('shows methods that nobody knows, or that do not decode', () => {
    const traffic = new Traffic().open();
    traffic.bytes(CLIENT, encodeFrame(FRAME_METHOD, 1, Uint8Array.of(0, 60, 0, 99, 1)));
    traffic.bytes(CLIENT, encodeFrame(FRAME_METHOD, 1, Uint8Array.of(0, 60, 0, 80, 1)));
    expect(told(assemble(traffic).commands)).toEqual([
      '60.99 (unknown method 60.99)',
      'basic.ack (delivery_tag: expected 4 more bytes, found 1)',
    ]);
  });

  it('finds the end of content whose properties do not decode', () => {
    const broken = encodeFrame(FRAME_HEADER, 1, Uint8Array.of(0, 60, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0x80, 0, 9));
    const traffic = new Traffic().open().client('basic.publish', publish).bytes(CLIENT, broken);
    traffic.bytes(CLIENT, body('ab')).publish('', 'q', 'next');
    expect(told(assemble(traffic).commands)).toEqual([
      'basic.publish ab (content_type: expected 9 more bytes, found 0)',
      'basic.publish next',
    ]);
  });

  it('keeps the first bytes of a body, and counts the rest', () => {
    const traffic = new Traffic().open().client('basic.publish', publish).bytes(CLIENT, header(30_000));
    for (let i = 0; i < 3; i++) traffic.bytes(CLIENT, body(String(i).repeat(10_000)));
    const { commands } = assemble(traffic, { bodyLimit: 15_000 });
    expect(commands).toHaveLength(1);
    expect(commands[0]).toMatchObject({ bodySize: 30_000, frames: 5, problem: undefined });
    expect(Buffer.from(commands[0]!.body).toString()).toBe('0'.repeat(10_000) + '1'.repeat(5_000));
  });

  it('gives up the oldest of too many half-assembled commands', () => {
    const traffic = new Traffic().open();
    for (let channel = 1; channel <= 5; channel++) traffic.client('basic.publish', publish, channel);
    const { commands, assembler } = assemble(traffic, { pendingLimit: 3 });
    expect(commands.map(({ channel }) => channel)).toEqual([1, 2]);
    expect(commands[0]!.problem).toBe('incomplete, no content header: too much is half assembled');
    expect(assembler.pending).toBe(3);
  });

  it('gives up the oldest of half-assembled commands whose tables take too much memory', () => {
    const headers = Array.from({ length: 60_000 }, () => ['', { type: 'V', value: null }] as const);
    const large = (channel: number) => encodeContentHeaderFrame(channel, 1n, { headers });
    const traffic = new Traffic({ size: 16 << 20 }).open();
    for (let channel = 1; channel <= 20; channel++) {
      traffic.client('basic.publish', publish, channel).bytes(CLIENT, large(channel));
    }
    const { commands, assembler } = assemble(traffic);
    expect(assembler.pending).toBeLessThan(10);
    expect(commands).toHaveLength(20 - assembler.pending);
    expect(commands[0]).toMatchObject({
      channel: 1,
      problem: 'incomplete, 0 of 1 bytes of body: too much is half assembled',
    });
  });

  it('gives up what is half assembled when records were missed', () => {
    const { commands, assembler } = assemble(new Traffic().open().client('basic.publish', publish));
    expect(commands).toEqual([]);
    assembler.missed();
    expect(told(commands)).toEqual(['basic.publish (incomplete, no content header: the rest was missed)']);
    expect(assembler.pending).toBe(0);
  });

  it('gives up what is half assembled on a connection, or a direction of it, that broke off', () => {
    const got = { delivery_tag: 1n, redelivered: false, exchange: '', routing_key: '', message_count: 0 };
    const traffic = new Traffic().open(1).open(2).open(3);
    for (const id of [1, 2, 3]) traffic.client('basic.publish', publish, 1, id).server('basic.get-ok', got, 1, id);
    traffic.note({ type: 'gap', direction: 'server-to-client', size: 9 }, 1);
    traffic.note({ type: 'opaque', direction: 'client-to-server', offset: 9, reason: 'odd' }, 2);
    traffic.note({ type: 'resync', direction: 'client-to-server', skipped: 3 }, 3);
    traffic.note(
      { type: 'connection.closed', by: 'client', how: 'reset', bytes_from_client: 1, bytes_from_server: 1 },
      1,
    );
    const { commands, assembler } = assemble(traffic);
    expect(told(commands)).toEqual([
      'basic.get-ok (incomplete, no content header: bytes are missing from the capture)',
      'basic.publish (incomplete, no content header: what follows is no AMQP 0-9-1)',
      'basic.publish (incomplete, no content header: the connection closed)',
    ]);
    expect(assembler.pending).toBe(3);
  });
});
