import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { HEARTBEAT_FRAME } from '../../src/protocol/frame.ts';
import { VERSION } from '../../src/version.ts';
import { type Answer, ask, openApi, StreamClient } from './api-client.ts';
import { tellStory } from './story.ts';
import { publish, Traffic } from './traffic.ts';

function ids(events: readonly Answer[]): number[] {
  return events.map(({ id }) => id);
}

function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, i) => first + i);
}

/** A WebSocket whose socket the test holds: it answers nothing by itself. */
async function rawSubscriber(url: string): Promise<Socket> {
  const { hostname, port, host } = new URL(url);
  const socket = connect(Number(port), hostname);
  onTestFinished(() => void socket.destroy());
  const key = 'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==';
  socket.write(`GET /stream HTTP/1.1\r\nHost: ${host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n${key}\r\n\r\n`);
  const [answer] = await once(socket, 'data');
  expect(String(answer)).toMatch(/^HTTP\/1\.1 101 /);
  return socket;
}

describe('the hello', () => {
  it('says what the stream is and where it begins', async () => {
    const traffic = new Traffic();
    traffic.shakeHands();
    const api = await openApi(traffic);
    expect(await new StreamClient(api).hello()).toEqual({
      ...{ v: 1, type: 'hello', version: VERSION },
      ...{ first_id: 1, next_id: 9, from: 9, batch: false, heartbeats: true, links: false },
      redacted: [
        'connection.start-ok.response',
        'connection.secure-ok.response',
        'connection.update-secret.new_secret',
      ],
    });
    expect(await new StreamClient(api, '?from=3&batch=1&heartbeats=0').hello()).toMatchObject({
      ...{ from: 3, batch: true, heartbeats: false },
    });
  });

  it('says that nothing is redacted when secrets are shown', async () => {
    const api = await openApi(new Traffic({ showSecrets: true }));
    expect((await new StreamClient(api).hello()).redacted).toEqual([]);
  });
});

describe('events', () => {
  it('come one a message, in the one shape, as they pass', async () => {
    const traffic = new Traffic();
    const { client } = traffic.shakeHands();
    const api = await openApi(traffic);
    const stream = new StreamClient(api);
    await stream.hello();
    traffic.append(client, publish('Hello World!'));
    const events = await stream.upTo(11);
    expect(ids(events)).toEqual([9, 10, 11]);
    expect(stream.messages).toHaveLength(4);
    const { json } = await ask(`${api.url}/api/frames?from=9`);
    expect(events).toEqual(json.events);
  });

  it('reach every subscriber', async () => {
    const traffic = new Traffic();
    const { client } = traffic.shakeHands();
    const api = await openApi(traffic);
    const streams = Array.from({ length: 20 }, () => new StreamClient(api));
    await Promise.all(streams.map((stream) => stream.hello()));
    for (let i = 0; i < 1000; i++) traffic.append(client, publish(`message ${i}`));
    const all = await Promise.all(streams.map((stream) => stream.upTo(3008)));
    expect(ids(all[0]!)).toEqual(range(9, 3008));
    for (const events of all) expect(events).toEqual(all[0]);
  });

  it('are whole for large payloads and any text', async () => {
    const traffic = new Traffic();
    const { client } = traffic.shakeHands();
    const stream = new StreamClient(await openApi(traffic));
    await stream.hello();
    const sizes = [0, 1, 30, 100, 40_000, 50_000, 131_000];
    for (const size of sizes) traffic.append(client, publish('ü'.repeat(size / 2), 'grüße.☃.😀'));
    const events = await stream.upTo(traffic.log.nextId - 1);
    const bodies = events.filter(({ type }) => type === 'body').map(({ payload }) => Buffer.from(payload, 'base64'));
    expect(bodies.map(String)).toEqual(sizes.map((size) => 'ü'.repeat(size / 2)));
    expect(events[0].arguments.routing_key).toBe('grüße.☃.😀');
  });

  it('leave out heartbeats when asked to', async () => {
    const traffic = new Traffic();
    const { client, server } = traffic.shakeHands();
    const stream = new StreamClient(await openApi(traffic), '?from=1&heartbeats=0');
    await stream.hello();
    traffic.append(server, HEARTBEAT_FRAME, HEARTBEAT_FRAME);
    traffic.append(client, publish('x'));
    expect(ids(await stream.upTo(13))).toEqual([...range(1, 7), ...range(11, 13)]);
  });
});

