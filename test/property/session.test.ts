// The session against hostile and random traffic: whatever passes, it follows on, keeps its counts sane, and agrees with a
// model that is too simple to be wrong.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeFrame } from '../../src/protocol/frame.ts';
import { encodeMethodFrame } from '../../src/protocol/method.ts';
import { METHODS } from '../../src/protocol/method-table.ts';
import { Session } from '../../src/session/session.ts';
import { Conversation } from '../rig/conversation.ts';
import { valuesOf } from './arbitraries.ts';
import { FRAMES, MUTATION, mutate } from './broker-attack.ts';

const peer = fc.constantFrom('client' as const, 'server' as const);

/** Any method with any arguments, as a frame. */
const methodFrame = fc
  .constantFrom(...METHODS)
  .chain((method) => fc.tuple(fc.constant(method), valuesOf(method.fields), fc.integer({ min: 0, max: 3 })))
  .map(([method, values, channel]) => encodeMethodFrame(channel, method.name, values as never));

const otherFrame = fc
  .tuple(fc.constantFrom(2, 3, 8), fc.integer({ min: 0, max: 3 }), fc.uint8Array({ maxLength: 40 }))
  .map(([type, channel, payload]) => encodeFrame(type, channel, payload));

/** What clients say, mostly sensible, with anything at all between. */
const traffic = fc
  .tuple(FRAMES, fc.array(fc.tuple(peer, fc.oneof(methodFrame, otherFrame)), { maxLength: 30 }))
  .chain(([client, others]) =>
    fc.shuffledSubarray([...client.map((frame) => ['client', frame] as const), ...others], { minLength: 0 }),
  )
  .chain((frames) => fc.tuple(fc.constant(frames), fc.array(fc.option(MUTATION), { minLength: 80, maxLength: 80 })));

/** What one may do with a queue, by numbers that mean something only in the state that they meet. */
const act = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('publish' as const), of: fc.nat(2) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('deliver' as const), of: fc.nat(2) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('ack' as const), of: fc.nat(9) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('ack all' as const), of: fc.nat(9) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('requeue' as const), of: fc.nat(9) }) },
);

describe('the session', () => {
  it('follows whatever passes', () => {
    fc.assert(
      fc.property(traffic, fc.boolean(), ([frames, mutations], midway) => {
        const talk = new Conversation();
        const session = new Session(talk.log, talk.connections, { messages: 1024 });
        const client = talk.connect({ midway });
        for (let channel = 1; channel < 3; channel++) client.channel(channel);
        for (const [index, [from, frame]] of frames.entries()) {
          const mutation = mutations[index];
          client.bytes(from, mutation ? mutate(Buffer.from(frame), mutation) : frame);
          talk.wait(300);
        }
        client.cut();
        session.tick(talk.time + 3600e6);
        expect(session.failure).toBeUndefined();
        for (const channel of session.channels()) {
          expect(channel.unacked.size).toBe(0);
          expect(channel.isOpen).toBe(false);
        }
        for (const queue of session.topology.queues.values()) expect(queue.unacked).toBe(0);
      }),
      { numRuns: 300 },
    );
  });

  it('knows of each message where it is, whatever is published, delivered, acknowledged and requeued', () => {
    fc.assert(
      fc.property(fc.array(act, { maxLength: 80 }), fc.boolean(), (acts, twins) => {
        const talk = new Conversation();
        const session = new Session(talk.log, talk.connections, { messages: 1024, findings: [] });
        const channel = talk.connect().channel();
        channel.call('basic.consume', { queue: 'q', consumer_tag: 'c' });
        const ready: { id: number; body: string; redelivered: boolean }[] = [];
        const out = new Map<number, (typeof ready)[number]>();
        let tag = 0;
        for (const { do: what, of } of acts) {
          if (what === 'publish') {
            const body = twins ? `twin ${of}` : `message ${talk.log.nextId}`;
            ready.push({ id: channel.publish({ routingKey: 'q', body }), body, redelivered: false });
          } else if (what === 'deliver') {
            const message = ready.shift();
            if (!message) continue;
            const { body, redelivered } = message;
            const id = channel.deliver({ consumerTag: 'c', deliveryTag: ++tag, routingKey: 'q', body, redelivered });
            out.set(tag, message);
            if (!twins) expect(session.links.of(id)?.answers).toBe(message.id);
          } else {
            const tags = [...out.keys()];
            const chosen = tags[of % Math.max(1, tags.length)];
            if (chosen === undefined) continue;
            const settled = what === 'ack all' ? tags.filter((each) => each <= chosen) : [chosen];
            if (what === 'requeue') channel.nack(chosen);
            else channel.ack(chosen, what === 'ack all');
            for (const each of settled) {
              if (what === 'requeue') ready.unshift({ ...out.get(each)!, redelivered: true });
              out.delete(each);
            }
          }
          const [state] = session.channels();
          expect(state!.unacked.size).toBe(out.size);
          expect(session.topology.findQueue('/', 'q')!.unacked).toBe(out.size);
        }
        expect(session.failure).toBeUndefined();
      }),
      { numRuns: 200 },
    );
  });
});
