// The parts of the broker that keep order and count, each against the plainest thing that does the same: a sorted array,
// a list of strings, the whole input at once.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Channel } from '../../src/broker/channel/channel.ts';
import { Confirms } from '../../src/broker/channel/confirms.ts';
import { Deliveries } from '../../src/broker/channel/deliveries.ts';
import { FrameInput } from '../../src/broker/connection/frame-input.ts';
import { Output } from '../../src/broker/connection/output.ts';
import { copyViews, withoutBlindCopies } from '../../src/broker/message/copies.ts';
import { createMessage } from '../../src/broker/message/edit.ts';
import { peek, peeked } from '../../src/broker/message/peek.ts';
import { Consumer, type Recipient } from '../../src/broker/queue/consumer.ts';
import { ConsumerLine } from '../../src/broker/queue/consumer-line.ts';
import { Delivery } from '../../src/broker/queue/delivery.ts';
import { Lane } from '../../src/broker/queue/lane.ts';
import { KEPT, type Queue, REFUSED, STORED } from '../../src/broker/queue/queue.ts';
import { Turn } from '../../src/broker/turn.ts';
import { decodeContentHeader, encodeContentHeader } from '../../src/protocol/content-header.ts';
import { encodeFrame } from '../../src/protocol/frame.ts';
import { BASIC_PROPERTIES, type BasicProperties } from '../../src/protocol/method-table.ts';
import { table } from '../rig/field-values.ts';
import { MemoryTransport, settle } from '../rig/memory-client.ts';
import { octets, someValuesOf } from './arbitraries.ts';

const SEED = 11;
const check = <T>(runs: number, arbitrary: fc.Arbitrary<T>, predicate: (value: T) => void | Promise<void>) =>
  fc.assert(
    fc.asyncProperty(arbitrary, async (value) => void (await predicate(value))),
    { numRuns: runs, seed: SEED },
  );

const NO_QUEUE = {} as Queue;
const message = (body: string) => createMessage('', 'q', {}, Buffer.from(body));

describe('a lane', () => {
  const step = fc.oneof(
    { weight: 5, arbitrary: fc.record({ do: fc.constant('push'), count: fc.nat(40), expires: fc.nat(3) }) },
    { weight: 4, arbitrary: fc.record({ do: fc.constant('shift'), count: fc.nat(40), expires: fc.constant(0) }) },
    { weight: 3, arbitrary: fc.record({ do: fc.constant('return'), count: fc.nat(10), expires: fc.nat(7) }) },
    {
      weight: 1,
      arbitrary: fc.record({ do: fc.constantFrom('skip', 'clear'), count: fc.nat(5), expires: fc.constant(0) }),
    },
  );

  function run(steps: readonly { do: string; count: number; expires: number }[], factor: number): void {
    const lane = new Lane(NO_QUEUE, 0);
    let model: { position: number; expiresAt: number; body: string }[] = [];
    let out: Delivery[] = [];
    let next = 0;
    for (const { do: what, count, expires } of steps) {
      for (let i = 0; i < count * factor && what === 'push'; i++) {
        const expiresAt = expires > 1 && i % expires === 0 ? 1000 + next : 0;
        expect(lane.push(message(`${next}`), expiresAt)).toBe(next);
        model.push({ position: next, expiresAt, body: `${next++}` });
      }
      for (let i = 0; i < count * factor && what === 'shift'; i++) {
        const delivery = lane.shift();
        const wanted = model.shift();
        expect(delivery?.position).toBe(wanted?.position);
        if (!delivery) break;
        expect([`${Buffer.from(delivery.message.body)}`, delivery.expiresAt]).toEqual([
          wanted!.body,
          wanted!.expiresAt,
        ]);
        out.push(delivery);
      }
      if (what === 'return') {
        const returned = out.filter((_, i) => i % (expires + 1) === 0).slice(0, count * factor);
        out = out.filter((delivery) => !returned.includes(delivery));
        lane.return(returned.reverse());
        for (const { position, expiresAt } of returned) model.push({ position, expiresAt, body: `${position}` });
        model.sort((a, b) => a.position - b.position);
      }
      if (what === 'skip' && model.length === 0) expect(lane.skip()).toBe(next++);
      if (what === 'clear' && count === 0) {
        lane.clear();
        model = [];
      }
      expect(lane.length).toBe(model.length);
      expect([lane.next, lane.headExpiresAt]).toEqual([next, model[0]?.expiresAt ?? 0]);
    }
    expect([...lane].map(({ position }) => position)).toEqual(model.map(({ position }) => position));
  }

  it('gives what a sorted array gives', async () => {
    await check(400, fc.array(step, { maxLength: 40 }), (steps) => run(steps, 1));
  });

  it('does so also when it grows large and shrinks', async () => {
    await check(12, fc.array(step, { minLength: 10, maxLength: 20 }), (steps) => run(steps, 200));
  });
});

