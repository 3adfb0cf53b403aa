// What a store holds, as plain values that tests compare; and messages that say where they belong.

import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll } from 'vitest';
import { Message } from '../../../src/broker/message/message.ts';
import type { Store } from '../../../src/broker/store/store.ts';

const folders: string[] = [];

/** An empty folder that goes when the tests of the file are done. */
export async function emptyFolder(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'amqp-spy-store-'));
  folders.push(folder);
  return folder;
}

afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** A message whose body repeats its own name, so that a mix-up shows. */
export function messageOf(queue: number, position: number, size: number): Message {
  const bytes = Buffer.alloc(14 + size, `${queue}/${position};`);
  return new Message('exchange', `key.${queue}`, {
    bytes,
    start: 0,
    bodyStart: 14,
    end: bytes.length,
    persistent: true,
    priority: 0,
    expiration: -1,
  });
}

/** `queue/level/position` of all messages in these queues; fails where a body is not the message's own. */
export function placesOf(store: Store, queues: readonly number[]): string[] {
  const places: string[] = [];
  for (const queue of queues) {
    for (const { level, position, message } of store.messages(queue)) {
      const expected = messageOf(queue, position, message.bodySize);
      if (!Buffer.from(message.bytes.subarray(message.start, message.end)).equals(expected.bytes as Buffer)) {
        throw new Error(`message ${queue}/${level}/${position} has another content`);
      }
      if (message.routingKey !== expected.routingKey || message.exchange !== expected.exchange) {
        throw new Error(`message ${queue}/${level}/${position} has route ${message.exchange} ${message.routingKey}`);
      }
      places.push(`${queue}/${level}/${position}`);
    }
  }
  return places;
}

export function flushed(store: Store): Promise<void> {
  return new Promise((resolve) => store.flush(resolve));
}
