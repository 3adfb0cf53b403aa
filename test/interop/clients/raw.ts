// The scenario of no client: frames that no client library sends, or not with such values, written by this project's encoder.
// Counterpart: oracle.test.ts, where tshark reads them.

import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { encodeContentHeaderFrame } from '../../../src/protocol/content-header.ts';
import { encodeFrame, FRAME_BODY, HEARTBEAT_FRAME } from '../../../src/protocol/frame.ts';
import { encodeMethodFrame } from '../../../src/protocol/method.ts';
import type { Scenario } from './scenario.ts';

const PROTOCOL_HEADER = Buffer.from('AMQP\0\0\x09\x01', 'latin1');
const RESPONSE = '\x05LOGINS\0\0\0\x05guest\x08PASSWORDS\0\0\0\x05guest';
const LAST_TAG = 2n ** 64n - 1n;
/** Class and method: channel.close, connection.close-ok. */
const CHANNEL_CLOSE = Buffer.from([0, 20, 0, 40]);
const CLOSE_OK = Buffer.from([0, 10, 0, 51]);

export const RAW: Scenario = {
  client: 'raw frames',
  async play(uri, name) {
    const socket = connect(Number(new URL(uri).port), '127.0.0.1');
    await once(socket, 'connect');
    shakeHands(socket, name);
    rareMethods(socket, name);
    content(socket, name);
    socket.write(encodeMethodFrame(1, 'basic.ack', { delivery_tag: LAST_TAG, multiple: false }));
    await received(socket, CHANNEL_CLOSE);
    socket.write(encodeMethodFrame(1, 'channel.close-ok', {}));
    const reason = { reply_code: 541, reply_text: 'over and out', class_id: 60, method_id: 80 };
    socket.write(encodeMethodFrame(0, 'connection.close', reason));
    await received(socket, CLOSE_OK);
    socket.end();
    await ended(socket);
    // RabbitMQ answers another protocol with its own header, and hangs up.
    const stranger = connect(Number(new URL(uri).port), '127.0.0.1');
    stranger.write('AMQP\x01\x01\0\x0a');
    await ended(stranger);
    return undefined;
  },
};

function shakeHands(socket: Socket, name: string): void {
  const properties = [['connection_name', { type: 'S', value: name }]] as const;
  const startOk = { client_properties: properties, mechanism: 'AMQPLAIN', response: RESPONSE, locale: 'en_US' };
  socket.write(PROTOCOL_HEADER);
  socket.write(encodeMethodFrame(0, 'connection.start-ok', startOk));
  socket.write(encodeMethodFrame(0, 'connection.tune-ok', { channel_max: 9, frame_max: 4096, heartbeat: 600 }));
  socket.write(encodeMethodFrame(0, 'connection.open', { virtual_host: '/' }));
  socket.write(HEARTBEAT_FRAME);
  socket.write(encodeMethodFrame(1, 'channel.open', {}));
}

/** What clients no longer send, or never without waiting for the answer. */
function rareMethods(socket: Socket, name: string): void {
  const queue = `${name}-q`;
  const exchange = `${name}-x`;
  const flags = { passive: false, durable: false, auto_delete: true, nowait: true, arguments: [] };
  const binding = { routing_key: 'k', nowait: true, arguments: [] };
  const access = { realm: '/data', exclusive: false, passive: true, active: false, write: true, read: true };
  socket.write(encodeMethodFrame(1, 'access.request', access));
  socket.write(encodeMethodFrame(1, 'exchange.declare', { exchange, type: 'topic', internal: false, ...flags }));
  socket.write(encodeMethodFrame(1, 'queue.declare', { queue, exclusive: true, ...flags }));
  socket.write(encodeMethodFrame(1, 'queue.bind', { queue, exchange, ...binding }));
  socket.write(encodeMethodFrame(1, 'exchange.bind', { destination: exchange, source: 'amq.fanout', ...binding }));
  socket.write(encodeMethodFrame(1, 'exchange.unbind', { destination: exchange, source: 'amq.fanout', ...binding }));
  socket.write(encodeMethodFrame(1, 'queue.purge', { queue, nowait: true }));
  socket.write(encodeMethodFrame(1, 'basic.recover-async', { requeue: true }));
  socket.write(encodeMethodFrame(1, 'confirm.select', { nowait: true }));
  socket.write(encodeMethodFrame(1, 'channel.flow', { active: true }));
}

/** Every property, in two small body frames, to a consumer whose answers do not wait. */
function content(socket: Socket, name: string): void {
  const routing_key = `${name}-q`;
  const consumer_tag = 'ctag';
  const flags = { no_local: true, no_ack: false, exclusive: false, nowait: true, arguments: [] };
  socket.write(encodeMethodFrame(1, 'basic.consume', { queue: routing_key, consumer_tag, ...flags }));
  socket.write(encodeMethodFrame(1, 'basic.publish', { exchange: '', routing_key, mandatory: true, immediate: false }));
  const huge = [['huge', { type: 'l', value: -(2n ** 63n) }]] as const;
  const properties = { headers: huge, delivery_mode: 1, priority: 255, timestamp: 253_402_300_799n, cluster_id: 'c' };
  socket.write(encodeContentHeaderFrame(1, 3n, properties));
  socket.write(encodeFrame(FRAME_BODY, 1, Buffer.from([0])));
  socket.write(encodeFrame(FRAME_BODY, 1, Buffer.from([0xce, 0xff])));
  socket.write(encodeMethodFrame(1, 'basic.cancel', { consumer_tag, nowait: true }));
}

async function received(socket: Socket, wanted: Buffer): Promise<void> {
  let seen = Buffer.alloc(0);
  while (!seen.includes(wanted)) seen = Buffer.concat([seen, ...(await once(socket, 'data'))]);
}

async function ended(socket: Socket): Promise<void> {
  socket.on('error', () => {});
  socket.resume();
  await new Promise((resolve) => socket.once('close', resolve));
}