describe('the line of consumers', () => {
  const RECIPIENT = { congested: false } as Recipient;
  const consumerOf = (priority: number, prefetch: number) =>
    new Consumer(RECIPIENT, NO_QUEUE, { tag: '', noAck: false, exclusive: false, priority, prefetch, arguments: [] });

  const step = fc.record({
    do: fc.constantFrom('add', 'add', 'remove', 'next', 'next', 'next', 'settle'),
    which: fc.nat(7),
  });

  it('gives turns as a list does that is searched anew each time', async () => {
    const consumers = fc.array(fc.tuple(fc.nat(2), fc.nat(2)), { minLength: 8, maxLength: 8 });
    await check(500, fc.tuple(consumers, fc.array(step, { maxLength: 80, size: 'max' })), ([kinds, steps]) => {
      const all = kinds.map(([priority, prefetch]) => consumerOf(priority, prefetch));
      const line = new ConsumerLine();
      let model: Consumer[] = [];
      for (const { do: what, which } of steps) {
        const consumer = all[which]!;
        if (what === 'add') {
          if (!model.includes(consumer)) model.push(consumer);
          line.add(consumer);
        } else if (what === 'remove') {
          model = model.filter((other) => other !== consumer);
          line.remove(consumer);
        } else if (what === 'settle') {
          consumer.unsettled = Math.max(0, consumer.unsettled - 1);
        } else {
          const next = line.next();
          expect(next).toBe(nextIn());
          if (next) next.unsettled++;
        }
        expect(all.map(({ inLine }) => inLine)).toEqual(all.map((each) => model.includes(each)));
      }

      function nextIn(): Consumer | undefined {
        for (;;) {
          const highest = Math.max(...model.map(({ priority }) => priority));
          const first = model.find(({ priority }) => priority === highest);
          if (!first) return undefined;
          model = model.filter((other) => other !== first);
          if (!first.able) continue;
          model.push(first);
          return first;
        }
      }
    });
  });
});

