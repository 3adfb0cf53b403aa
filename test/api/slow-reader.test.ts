import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { ask, openApi, StreamClient } from './api-client.ts';
import { publish, Traffic } from './traffic.ts';

const MESSAGES = 40_000;
const PER_TURN = 100;
const LIMIT = 1 << 20;
/** An event with a body of 100,000 bytes, in base64. */
const LARGEST_EVENT = 134_000;

describe.each(['', '?batch=1'])('a subscriber that does not read (/stream%s)', (query) => {
  it('costs bounded memory, and is told in place exactly what it missed', async () => {
    const traffic = new Traffic({ size: 1 << 20 });
    const { client } = traffic.shakeHands();
    const api = await openApi(traffic);
    const buffered = async (): Promise<number> => (await ask(`${api.url}/api/health`)).json.subscribers.buffered_bytes;
    const stream = new StreamClient(api, query);
    const { from } = await stream.hello();
    stream.webSocket.pause();
    while ((await buffered()) < LIMIT) traffic.append(client, publish('x'.repeat(100_000)));
    for (let i = 0; i < MESSAGES; i += PER_TURN) {
      for (let j = 0; j < PER_TURN; j++) traffic.append(client, publish('x'.repeat(100)));
      await setImmediate();
    }
    expect(await buffered()).toBeLessThan(LIMIT + LARGEST_EVENT);
    stream.webSocket.resume();
    const last = traffic.log.nextId - 1;
    const events = await stream.upTo(last);
    let next = from;
    let missed = 0;
    for (const { type, count, id } of events) {
      if (type === 'missed') {
        missed += count;
        next += count;
      } else {
        expect(id).toBe(next);
        next++;
      }
    }
    expect(next).toBe(last + 1);
    expect(missed).toBeGreaterThan(2 * MESSAGES);
    expect(events.filter(({ type }) => type !== 'missed').length + missed).toBe(last + 1 - from);
    expect((await ask(`${api.url}/api/health`)).json.subscribers.missed).toBe(missed);
  });
});

describe('beside a subscriber that does not read', () => {
  it('another one loses nothing', async () => {
    const traffic = new Traffic({ size: 64 << 20 });
    const { client } = traffic.shakeHands();
    const api = await openApi(traffic);
    const [stuck, reading] = [new StreamClient(api), new StreamClient(api)];
    await Promise.all([stuck.hello(), reading.hello()]);
    stuck.webSocket.pause();
    for (let i = 0; i < 10_000; i++) traffic.append(client, publish('x'.repeat(1000)));
    const events = await reading.upTo(traffic.log.nextId - 1);
    expect(events).toHaveLength(30_000);
  });
});