describe('?from', () => {
  it('replays the log and goes on live, without a gap and without a duplicate', async () => {
    const traffic = new Traffic({ size: 64 << 20 });
    const { client } = traffic.shakeHands();
    const write = (count: number): void => {
      for (let i = 0; i < count; i++) traffic.append(client, publish(`message ${i}`));
    };
    write(5000);
    const stream = new StreamClient(await openApi(traffic), '?from=100');
    for (let messages = 0; messages < 5000; messages += 50) {
      write(50);
      await stream.until((client) => client.messages.length > messages);
    }
    const last = traffic.log.nextId - 1;
    expect(ids(await stream.upTo(last))).toEqual(range(100, last));
  });

  it('older than the log is told what it missed first', async () => {
    const traffic = new Traffic({ size: 1 << 20 });
    const { client } = traffic.shakeHands();
    for (let i = 0; i < 40; i++) traffic.append(client, publish('x'.repeat(100_000)));
    const stream = new StreamClient(await openApi(traffic), '?from=2');
    const { first_id: first, from } = await stream.hello();
    expect(from).toBe(first);
    const [missed, ...events] = await stream.upTo(traffic.log.nextId - 1);
    expect(missed).toEqual({ v: 1, type: 'missed', count: first - 2 });
    expect(ids(events)).toEqual(range(first, traffic.log.nextId - 1));
  });

  it('beyond the end begins with what comes next', async () => {
    const traffic = new Traffic();
    const { client } = traffic.shakeHands();
    const stream = new StreamClient(await openApi(traffic), '?from=5000');
    expect(await stream.hello()).toMatchObject({ from: 9, next_id: 9 });
    traffic.append(client, publish('x'));
    expect(ids(await stream.upTo(11))).toEqual([9, 10, 11]);
  });
});

describe('?batch=1', () => {
  it('sends arrays of at most 500 events', async () => {
    const traffic = new Traffic();
    const { client } = traffic.shakeHands();
    for (let i = 0; i < 1000; i++) traffic.append(client, publish(`message ${i}`));
    const stream = new StreamClient(await openApi(traffic), '?from=1&batch=1');
    expect(ids(await stream.upTo(3008))).toEqual(range(1, 3008));
    const sizes = stream.messages.slice(1).map((batch) => batch.length);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(500);
    expect(sizes.length).toBeLessThan(100);
  });

  it('does not wait for an array to fill up', async () => {
    const traffic = new Traffic();
    const { client } = traffic.shakeHands();
    const stream = new StreamClient(await openApi(traffic), '?batch=1');
    await stream.hello();
    traffic.append(client, publish('one'));
    expect(ids(await stream.upTo(11))).toEqual([9, 10, 11]);
    traffic.append(client, publish('two'));
    expect(ids(await stream.upTo(14))).toEqual(range(9, 14));
  });
});

describe('links', () => {
  it('stand in the events of records that answer others, if they are asked for', async () => {
    const { api, published, confirmed, delivered, refused, log } = await told();
    const plain = await new StreamClient(api, '?from=1').upTo(log.nextId - 1);
    const linked = await new StreamClient(api, '?from=1&links=1').upTo(log.nextId - 1);
    const withLinks = linked.filter(({ links }) => links);
    expect(linked.map(({ links: _, ...event }) => event)).toEqual(plain);
    const of = (id: number) => withLinks.find((event) => event.id === id).links;
    expect(of(confirmed)).toEqual({ answers: published[0], latency: 200, settles: 2 });
    expect(of(delivered[0]!)).toEqual({
      answers: published[0],
      answered_by: refused,
      latency: 300,
      queue: 'invoices',
    });
    expect(withLinks.length).toBeLessThan(linked.length);
  });

  it('are in batches, too, beside events that are no frames', async () => {
    const { api, returned, log } = await told();
    const events = await new StreamClient(api, '?from=1&links=1&batch=1').upTo(log.nextId - 1);
    expect(ids(events)).toEqual(range(1, log.nextId - 1));
    expect(events.find(({ id }) => id === returned).links).toMatchObject({ latency: 100 });
    expect(events.at(-1)).toMatchObject({ type: 'finding', finding: 'unrouted', evidence: [returned] });
  });

  async function told() {
    const story = await tellStory();
    return { ...story, log: story.talk.log };
  }
});