it('unsettled deliveries are found, and found missing, as in a list of tags', async () => {
  const step = fc.record({
    do: fc.constantFrom('add', 'add', 'skip', 'take', 'entries', 'restore'),
    tag: fc.nat(30),
    multiple: fc.boolean(),
  });
  await check(500, fc.array(step, { maxLength: 60, size: 'max' }), (steps) => {
    const deliveries = new Deliveries();
    let model: number[] = [];
    let taken: [number, Delivery][] = [];
    for (const { do: what, tag, multiple } of steps) {
      if (what === 'add') model.push(deliveries.add(new Delivery(NO_QUEUE, message(''), 0, deliveries.nextTag, 0, 0)));
      if (what === 'skip') deliveries.nextTag++;
      if (what === 'restore') {
        deliveries.restore(taken);
        model = [...model, ...taken.map(([number]) => number)].sort((a, b) => a - b);
        taken = [];
      }
      if (what === 'take' || what === 'entries') {
        const isKnown = model.includes(tag) || (multiple && tag === 0);
        const wanted = model.filter((number) => (multiple ? tag === 0 || number <= tag : number === tag));
        const take = () => (what === 'take' ? deliveries.take(tag, multiple) : deliveries.takeEntries(tag, multiple));
        if (isKnown) {
          const entries = [take()].flat(what === 'take' ? 1 : 1) as (Delivery | [number, Delivery])[];
          const positions = entries.map((entry) => (entry instanceof Delivery ? entry.position : entry[0]));
          expect(positions).toEqual(wanted);
          model = model.filter((number) => !wanted.includes(number));
          if (what === 'entries') taken.push(...(entries as [number, Delivery][]));
        } else {
          expect(take).toThrow(`unknown delivery tag ${tag}`);
        }
      }
      expect([deliveries.count, deliveries.oldest]).toEqual([model.length, model[0]]);
    }
  });
});

it('every publication is confirmed once, in order, whether it was stored, refused or neither', async () => {
  const result = fc.constantFrom(0, KEPT, KEPT | STORED, REFUSED, REFUSED | STORED | KEPT);
  const step = fc.oneof(
    { weight: 5, arbitrary: result },
    { weight: 2, arbitrary: fc.constantFrom('settle', 'stored') },
  );
  await check(500, fc.array(step, { maxLength: 60, size: 'max' }), (steps) => {
    const sent: string[] = [];
    const flushes: { readonly done: () => void; readonly count: number }[] = [];
    const published: number[] = [];
    let safe = 0;
    const flush = (done: () => void) => void flushes.push({ done, count: published.length });
    const channel = {
      settleLater() {},
      stats: { confirmed: 0 },
      connection: { vhost: { store: { flush } } },
      sendConfirm(kind: string, tag: number, multiple: boolean) {
        for (let number = multiple ? sent.length + 1 : tag; number <= tag; number++) sent.push(`${kind} ${number}`);
      },
    };
    const confirms = new Confirms(channel as unknown as Channel);
    for (const what of [...steps, 'settle', ...Array<string>(61).fill('stored')]) {
      if (what === 'settle') confirms.settle();
      else if (what === 'stored') {
        const flushed = flushes.shift();
        safe = flushed?.count ?? safe;
        flushed?.done();
      } else confirms.published(published[published.push(what as number) - 1]!);
      // Nothing that went to the store is confirmed before that has flushed.
      const unsafe = published.findIndex((each, i) => i >= safe && (each & STORED) !== 0);
      if (unsafe >= 0) expect(sent.length).toBeLessThanOrEqual(unsafe);
    }
    expect(sent).toEqual(published.map((each, i) => `${(each & REFUSED) !== 0 ? 'nack' : 'ack'} ${i + 1}`));
    expect(confirms.outstanding).toBe(0);
  });
});

