// Frames that are none, that come where they cannot, and contents cut into frames.

import { describe, expect, test } from 'vitest';
import { encodeContentHeader, encodeContentHeaderFrame } from '../../../src/protocol/content-header.ts';
import {
  encodeFrame,
  FRAME_BODY,
  FRAME_HEADER,
  FRAME_HEARTBEAT,
  FRAME_METHOD,
  HEARTBEAT_FRAME,
} from '../../../src/protocol/frame.ts';
import { type AmqpClient, type ClientChannel, encodeCall, table } from '../../rig/amqp-client.ts';
import { behaviour } from './brokers.ts';

behaviour('frames', (broker) => {
  /** Sends bytes on an open connection, and gives the line with which the broker closes it. */
  async function closing(...frames: Uint8Array[]): Promise<string | undefined> {
    const { client } = await open();
    client.socket.send(Buffer.concat(frames));
    // Erlang breaks long terms into lines.
    return (await client.closed)?.message.replace(/,\n +/, ',');
  }

  async function open(): Promise<{ client: AmqpClient; channel: ClientChannel }> {
    const client = await broker.connect();
    return { client, channel: await client.channel() };
  }

  describe('that are none', () => {
    test.each([
      [
        'a wrong frame-end',
        wrongEnd(encodeFrame(FRAME_METHOD, 1, Buffer.from('bytes'))),
        'connection.close 501 0.0 FRAME_ERROR - type 1, all octets = <<"bytes">>: {invalid_frame_end_marker,205}',
      ],
      [
        'a wrong frame-end after 16 small octets',
        wrongEnd(encodeFrame(FRAME_METHOD, 1, octets(16, 0))),
        'connection.close 501 0.0 FRAME_ERROR - type 1, all octets = <<0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15>>: {invalid_frame_end_marker,205}',
      ],
      [
        'a wrong frame-end after 17 octets',
        wrongEnd(encodeFrame(FRAME_BODY, 1, octets(17, 1))),
        'connection.close 501 0.0 FRAME_ERROR - type 3, first 16 octets = <<1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16>>: {invalid_frame_end_marker,205}',
      ],
      [
        'a type that does not exist',
        encodeFrame(9, 1, Buffer.from('')),
        'connection.close 501 0.0 FRAME_ERROR - type 9, all octets = <<>>: unknown_frame',
      ],
      [
        'a type that does not exist, on channel 0',
        encodeFrame(9, 0, Buffer.from('some text, and more')),
        'connection.close 501 0.0 FRAME_ERROR - type 9, first 16 octets = <<"some text, and m">>: unknown_frame',
      ],
      [
        'a type that does not exist, on a channel not open',
        encodeFrame(9, 77, Buffer.from('"quoted"\n')),
        'connection.close 501 0.0 FRAME_ERROR - type 9, all octets = <<"\\"quoted\\"\\n">>: unknown_frame',
      ],
      [
        'type 4, the heartbeat of old',
        encodeFrame(4, 0, Buffer.from('')),
        'connection.close 501 0.0 FRAME_ERROR - type 4, all octets = <<>>: unknown_frame',
      ],
      [
        'a heartbeat with a payload',
        encodeFrame(FRAME_HEARTBEAT, 0, octets(3, 1)),
        'connection.close 501 0.0 FRAME_ERROR - type 8, all octets = <<1,2,3>>: unknown_frame',
      ],
      [
        'a heartbeat on a channel',
        encodeFrame(FRAME_HEARTBEAT, 1, Buffer.from('')),
        'connection.close 505 0.0 UNEXPECTED_FRAME - type 8, all octets = <<>>',
      ],
      [
        'a method of three octets',
        encodeFrame(FRAME_METHOD, 1, octets(3, 0)),
        'connection.close 501 0.0 FRAME_ERROR - type 1, all octets = <<0,1,2>>: unknown_frame',
      ],
      [
        'an empty method',
        encodeFrame(FRAME_METHOD, 0, Buffer.from('')),
        'connection.close 501 0.0 FRAME_ERROR - type 1, all octets = <<>>: unknown_frame',
      ],
      [
        'a content header of eleven octets',
        encodeFrame(FRAME_HEADER, 1, octets(11, 0)),
        'connection.close 501 0.0 FRAME_ERROR - type 2, all octets = <<0,1,2,3,4,5,6,7,8,9,10>>: unknown_frame',
      ],
      [
        'a content header on channel 0',
        encodeContentHeaderFrame(0, 0n, {}),
        'connection.close 505 0.0 UNEXPECTED_FRAME - type 2, all octets = <<0,60,0,0,0,0,0,0,0,0,0,0,0,0>>',
      ],
      [
        'a body on channel 0',
        encodeFrame(FRAME_BODY, 0, Buffer.from('body')),
        'connection.close 505 0.0 UNEXPECTED_FRAME - type 3, all octets = <<"body">>',
      ],
      [
        'octets that are Latin-1',
        encodeFrame(9, 1, Buffer.from('gr\xfc\xdfe', 'latin1')),
        // The octets themselves; see src/protocol/text.ts.
        'connection.close 501 0.0 FRAME_ERROR - type 9, all octets = <<"gr\udcfc\udcdfe">>: unknown_frame',
      ],
      [
        'text that is not ASCII',
        encodeFrame(9, 1, Buffer.from('grüße')),
        'connection.close 501 0.0 FRAME_ERROR - type 9, all octets = <<103,114,195,188,195,159,101>>: unknown_frame',
      ],
    ])('%s', async (_title, bytes, line) => {
      expect(await closing(bytes)).toBe(line);
    });
  });

  describe('that are too large', () => {
    const large = (size: number) => encodeFrame(FRAME_BODY, 1, Buffer.alloc(size));

    test('are refused before they came whole', async () => {
      expect(await closing(large(131073).subarray(0, 7))).toBe(
        'connection.close 501 0.0 FRAME_ERROR - type 3, all octets = <<>>: {frame_too_large,131073,131064}',
      );
    });

    test('may be as large as frame-max without what surrounds the payload', async () => {
      const { client, channel } = await open();
      const queue = await channel.queue();
      const publish = encodeCall(1, 'basic.publish', { routing_key: queue });
      client.socket.send(Buffer.concat([publish, encodeContentHeaderFrame(1, 131072n, {}), large(131072)]));
      expect((await channel.get(queue))?.body.length).toBe(131072);
    });

    test('are measured by the frame-max that was agreed', async () => {
      const client = await broker.connect({ frameMax: 4096 });
      client.socket.send(large(4097));
      expect((await client.closed)?.message).toBe(
        'connection.close 501 0.0 FRAME_ERROR - type 3, all octets = <<>>: {frame_too_large,4097,4088}',
      );
    });

    test('come in pieces to a client with a smaller frame-max', async () => {
      const publisher = await broker.channel();
      const client = await broker.connect({ frameMax: 4096 });
      const channel = await client.channel();
      const queue = await channel.queue();
      publisher.publish({ routingKey: queue, body: Buffer.alloc(10_000, 'x') });
      await publisher.sync();
      const got = await channel.get(queue);
      expect(got?.body.equals(Buffer.alloc(10_000, 'x'))).toBe(true);
      expect(client.socket.largestFrame).toBe(4096);
    });
  });

  describe('of a method', () => {
    const declare = (name: Uint8Array, end: number[] = [0, 0, 0, 0, 0]) =>
      encodeFrame(FRAME_METHOD, 1, Buffer.from([0, 50, 0, 10, 0, 0, name.length, ...name, ...end]));

    test.each([
      [
        'with arguments cut short',
        declare(Buffer.from('q'), [0, 0, 0, 0]),
        'connection.close 501 queue.declare FRAME_ERROR - cannot decode <<0,0,1,113,0,0,0,0>>',
      ],
      [
        'with octets left over',
        declare(Buffer.from('q'), [2, 0, 0, 0, 0, 1]),
        'connection.close 501 queue.declare FRAME_ERROR - cannot decode <<0,0,1,113,2,0,0,0,0,1>>',
      ],
      [
        'with a table longer than the frame',
        declare(Buffer.from('q'), [2, 0, 0, 0, 9, 1]),
        'connection.close 501 queue.declare FRAME_ERROR - cannot decode <<0,0,1,113,2,0,0,0,9,1>>',
      ],
      [
        'with a name that is not UTF-8',
        declare(Buffer.from([0x71, 0xff])),
        'connection.close 501 0.0 FRAME_ERROR - Malformed UTF-8 in shortstr',
      ],
      [
        'of no arguments where there should be some',
        encodeFrame(FRAME_METHOD, 1, Buffer.from([0, 20, 0, 20])),
        'connection.close 501 channel.flow FRAME_ERROR - cannot decode <<>>',
      ],
    ])('%s', async (_title, bytes, line) => {
      expect(await closing(bytes)).toBe(line);
    });

    test.each([
      ['of a class that does not exist', encodeFrame(FRAME_METHOD, 1, Buffer.from([0, 99, 0, 10]))],
      ['that does not exist', encodeFrame(FRAME_METHOD, 1, Buffer.from([0, 50, 0, 99]))],
      ['that does not exist, on channel 0', encodeFrame(FRAME_METHOD, 0, Buffer.from([0, 10, 0, 99]))],
      ['on channel 0, cut short', encodeFrame(FRAME_METHOD, 0, Buffer.from([0, 10, 0, 50, 0]))],
      ['with a value of unknown type in a table', declare(Buffer.from('q'), [2, 0, 0, 0, 3, 1, 0x61, 0x3f])],
      ['with a value cut short in a table', declare(Buffer.from('q'), [2, 0, 0, 0, 4, 1, 0x61, 0x49, 0])],
    ])('%s ends the connection', async (_title, bytes) => {
      expect(await closing(bytes)).toEqual(expect.any(String));
    });
  });

  describe('with text that is not UTF-8', () => {
    const text = 'q\udcff'; // the octet 0xff, see src/protocol/text.ts

    test.each([
      ['basic.get', { queue: text }],
      ['basic.consume', { queue: 'q', consumer_tag: text }],
      ['exchange.declare', { exchange: text, type: 'direct' }],
      ['exchange.declare', { exchange: 'x', type: text }],
      ['queue.bind', { queue: 'q', exchange: 'amq.direct', routing_key: text }],
      ['exchange.bind', { source: 'amq.direct', destination: 'amq.fanout', routing_key: text }],
      ['queue.purge', { queue: text }],
      ['queue.delete', { queue: text }],
      ['basic.cancel', { consumer_tag: text }],
      ['channel.close', { reply_text: text }],
      ['channel.open', { out_of_band: text }],
      ['access.request', { realm: text }],
    ] as const)('%s is refused', async (method, values) => {
      expect(await closing(encodeCall(1, method, values))).toBe(
        'connection.close 501 0.0 FRAME_ERROR - Malformed UTF-8 in shortstr',
      );
    });

    test('basic.publish is taken', async () => {
      const { channel } = await open();
      const queue = await channel.queue();
      await channel.call('queue.bind', { queue, exchange: 'amq.fanout' });
      channel.publish({ exchange: 'amq.fanout', routingKey: text, properties: { correlation_id: text } });
      await channel.sync();
      expect(await channel.get(queue)).toMatchObject({
        arguments: { routing_key: text },
        properties: { correlation_id: text },
      });
      channel.publish({ exchange: text });
      expect((await channel.closed)?.message).toBe(
        `channel.close 404 basic.publish NOT_FOUND - no exchange '${text}' in vhost '/'`,
      );
    });
  });

  describe('of content', () => {
    const publish = encodeCall(1, 'basic.publish', { routing_key: 'nowhere' });
    const size = (bytes: number) => encodeContentHeaderFrame(1, BigInt(bytes), {});
    const body = (text: string) => encodeFrame(FRAME_BODY, 1, Buffer.from(text));
    const declare = encodeCall(1, 'exchange.declare', { exchange: 'amq.direct', passive: true });
    const other = Uint8Array.from(encodeContentHeader(0n, {}));
    other[1] = 50;
    const weighty = Uint8Array.from(encodeContentHeader(0n, {}));
    weighty[3] = 1;

    test.each([
      [
        'a header without a method',
        [size(0)],
        'connection.close 505 0.0 UNEXPECTED_FRAME - expected method frame, got non method frame instead',
      ],
      [
        'a body without a method',
        [body('x')],
        'connection.close 505 0.0 UNEXPECTED_FRAME - expected method frame, got non method frame instead',
      ],
      [
        'an empty body without a method',
        [body('')],
        'connection.close 505 0.0 UNEXPECTED_FRAME - expected method frame, got non method frame instead',
      ],
      [
        'a body where the header should be',
        [publish, body('x')],
        'connection.close 505 basic.publish UNEXPECTED_FRAME - expected content header for class 60, got non content header frame instead',
      ],
      [
        'a method where the header should be',
        [publish, declare],
        'connection.close 505 basic.publish UNEXPECTED_FRAME - expected content header for class 60, got non content header frame instead',
      ],
      [
        'a second method',
        [publish, publish],
        'connection.close 505 basic.publish UNEXPECTED_FRAME - expected content header for class 60, got non content header frame instead',
      ],
      [
        'a header of another class',
        [publish, encodeFrame(FRAME_HEADER, 1, other)],
        'connection.close 505 basic.publish UNEXPECTED_FRAME - expected content header for class 60, got one for class 50 instead',
      ],
      [
        'a header with a weight',
        [publish, encodeFrame(FRAME_HEADER, 1, weighty)],
        'connection.close 505 basic.publish UNEXPECTED_FRAME - expected content header for class 60, got non content header frame instead',
      ],
      [
        'a second header',
        [publish, size(1), size(1)],
        'connection.close 505 basic.publish UNEXPECTED_FRAME - expected content body, got non content body frame instead',
      ],
      [
        'a method where the body should be',
        [publish, size(1), declare],
        'connection.close 505 basic.publish UNEXPECTED_FRAME - expected content body, got non content body frame instead',
      ],
      [
        'a method before the body is whole',
        [publish, size(2), body('x'), declare],
        'connection.close 505 basic.publish UNEXPECTED_FRAME - expected content body, got non content body frame instead',
      ],
      [
        'an empty body after the header that said so',
        [publish, size(0), body('')],
        'connection.close 505 0.0 UNEXPECTED_FRAME - expected method frame, got non method frame instead',
      ],
      [
        'a body more than there should be',
        [publish, size(1), body('x'), body('y')],
        'connection.close 505 0.0 UNEXPECTED_FRAME - expected method frame, got non method frame instead',
      ],
    ])('%s', async (_title, frames, line) => {
      expect(await closing(...frames)).toBe(line);
    });

    // RabbitMQ before 4.0 finds out only with the frame after it.
    test('a body larger than was said ends the connection', async () => {
      expect(await closing(publish, size(1), body('xy'), declare)).toMatch(/^connection\.close 50[15] basic\.publish /);
    });

    test('empty bodies in between are taken', async () => {
      const { client, channel } = await open();
      const queue = await channel.queue();
      const frames = [encodeCall(1, 'basic.publish', { routing_key: queue }), size(2), body(''), body('a'), body('')];
      client.socket.send(Buffer.concat([...frames, body('b')]));
      expect((await channel.get(queue))?.body.toString()).toBe('ab');
    });

    test('may be interleaved with those of other channels, and heartbeats', async () => {
      const client = await broker.connect();
      const [one, two] = [await client.channel(), await client.channel()];
      const queue = await one.queue();
      const frames = (channel: number, text: string) => [
        encodeCall(channel, 'basic.publish', { routing_key: queue }),
        encodeContentHeaderFrame(channel, 2n, {}),
        encodeFrame(FRAME_BODY, channel, Buffer.from(text.slice(0, 1))),
        encodeFrame(FRAME_BODY, channel, Buffer.from(text.slice(1))),
      ];
      const [first, second] = [frames(1, 'ab'), frames(2, 'cd')];
      const mixed = first.flatMap((frame, index) => [frame, HEARTBEAT_FRAME, second[index]!]);
      client.socket.send(Buffer.concat(mixed));
      await two.sync();
      await one.sync();
      const bodies = [await one.get(queue), await one.get(queue)].map((got) => got?.body.toString());
      expect(bodies.sort()).toEqual(['ab', 'cd']);
    });

    test('may come byte by byte', async () => {
      const { client, channel } = await open();
      const queue = await channel.queue();
      const frames = [encodeCall(1, 'basic.publish', { routing_key: queue }), size(3), body('abc')];
      const bytes = Buffer.concat(frames);
      for (const byte of bytes) client.socket.send(Uint8Array.of(byte));
      expect((await channel.get(queue))?.body.toString()).toBe('abc');
    });

    test('of a refused publish are passed over', async () => {
      const { client, channel } = await open();
      const refused = encodeCall(1, 'basic.publish', { exchange: 'no such exchange' });
      client.socket.send(Buffer.concat([refused, size(4), body('ab'), body('cd')]));
      expect((await channel.closed)?.message).toBe(
        "channel.close 404 basic.publish NOT_FOUND - no exchange 'no such exchange' in vhost '/'",
      );
      await (await client.channel(1)).sync();
    });
  });

  test('table values of every type come back as they were sent', async () => {
    const { channel } = await open();
    const queue = await channel.queue();
    const headers = table({
      bool: true,
      string: 'grüße',
      bytes: Uint8Array.of(0, 255),
      small: { type: 'b', value: -128 },
      short: { type: 's', value: -32768 },
      int: -(2 ** 31),
      long: -(2n ** 63n),
      float: { type: 'f', value: 0.5 },
      double: 0.1,
      decimal: { type: 'D', scale: 2, value: 314 },
      time: { type: 'T', value: 1_600_000_000n },
      nothing: null,
      list: [1, 'two', [true], { four: 4 }],
      nested: { a: { b: { c: '' } } },
    });
    channel.publish({ routingKey: queue, properties: { headers } });
    expect((await channel.get(queue))?.properties.headers).toEqual(headers);
  });
});

function wrongEnd(frame: Uint8Array): Uint8Array {
  const wrong = Uint8Array.from(frame);
  wrong[wrong.length - 1] = 0xcd;
  return wrong;
}

function octets(count: number, first: number): Uint8Array {
  return Uint8Array.from({ length: count }, (_, index) => first + index);
}
