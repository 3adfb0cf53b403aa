// What a frame has to do with others, and the body that it is part of: /api/frames/:id beyond its own bytes.

import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { loadProtobuf } from '../../src/content/protobuf-schemas.ts';
import { encodeContentHeaderFrame } from '../../src/protocol/content-header.ts';
import { encodeFrame, FRAME_BODY } from '../../src/protocol/frame.ts';
import { encodeMethodFrame } from '../../src/protocol/method.ts';
import { Conversation } from '../rig/conversation.ts';
import { type Answer, ask, openApi } from './api-client.ts';
import { beginStory, tellStory } from './story.ts';
import { publish, Traffic } from './traffic.ts';

const PLACE = { exchange: '', routing_key: 'q', mandatory: false, immediate: false };

async function frame(url: string, id: number): Promise<Answer> {
  return (await ask(`${url}/api/frames/${id}`)).json;
}

describe('links', () => {
  it('tell what a record answers, how long after, and what answers it', async () => {
    const { api, published, delivered, refused } = await tellStory();
    const { links } = await frame(api.url, delivered[0]!);
    expect(links).toEqual({ answers: published[0], answered_by: refused, latency: 300, queue: 'invoices' });
  });

  it('count what one confirm settles', async () => {
    const { api, published, confirmed } = await tellStory();
    expect((await frame(api.url, confirmed)).links).toEqual({ answers: published[0], latency: 200, settles: 2 });
  });

  it('are left out where there are none, or no session', async () => {
    const { api, publisher } = await beginStory();
    expect(await frame(api.url, publisher.heartbeat('client'))).not.toHaveProperty('links');
    const traffic = new Traffic();
    traffic.append(traffic.shakeHands().client, publish('a'));
    const answer = await frame((await openApi(traffic)).url, 9);
    expect(answer).not.toHaveProperty('links');
    expect(answer).not.toHaveProperty('findings');
  });
});

describe('findings', () => {
  it('are those that the record is evidence of', async () => {
    const { api, returned, confirmed } = await tellStory();
    expect((await frame(api.url, returned)).findings).toMatchObject([
      { finding: 'unrouted', text: "'us' has no queue" },
    ]);
    expect(await frame(api.url, confirmed)).not.toHaveProperty('findings');
  });
});

describe('the body', () => {
  it('is decoded, for the method, the content header and the body frame alike', async () => {
    const { api, published } = await tellStory();
    const id = published[0]!;
    const answers = await Promise.all([id, id + 1, id + 2].map((each) => frame(api.url, each)));
    for (const { body } of answers) {
      expect(body).toMatchObject({ of: id, size: 13, decoder: 'json', layers: ['json'], complete: true });
      expect(body.value).toEqual({ total: 100 });
    }
    expect(Buffer.from(answers[2]!.raw, 'base64').subarray(7, -1).toString()).toBe('{"total":100}');
  });

  it('is unpacked first', async () => {
    const { api, publisher } = await beginStory();
    const properties = { content_type: 'text/plain', content_encoding: 'gzip' };
    const id = publisher.channel().publish({ body: gzipSync('hello hello'), properties });
    const { body } = await frame(api.url, id + 2);
    expect(body).toMatchObject({ layers: ['gzip', 'text'], text: 'hello hello' });
  });

  it('is read with the schemas that the API was given', async () => {
    const text = 'syntax = "proto3"; package shop; message Order { string id = 1; int32 total = 2; }';
    const protobuf = await loadProtobuf([{ name: 'shop.proto', text }], ['orders.*=shop.Order']);
    const talk = new Conversation();
    const body = Buffer.from('0a0361626310ac02', 'hex');
    const id = talk.connect().channel().publish({ routingKey: 'orders.eu', body });
    const { url } = await openApi(talk, { schemas: { protobuf } });
    expect((await frame(url, id)).body).toMatchObject({ decoder: 'protobuf', value: { id: 'abc', total: 300 } });
  });

  it('is gathered from all its frames, others between them', async () => {
    const traffic = new Traffic();
    const { client } = traffic.shakeHands();
    const text = JSON.stringify({ words: 'a long story' });
    const pieces = [text.slice(0, 5), text.slice(5, 6), text.slice(6)];
    const first = traffic.log.nextId;
    traffic.append(client, encodeMethodFrame(1, 'basic.publish', PLACE));
    traffic.append(client, encodeContentHeaderFrame(1, BigInt(text.length), { content_type: 'application/json' }));
    for (const piece of pieces) {
      for (let i = 0; i < 300; i++) traffic.append(client, encodeFrame(FRAME_BODY, 2, Buffer.from('not mine')));
      traffic.append(client, encodeFrame(FRAME_BODY, 1, Buffer.from(piece)));
    }
    const { url } = await openApi(traffic);
    for (const id of [first, first + 1, first + 302, traffic.log.nextId - 1]) {
      expect((await frame(url, id)).body).toMatchObject({
        of: first,
        value: { words: 'a long story' },
        complete: true,
      });
    }
  });

  it('that has not come whole is shown as far as it came', async () => {
    const traffic = new Traffic();
    const { client } = traffic.shakeHands();
    traffic.append(client, encodeMethodFrame(1, 'basic.publish', PLACE));
    traffic.append(client, encodeContentHeaderFrame(1, 100n, { content_type: 'text/plain' }));
    traffic.append(client, encodeFrame(FRAME_BODY, 1, Buffer.from('the beginning')));
    traffic.append(client, publish('another'));
    const { url } = await openApi(traffic);
    expect((await frame(url, 11)).body).toMatchObject({ of: 9, size: 13, text: 'the beginning', complete: false });
    expect((await frame(url, 14)).body).toMatchObject({ of: 12, text: 'another', complete: true });
  });

  it('of megabytes is shown by its beginning', async () => {
    const { api, publisher } = await beginStory();
    const id = publisher.channel().publish({ body: 'x'.repeat(3 << 20), properties: { content_type: 'text/plain' } });
    const { body } = await frame(api.url, id + 20);
    expect(body).toMatchObject({ of: id, size: 1 << 20, complete: false });
    expect(body.text).toHaveLength(1 << 20);
  });

  it.each([
    ['an empty message', () => [encodeMethodFrame(1, 'basic.publish', PLACE), encodeContentHeaderFrame(1, 0n, {})]],
    ['a body frame whose method is missing', () => [encodeFrame(FRAME_BODY, 1, Buffer.from('orphan'))]],
    ['a method without content', () => [encodeMethodFrame(1, 'channel.open', {})]],
    ['a publish whose header has not come', () => [encodeMethodFrame(1, 'basic.publish', PLACE)]],
    [
      'a content header that does not decode',
      () => [encodeMethodFrame(1, 'basic.publish', PLACE), encodeFrame(2, 1, Buffer.from('nonsense'))],
    ],
  ])('is left out for %s', async (_what, frames) => {
    const traffic = new Traffic();
    const { client } = traffic.shakeHands();
    traffic.append(client, ...frames());
    const { url } = await openApi(traffic);
    const answer = await frame(url, traffic.log.nextId - 1);
    expect(answer.event.id).toBe(traffic.log.nextId - 1);
    expect(answer).not.toHaveProperty('body');
  });
});