describe('the input of frames', () => {
  const frames = fc.array(fc.tuple(fc.nat(255), fc.nat(65_535), octets(300)), { maxLength: 8 });

  function read(chunks: readonly Uint8Array[], frameMax = 0): string[] {
    const taken: string[] = [];
    const input = new FrameInput({
      deaf: false,
      frame: (type, channel, bytes, start, end) => {
        taken.push(`${type} ${channel} ${Buffer.from(bytes.subarray(start, end)).toString('hex')}`);
      },
    });
    input.frameMax = frameMax;
    for (const chunk of chunks) {
      // A chunk is valid during the call only.
      const lent = Buffer.concat([chunk, Buffer.alloc(3, 0xce)]);
      input.push(lent, chunk.length);
      lent.fill(0xee);
    }
    return taken;
  }

  it('gives the same frames whole, cut anywhere, and byte by byte', async () => {
    await check(60, frames, (given) => {
      const stream = Buffer.concat(given.map(([type, channel, payload]) => encodeFrame(type, channel, payload)));
      const wanted = given.map(
        ([type, channel, payload]) => `${type} ${channel} ${Buffer.from(payload).toString('hex')}`,
      );
      expect(read([stream])).toEqual(wanted);
      expect(read([...stream].map((byte) => Uint8Array.of(byte)))).toEqual(wanted);
      for (let at = 0; at <= stream.length; at++)
        expect(read([stream.subarray(0, at), stream.subarray(at)])).toEqual(wanted);
    });
  });

  it('gives them in chunks of any size, too', async () => {
    const cuts = fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 8 });
    await check(300, fc.tuple(frames, cuts), ([given, sizes]) => {
      const stream = Buffer.concat(given.map(([type, channel, payload]) => encodeFrame(type, channel, payload)));
      const chunks: Uint8Array[] = [];
      for (let at = 0, i = 0; at < stream.length; i++) {
        const end = at + sizes[i % sizes.length]!;
        chunks.push(stream.subarray(at, end));
        at = end;
      }
      expect(read(chunks)).toEqual(read([stream]));
    });
  });

  it('refuses what is too large as soon as its size has come, wherever it is cut', () => {
    const fits = encodeFrame(3, 1, new Uint8Array(100));
    const tooLarge = Buffer.from(encodeFrame(3, 1, new Uint8Array(101))).subarray(0, 7);
    expect(read([fits, fits], 100)).toHaveLength(2);
    for (let at = 0; at < 7; at++) {
      const chunks = [Buffer.concat([fits, tooLarge.subarray(0, at)]), tooLarge.subarray(at)];
      expect(() => read(chunks, 100)).toThrow(/frame_too_large/);
    }
  });

  it('refuses a wrong end, wherever it is cut', () => {
    const wrong = Buffer.from(encodeFrame(3, 1, new Uint8Array(10)));
    wrong[wrong.length - 1] = 0;
    for (let at = 0; at < wrong.length; at++) {
      expect(() => read([wrong.subarray(0, at), wrong.subarray(at)])).toThrow(/invalid_frame_end_marker/);
    }
  });
});

it('output leaves in order, whether the transport takes it at once or later, however large the pieces', async () => {
  const piece = fc.oneof(
    { weight: 6, arbitrary: fc.tuple(fc.constantFrom('write', 'reserve'), fc.nat(200)) },
    { weight: 2, arbitrary: fc.tuple(fc.constantFrom('write', 'reserve'), fc.integer({ min: 5000, max: 90_000 })) },
    { weight: 3, arbitrary: fc.tuple(fc.constantFrom('flush', 'stop', 'read', 'other'), fc.nat(100_000)) },
  );
  await check(150, fc.array(piece, { maxLength: 40, size: 'max' }), (pieces) => {
    const transport = new MemoryTransport();
    const output = new Output(transport);
    const other = new Output(new MemoryTransport());
    const wanted: Buffer[] = [];
    const came: Buffer[] = [];
    let count = 0;
    for (const [what, size] of pieces) {
      const bytes = Buffer.alloc(size, ++count);
      if (what === 'write') {
        output.write(bytes);
        wanted.push(bytes);
      } else if (what === 'reserve') {
        const at = output.reserve(size);
        output.bytes.set(bytes, at);
        output.at = at + size;
        wanted.push(bytes);
      } else if (what === 'flush') output.flush();
      else if (what === 'stop') transport.reading = false;
      else if (what === 'read') transport.read(size);
      // Somebody else uses the buffers that are shared.
      else other.write(Buffer.alloc(200, 0xff));
      if (what === 'other') other.flush();
      expect(output.sent + output.at).toBe(wanted.reduce((sum, { length }) => sum + length, 0));
    }
    output.flush();
    transport.read();
    came.push(transport.take());
    expect(Buffer.concat(came).equals(Buffer.concat(wanted))).toBe(true);
  });
});