describe('a wrong query', () => {
  it.each([
    ['?from=0', "from: expected a whole number from 1 on, found '0'"],
    ['?from=x', "from: expected a whole number from 1 on, found 'x'"],
    ['?batch=yes', "batch: expected 0 or 1, found 'yes'"],
    ['?heartbeats=', "heartbeats: expected 0 or 1, found ''"],
    ['?links=1', 'this API knows frames only: it was started without a session'],
    ['?form=1', "unknown parameter 'form'; expected from, batch, heartbeats, filter, links"],
  ])('%s closes the WebSocket with the reason', async (query, reason) => {
    const stream = new StreamClient(await openApi(new Traffic()), query);
    expect(await stream.closed).toEqual({ code: 1008, reason });
    expect(stream.messages).toEqual([]);
  });

  it('of great length in any script is cut to what a close frame holds', async () => {
    const stream = new StreamClient(await openApi(new Traffic()), `?from=${encodeURIComponent('ü'.repeat(200))}`);
    const { code, reason } = await stream.closed;
    expect(code).toBe(1008);
    expect(reason).toMatch(/^from: expected a whole number from 1 on, found 'ü+$/);
  });
});

describe('peers', () => {
  it('may send small messages, which nobody listens to', async () => {
    const traffic = new Traffic();
    const { client } = traffic.shakeHands();
    const stream = new StreamClient(await openApi(traffic));
    await stream.hello();
    stream.webSocket.send('{"hello":"spy"}');
    stream.webSocket.ping('still there?');
    const [data] = await once(stream.webSocket, 'pong');
    expect(String(data)).toBe('still there?');
    traffic.append(client, publish('x'));
    expect(ids(await stream.upTo(11))).toEqual([9, 10, 11]);
  });

  it('that send a large message are closed', async () => {
    const stream = new StreamClient(await openApi(new Traffic()));
    await stream.hello();
    stream.webSocket.send('x'.repeat(2000));
    expect((await stream.closed).code).toBe(1009);
  });

  it('that answer no ping are gone, those that do stay', async () => {
    const api = await openApi(new Traffic(), { pingMs: 20 });
    const stream = new StreamClient(api);
    const silent = await rawSubscriber(api.url);
    silent.resume();
    await once(silent, 'close');
    await once(stream.webSocket, 'ping');
    const { json } = await ask(`${api.url}/api/health`);
    expect(json.subscribers.open).toBe(1);
  });

  it('that vanish leave nothing behind', async () => {
    const traffic = new Traffic();
    const { client } = traffic.shakeHands();
    const api = await openApi(traffic);
    const [gone, stays] = [new StreamClient(api), new StreamClient(api)];
    await Promise.all([gone.hello(), stays.hello()]);
    gone.webSocket.terminate();
    await gone.closed;
    traffic.append(client, publish('x'));
    await stays.upTo(11);
    expect((await ask(`${api.url}/api/health`)).json.subscribers.open).toBe(1);
  });
});

describe('close', () => {
  it('sends what there is, and says goodbye', async () => {
    const traffic = new Traffic();
    const { client } = traffic.shakeHands();
    const api = await openApi(traffic);
    const [plain, batch] = [new StreamClient(api), new StreamClient(api, '?batch=1')];
    await Promise.all([plain.hello(), batch.hello()]);
    traffic.append(client, publish('last words'));
    await api.close();
    expect(await plain.closed).toEqual({ code: 1001, reason: 'amqp-spy stops' });
    expect(ids(plain.events)).toEqual([9, 10, 11]);
    await batch.closed;
    expect(ids(batch.events)).toEqual([9, 10, 11]);
  });

  it('does not wait for a peer that does not answer', async () => {
    const api = await openApi(new Traffic());
    const silent = await rawSubscriber(api.url);
    silent.resume();
    const ended = once(silent, 'close');
    await api.close();
    await ended;
  });
});
