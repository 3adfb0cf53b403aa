// consumer_timeout: a channel that keeps a delivery unsettled for too long is closed. It is a setting of a whole broker, so
// these tests start brokers of their own.

import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { AmqpClient } from '../../rig/amqp-client.ts';
import { destroyAllSockets } from '../../rig/amqp-socket.ts';
import { startRabbitMq } from '../../rig/rabbitmq.ts';
import { BROKERS } from './brokers.ts';
import { embeddedBroker } from './embedded-broker.ts';
import { deliveries, publishAll } from './observation.ts';

const TIMEOUT_MS = 500;

interface ImpatientBroker {
  readonly port: number;
  stop(): Promise<void>;
}

const STARTS: Readonly<Record<string, () => Promise<ImpatientBroker>>> = {
  rabbitmq: async () => {
    const rabbitMq = await startRabbitMq({ config: [`consumer_timeout = ${TIMEOUT_MS}`] });
    // How often a channel looks at its deliveries; no setting of rabbitmq.conf.
    await rabbitMq.ctl('eval', 'application:set_env(rabbit, channel_tick_interval, 100).');
    return rabbitMq;
  },
  'amqp-spy': async () => await embeddedBroker({ consumerTimeout: TIMEOUT_MS }),
};

describe.each(BROKERS)('the consumer timeout ($name)', ({ name }) => {
  let broker: ImpatientBroker | undefined;
  beforeAll(async () => {
    broker = await STARTS[name]!();
  });
  afterEach(destroyAllSockets);
  afterAll(async () => await broker?.stop());

  test('closes the channel of a consumer that does not settle in time, and no other', async () => {
    const client = await AmqpClient.connect({ port: broker!.port });
    const [other, ch] = [await client.channel(), await client.channel()];
    const queue = await ch.queue();
    publishAll(ch, queue, '1', '2');
    await ch.consume(queue);
    await deliveries(ch, 2);
    ch.send('basic.ack', { delivery_tag: 2n });
    const closed = await ch.closed;
    expect(closed?.message).toBe(
      `channel.close 406 0.0 PRECONDITION_FAILED - delivery acknowledgement on channel 2 timed out. Timeout value used: ${TIMEOUT_MS} ms. This timeout value can be configured, see consumers doc guide to learn more`,
    );
    expect(await other.get(queue)).toMatchObject({ arguments: { redelivered: true }, body: Buffer.from('1') });
  });

  test('holds for basic.get as well', async () => {
    const client = await AmqpClient.connect({ port: broker!.port });
    const ch = await client.channel();
    const queue = await ch.queue();
    publishAll(ch, queue, '1');
    await ch.get(queue, false);
    expect((await ch.closed)?.replyCode).toBe(406);
  });

  test('does not close a channel that settles', async () => {
    const client = await AmqpClient.connect({ port: broker!.port });
    const [idle, ch] = [await client.channel(), await client.channel()];
    const queue = await ch.queue();
    await ch.consume(queue);
    // One that does not settle tells when the time is over.
    publishAll(idle, await idle.queue(), 'held');
    await idle.get('', false);
    publishAll(ch, queue, 'settled');
    ch.send('basic.ack', { delivery_tag: (await ch.next('basic.deliver')).arguments.delivery_tag });
    expect((await idle.closed)?.replyCode).toBe(406);
    await ch.sync();
  });
});