describe('peeking into a content header', () => {
  const expected = (properties: BasicProperties) => ({
    persistent: properties.delivery_mode === 2,
    priority: properties.priority ?? 0,
    special: properties.headers !== undefined || properties.user_id !== undefined || properties.reply_to !== undefined,
  });

  it('finds what decoding it finds', async () => {
    const properties = someValuesOf(BASIC_PROPERTIES) as fc.Arbitrary<BasicProperties>;
    await check(1500, fc.tuple(properties, fc.option(fc.nat(100_000_000)), octets(20)), ([given, expiration, body]) => {
      const whole = { ...given, ...(expiration === null ? {} : { expiration: `${expiration}` }) };
      const header = encodeContentHeader(1n, whole);
      const bytes = Buffer.concat([body, header, body]);
      peek(bytes, body.length, body.length + header.length);
      expect(peeked).toMatchObject(expected(whole));
      if (expiration !== null) expect(peeked.expiration).toBe(expiration);
      if (whole.expiration === undefined) expect(peeked.expiration).toBe(-1);
    });
  });

  it('refuses what does not decode, and nothing else', async () => {
    const properties = someValuesOf(
      BASIC_PROPERTIES.filter(({ name }) => name !== 'headers'),
    ) as fc.Arbitrary<BasicProperties>;
    const change = fc.record({ at: fc.nat(200), byte: fc.nat(255), cut: fc.nat(12) });
    await check(3000, fc.tuple(properties, change, octets(20)), ([given, { at, byte, cut }, behind]) => {
      const header = Buffer.from(encodeContentHeader(1n, given));
      header[12 + (at % (header.length - 12))] = byte;
      const end = Math.max(14, header.length - (at % 3 === 0 ? cut : 0));
      const bytes = Buffer.concat([header.subarray(0, end), behind]);
      const failureOf = (read: () => unknown) => {
        try {
          read();
          return false;
        } catch {
          return true;
        }
      };
      const decodes = !failureOf(() => decodeContentHeader(bytes, 0, end));
      expect(failureOf(() => peek(bytes, 0, end))).toBe(!decodes);
    });
  });
});

it('a message with copies is seen under each key, and its blind ones by nobody', async () => {
  const keys = fc.option(fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 4 }), { nil: undefined });
  await check(300, fc.tuple(keys, keys), ([open, blind]) => {
    const headers = table({ other: 1, ...(open && { CC: open }), ...(blind && { BCC: blind }) });
    const published = withoutBlindCopies(createMessage('x', 'k', { headers, priority: 3 }, Buffer.from('body')));
    const views = copyViews(published) ?? [published];
    expect(views.map(({ routingKey }) => routingKey)).toEqual(['k', ...(open ?? []), ...(blind ?? [])]);
    for (const view of views) {
      expect(view.headers.map(([name]) => name)).not.toContain('BCC');
      expect([`${Buffer.from(view.body)}`, view.priority, view.exchange]).toEqual(['body', 3, 'x']);
    }
  });
});

it('a turn settles everybody once each time, also those that come while it does', async () => {
  await check(200, fc.array(fc.tuple(fc.nat(5), fc.nat(3)), { minLength: 1, maxLength: 20 }), async (steps) => {
    const turn = new Turn((error) => expect.fail(String(error)));
    const log: string[] = [];
    let added = 0;
    const settlerOf = (name: string, again: number) => ({
      settle() {
        log.push(name);
        if (again > 0) {
          added++;
          turn.add(settlerOf(`${name}'`, again - 1));
        }
      },
    });
    for (const [name, again] of steps) {
      added++;
      turn.add(settlerOf(`${name}`, again));
    }
    expect(log).toEqual([]);
    await settle();
    expect(log).toHaveLength(added);
    expect(log.slice(0, steps.length)).toEqual(steps.map(([name]) => `${name}`));
    turn.add(settlerOf('later', 0));
    await settle();
    expect(log.at(-1)).toBe('later');
  });
});
