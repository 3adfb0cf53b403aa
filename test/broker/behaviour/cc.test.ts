// The headers CC and BCC: further routing keys of a message. Counterpart: dead-letter.test.ts for what dying makes of them.

import { expect, test } from 'vitest';
import { plain, table } from '../../rig/amqp-client.ts';
import { behaviour, unique } from './brokers.ts';
import { drain, untilReady } from './observation.ts';

behaviour('CC and BCC', (broker) => {
  test('a message goes to the queues of all its keys', async () => {
    const ch = await broker.channel();
    const [to, cc, bcc] = [await ch.queue(), await ch.queue(), await ch.queue()];
    ch.publish({ routingKey: to, body: 'm', properties: { headers: table({ CC: [cc], BCC: [bcc] }) } });
    await ch.sync();
    for (const queue of [to, cc, bcc]) {
      const message = (await ch.get(queue))!;
      expect(message.arguments).toMatchObject({ exchange: '', routing_key: to });
      expect(plain(message.properties.headers)).toEqual({ CC: [cc] });
    }
  });

  test('BCC is taken out, even where it was the only header', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue();
    ch.publish({ routingKey: 'nowhere', properties: { headers: table({ BCC: [queue] }), type: 't' } });
    const message = (await ch.get(queue))!;
    expect(message.properties).toEqual({ headers: [], type: 't' });
    expect(message.arguments.routing_key).toBe('nowhere');
  });

  test('a queue gets the message once, however many of the keys lead to it', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue();
    ch.publish({ routingKey: queue, body: 'm', properties: { headers: table({ CC: [queue, queue], BCC: [queue] }) } });
    expect(await drain(ch, queue)).toEqual(['m']);
  });

  test('a message with a route by CC only is not returned', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue();
    ch.publish({ routingKey: 'nowhere', mandatory: true, properties: { headers: table({ CC: [queue] }) } });
    await untilReady(ch, queue, 1);
    expect(ch.pending()).toEqual([]);
  });

  test('a message that is returned has lost its BCC', async () => {
    const ch = await broker.channel();
    const none = unique('none');
    ch.publish({ routingKey: none, mandatory: true, properties: { headers: table({ CC: [none], BCC: [none] }) } });
    expect(plain((await ch.next('basic.return')).properties.headers)).toEqual({ CC: [none] });
  });

  test('topic and direct exchanges look at all keys', async () => {
    const ch = await broker.channel();
    const [key, queue] = [unique('k'), await ch.queue()];
    for (const [exchange, routing_key] of [
      ['amq.topic', `*.${key}`],
      ['amq.direct', key],
    ] as const) {
      await ch.call('queue.bind', { queue, exchange, routing_key });
      const cc = routing_key.replace('*', 'any');
      ch.publish({ exchange, routingKey: 'other', body: exchange, properties: { headers: table({ CC: [cc] }) } });
    }
    expect(await drain(ch, queue)).toEqual(['amq.topic', 'amq.direct']);
  });

  test('elements that are not strings are ignored', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue();
    ch.publish({ routingKey: 'nowhere', body: 'm', properties: { headers: table({ CC: [1, null, queue, ['x']] }) } });
    expect(await drain(ch, queue)).toEqual(['m']);
  });

  test.each([
    ['CC', 'longstr', 'key'],
    ['BCC', 'longstr', 'key'],
    ['CC', 'table', { key: 1 }],
    ['CC', 'signedint', 1],
    ['CC', 'void', null],
    ['CC', 'bool', true],
    ['CC', 'long', 1n],
    ['CC', 'double', 1.5],
    ['CC', 'timestamp', new Date(0)],
    ['CC', 'binary', new Uint8Array(1)],
    ['CC', 'byte', { type: 'b', value: 1 }],
    ['CC', 'unsignedbyte', { type: 'B', value: 1 }],
    ['CC', 'short', { type: 's', value: 1 }],
    ['CC', 'unsignedshort', { type: 'u', value: 1 }],
    ['CC', 'unsignedint', { type: 'i', value: 1 }],
    ['CC', 'float', { type: 'f', value: 1 }],
    ['CC', 'decimal', { type: 'D', scale: 0, value: 1 }],
  ] as const)('%s must be an array, not a %s', async (header, type, value) => {
    const ch = await broker.channel();
    ch.publish({ routingKey: 'q', properties: { headers: table({ [header]: value }) } });
    expect((await ch.closed)?.message).toBe(
      `channel.close 406 basic.publish PRECONDITION_FAILED - invalid message: {unacceptable_type_in_header,"${header}",${type}}`,
    );
  });
});
