import { test } from 'vitest';
import { encodeContentHeaderFrame } from '../../../src/protocol/content-header.ts';
import { refusal } from '../../rig/amqp-client.ts';
import { behaviour } from './brokers.ts';
const bad = 'q\udcff';
behaviour('x', (broker) => {
  test.each([
    ['basic.get', { queue: bad }], ['basic.consume', { queue: 'q', consumer_tag: bad }], ['exchange.declare', { exchange: bad, type: 'direct' }], ['exchange.declare', { exchange: 'x', type: bad }],
    ['queue.bind', { queue: 'q', exchange: bad }], ['queue.bind', { queue: 'q', exchange: 'amq.direct', routing_key: bad }], ['queue.delete', { queue: bad }], ['exchange.delete', { exchange: bad }], ['basic.cancel', { consumer_tag: bad }],
    ['channel.close', { reply_text: bad }], ['exchange.bind', { source: 'amq.direct', destination: 'amq.fanout', routing_key: bad }], ['queue.purge', { queue: bad }],['channel.open', { out_of_band: bad }],['access.request', { realm: bad }],
  ] as const)('%s %j', async (m, v) => {
    const ch = await broker.channel();
    await ch.queue({ queue: 'q' });
    const line = await Promise.race([refusal(ch.call(m as never, v as never)).catch((e) => String(e)), new Promise((r) => setTimeout(() => r('nothing'), 3000))]);
    console.log(m, JSON.stringify(v), '=>', line);
  });
  test.each(['exchange', 'routing_key'])('publish %s', async (what) => {
    const client = await broker.connect();
    const ch = await client.channel();
    ch.send('basic.publish', { exchange: 'amq.direct', [what]: bad });
    client.socket.send(encodeContentHeaderFrame(1, 0n, {}));
    const line = await Promise.race([ch.closed.then((c) => c?.message), ch.sync().then(() => 'taken')]).catch(String);
    console.log('publish', what, line);
  });
});
