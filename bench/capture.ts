// Makes a capture file for the reading benchmark: a pcap of loopback-like traffic between clients and a broker, with
// valid IPv4 and TCP headers and checksums. Some packets carry one frame, some dozens; frames run across packets as
// they do in life. Counterpart of reading.ts. The same seed gives the same file.

import { closeSync, openSync, writeSync } from 'node:fs';
import { Conversation, PCAP_HEADER } from './conversation.ts';
import * as frames from './frames.ts';
import * as handshake from './handshake.ts';

const MESSAGE_KINDS = 64;
const CONNECTION_PAIRS = 4;
const WRITE_SIZE = 1 << 20;

/** What the file holds. */
export interface CaptureContent {
  readonly frames: number;
  readonly packets: number;
  readonly bytes: number;
}

/** Writes a capture with at least `frameCount` AMQP frames to `file`. */
export function writeCapture(file: string, frameCount: number): CaptureContent {
  const descriptor = openSync(file, 'w');
  const pending: Buffer[] = [PCAP_HEADER];
  const content = { frames: 0, packets: 0, bytes: 0 };
  let pendingSize = PCAP_HEADER.length;
  const flush = (): void => {
    writeSync(descriptor, Buffer.concat(pending));
    content.bytes += pendingSize;
    pending.length = pendingSize = 0;
  };
  const emit = (packet: Buffer): void => {
    content.packets += 1;
    pendingSize += pending[pending.push(packet) - 1]!.length;
    if (pendingSize > WRITE_SIZE) flush();
  };
  const traffic = new Traffic(emit);
  while (traffic.frames < frameCount) traffic.step();
  flush();
  closeSync(descriptor);
  return { ...content, frames: traffic.frames };
}

/** A publisher's and a consumer's connection, with what flows over them. */
interface Pair {
  readonly publisher: Conversation;
  readonly consumer: Conversation;
  tag: number;
}

class Traffic {
  frames = 0;
  readonly #random = randomSource(0x5eed);
  readonly #messages: readonly frames.Message[];
  readonly #pairs: readonly Pair[];

  constructor(emit: (packet: Buffer) => void) {
    this.#messages = Array.from({ length: MESSAGE_KINDS }, (_, index) => message(index, this.#random));
    this.#pairs = Array.from({ length: CONNECTION_PAIRS }, (_, index) => ({
      publisher: new Conversation(40_000 + 2 * index, emit),
      consumer: new Conversation(40_001 + 2 * index, emit),
      tag: 0,
    }));
    for (const { publisher, consumer } of this.#pairs) {
      this.#openConnection(publisher);
      this.#openConnection(consumer);
    }
  }

  /** A few messages on one pair: published, delivered, acknowledged. Now and then a heartbeat each way. */
  step(): void {
    const pair = this.#pairs[this.#upTo(CONNECTION_PAIRS)]!;
    const count = this.#random() < 0.5 ? 1 : 1 + this.#upTo(20);
    const messages = Array.from({ length: count }, () => this.#messages[this.#upTo(MESSAGE_KINDS)]!);
    pair.publisher.send('client', Buffer.concat(messages.map(frames.publish)));
    const deliveries = messages.map((each, index) => frames.deliver(each, 'worker-1', pair.tag + index + 1));
    pair.consumer.send('server', Buffer.concat(deliveries));
    const acks = messages.map((_, index) => frames.ack(pair.tag + index + 1));
    pair.consumer.send('client', Buffer.concat(acks));
    pair.tag += count;
    this.frames += 7 * count;
    if (this.#random() < 0.001) this.#heartbeat(pair.publisher);
  }

  #heartbeat(conversation: Conversation): void {
    conversation.send('client', handshake.HEARTBEAT);
    conversation.send('server', handshake.HEARTBEAT);
    this.frames += 2;
  }

  #openConnection(conversation: Conversation): void {
    conversation.send('client', handshake.PROTOCOL_HEADER);
    const { START, START_OK, TUNE, TUNE_OK_AND_OPEN, OPEN_OK, CHANNEL_OPEN, CHANNEL_OPEN_OK } = handshake;
    const turns = [START, START_OK, TUNE, TUNE_OK_AND_OPEN, OPEN_OK, CHANNEL_OPEN, CHANNEL_OPEN_OK];
    turns.forEach((bytes, index) => {
      conversation.send(index % 2 === 0 ? 'server' : 'client', bytes);
    });
    this.frames += turns.length + 2;
  }

  #upTo(limit: number): number {
    return Math.floor(this.#random() * limit);
  }
}

const ROUTING_KEYS = ['order.created', 'order.paid', 'order.shipped', 'customer.changed', 'invoice.sent'];

function message(index: number, random: () => number): frames.Message {
  const note = 'All is well. '.repeat(1 + Math.floor(random() * 24));
  const body = Buffer.from(JSON.stringify({ id: index, total: Math.floor(random() * 1e5), note }));
  const { shortString, longString, long, octet, short, longlong } = frames;
  const attempt = Buffer.concat([shortString('attempt'), Buffer.from('I'), long(1)]);
  const source = Buffer.concat([shortString('source'), Buffer.from('S'), longString('shop-frontend')]);
  const headers = Buffer.concat([long(attempt.length + source.length), attempt, source]);
  const contentType = shortString('application/json');
  const messageId = shortString(`message-${String(index).padStart(8, '0')}`);
  const timestamp = longlong(1_700_000_000 + index);
  // content-type, headers, delivery-mode, message-id, timestamp: in the order of their flags
  const properties = Buffer.concat([short(0xb0c0), contentType, headers, octet(2), messageId, timestamp]);
  return { exchange: 'shop.events', routingKey: ROUTING_KEYS[index % ROUTING_KEYS.length]!, properties, body };
}

/** mulberry32: numbers in [0, 1) from a 32-bit seed. */
function randomSource(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
