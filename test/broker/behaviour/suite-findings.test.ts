// What test suites of client libraries found to differ (php-amqplib, Net::AMQP::RabbitMQ, rabbitmq-c, RabbitMQ's Java client): each test stands for
// one of theirs. Sockets are used bare here, because how a connection ends is what they saw.

import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { PROTOCOL_HEADER } from '../../../src/protocol/protocol-header.ts';
import { encodeCall } from '../../rig/amqp-client.ts';
import { type BehaviourBroker, behaviour } from './brokers.ts';

const PLAIN = { mechanism: 'PLAIN', response: '\0guest\0guest', locale: 'en_US' };

behaviour('whoever is not known yet and errs', (broker) => {
  test('waits for the end of its connection while others come and go', async () => {
    const stranger = speak(broker, PROTOCOL_HEADER, encodeCall(0, 'connection.start-ok', { ...PLAIN, response: '' }));
    const end = endOf(stranger);
    const client = await broker.connect();
    await (await client.channel()).sync();
    expect(stranger.readableEnded).toBe(false);
    expect(await end).toBe('reset');
  });
});

behaviour('a client that does not answer connection.close', (broker) => {
  test('finds its connection reset', async () => {
    const again = encodeCall(0, 'connection.start-ok', PLAIN);
    expect(await endOf(speak(broker, ...opening(1), again))).toBe('reset');
  });
});

behaviour('a client without heartbeats', (broker) => {
  test('finds its connection reset', async () => {
    expect(await endOf(speak(broker, ...opening(1)))).toBe('reset');
  });
});

behaviour('a queue deleted by the channel that consumes from it', (broker) => {
  test('is answered before its consumer is cancelled', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue();
    await ch.consume(queue, { consumer_tag: 'c' });
    ch.send('queue.delete', { queue });
    expect([(await ch.next()).method, (await ch.next()).method]).toEqual(['queue.delete-ok', 'basic.cancel']);
  });
});

behaviour('consumers that share the limit of their channel', (broker) => {
  test.each(['one queue', 'two queues'])('get messages in turn from %s', async (which) => {
    const ch = await broker.channel();
    const first = await ch.queue();
    const queues = [first, which === 'one queue' ? first : await ch.queue()];
    await ch.call('basic.qos', { prefetch_count: 1, global: true });
    for (const [i, queue] of queues.entries()) await ch.consume(queue, { consumer_tag: `c${i}` });
    for (let i = 0; i < 60; i++) ch.publish({ routingKey: queues[i % 2]!, body: `${i}` });
    const tags = new Set<string>();
    // RabbitMQ draws who is first by lot between queues.
    for (let i = 0; i < 30; i++) {
      const { consumer_tag, delivery_tag } = (await ch.next('basic.deliver')).arguments;
      tags.add(consumer_tag);
      ch.send('basic.ack', { delivery_tag });
    }
    expect([...tags].sort()).toEqual(['c0', 'c1']);
  });
});

/** A client's side of the handshake; heartbeat in seconds. */
function opening(heartbeat: number): Uint8Array[] {
  return [
    PROTOCOL_HEADER,
    encodeCall(0, 'connection.start-ok', PLAIN),
    encodeCall(0, 'connection.tune-ok', { channel_max: 2047, frame_max: 131072, heartbeat }),
    encodeCall(0, 'connection.open', { virtual_host: '/' }),
  ];
}

/** Sends all this, and never anything more. */
function speak({ host, port }: BehaviourBroker, ...said: readonly Uint8Array[]): Socket {
  const socket = connect({ host, port, allowHalfOpen: true });
  onTestFinished(() => {
    socket.destroy();
  });
  socket.write(Buffer.concat(said));
  return socket.resume();
}

async function endOf(socket: Socket): Promise<'reset' | 'end'> {
  try {
    await once(socket, 'end');
    return 'end';
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ECONNRESET') return 'reset';
    throw error;
  }
}
