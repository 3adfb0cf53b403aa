// Messages through exchanges: one that copies each to ten queues, and one that finds its way among 10,000 topic bindings.
// What is counted are deliveries. Counterpart: delivery.ts, whose flow these use.

import { type Connection, openConnection } from '../connection.ts';
import * as frames from '../frames.ts';
import { CONSUME_NO_ACK, CONSUMER_TAG, Flow, measureFlow } from './delivery.ts';
import type { Sample } from './sample.ts';

const FANOUT_QUEUES = 10;
const TOPIC_BINDINGS = 10_000;
const BODY = Buffer.alloc(12, 'a');
const AUTO_DELETE = 0b01000;
/** Of exchange.declare and queue.bind. */
const NO_WAIT = 1;
const EXCHANGE_AUTO_DELETE = 0b00100;

/** A fanout exchange with ten queues; each message makes ten deliveries. */
export async function fanOut(port: number, seconds: number): Promise<Sample> {
  const exchange = `bench-fanout-${process.pid}`;
  const [publisher, consumer] = [await openConnection(port), await openConnection(port)];
  await declareExchange(publisher, exchange, 'fanout');
  for (let i = 0; i < FANOUT_QUEUES; i++) {
    const queue = `${exchange}-${i}`;
    await declareQueue(publisher, queue);
    await bind(publisher, queue, exchange, '');
    await consume(consumer, queue, `c${i}`);
  }
  const message = { exchange, routingKey: '', properties: frames.NO_PROPERTIES, body: BODY };
  const publish = frames.publish(message);
  const script = {
    publishes: frames.repeat(publish, 400),
    publishSize: publish.length,
    deliverySize: frames.deliver(message, 'c0', 1).length,
    copies: FANOUT_QUEUES,
  };
  return await measureFlow(new Flow(publisher, consumer, script, { bodySize: BODY.length, window: 400 }), seconds);
}

/** A topic exchange with 10,000 bindings, of which each message matches one; all keys come in turn. */
export async function topic(port: number, seconds: number): Promise<Sample> {
  const exchange = `bench-topic-${process.pid}`;
  const [publisher, consumer] = [await openConnection(port), await openConnection(port)];
  await declareExchange(publisher, exchange, 'topic');
  await declareQueue(publisher, exchange);
  const { method, short, shortString, octet, NO_TABLE } = frames;
  const numbers = Array.from({ length: TOPIC_BINDINGS }, (_, i) => String(i).padStart(5, '0'));
  const names = [short(0), shortString(exchange), shortString(exchange)];
  for (const number of numbers) {
    const key = shortString(`device.${number}.*`);
    publisher.socket.write(method(1, 50, 20, ...names, key, octet(NO_WAIT), NO_TABLE));
  }
  await bind(publisher, exchange, exchange, 'last');
  await consume(consumer, exchange, CONSUMER_TAG);
  const messages = numbers.map((number) => ({
    exchange,
    routingKey: `device.${number}.temperature`,
    properties: frames.NO_PROPERTIES,
    body: BODY,
  }));
  const publishes = messages.map(frames.publish);
  const script = {
    publishes: Buffer.concat(publishes),
    publishSize: publishes[0]!.length,
    deliverySize: frames.deliver(messages[0]!, CONSUMER_TAG, 1).length,
    copies: 1,
  };
  return await measureFlow(new Flow(publisher, consumer, script, { bodySize: BODY.length, window: 2000 }), seconds);
}

async function declareExchange(connection: Connection, name: string, type: string): Promise<void> {
  const { method, short, shortString, octet, NO_TABLE } = frames;
  const bits = octet(EXCHANGE_AUTO_DELETE);
  await connection.call(method(1, 40, 10, short(0), shortString(name), shortString(type), bits, NO_TABLE), 40, 11);
}

async function declareQueue(connection: Connection, name: string): Promise<void> {
  const { method, short, shortString, octet, NO_TABLE } = frames;
  await connection.call(method(1, 50, 10, short(0), shortString(name), octet(AUTO_DELETE), NO_TABLE), 50, 11);
}

async function bind(connection: Connection, queue: string, exchange: string, key: string): Promise<void> {
  const { method, short, shortString, octet, NO_TABLE } = frames;
  const names = [short(0), shortString(queue), shortString(exchange), shortString(key)];
  await connection.call(method(1, 50, 20, ...names, octet(0), NO_TABLE), 50, 21);
}

async function consume(connection: Connection, queue: string, tag: string): Promise<void> {
  const { method, short, shortString, octet, NO_TABLE } = frames;
  const args = [short(0), shortString(queue), shortString(tag), octet(CONSUME_NO_ACK), NO_TABLE];
  await connection.call(method(1, 60, 20, ...args), 60, 21);
}
