import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CaptureReader } from '../../../src/log/capture/capture-reader.ts';
import type { CaptureSink } from '../../../src/log/capture/capture-sink.ts';
import { Conversation, latin1, pcap } from './packets.ts';
import { readChunks } from './transcript.ts';

/** A stream, and how it is cut up: each cut is the share of the rest that goes into the next segment. */
const stream = fc.string({
  unit: fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCharCode(code)),
  maxLength: 200,
});
const sequence = fc.oneof(fc.nat(2 ** 32 - 1), fc.constantFrom(0, 2 ** 31 - 20, 2 ** 32 - 20));

interface Sent {
  readonly direction: 0 | 1;
  readonly at: number;
  readonly text: string;
}

/** Segments that cover the stream, some of them overlapping or twice, none far from its place. */
function segments(direction: 0 | 1, text: string): fc.Arbitrary<Sent[]> {
  return fc
    .array(
      fc.record({
        size: fc.integer({ min: 1, max: 30 }),
        back: fc.nat(12),
        copies: fc.integer({ min: 1, max: 2 }),
        late: fc.nat(6),
      }),
      {
        minLength: text.length + 1,
        maxLength: text.length + 1,
      },
    )
    .map((plans) => {
      const sent: { readonly rank: number; readonly segment: Sent }[] = [];
      let at = 0;
      for (const [index, { size, back, copies, late }] of plans.entries()) {
        if (at >= text.length) break;
        const from = Math.max(0, at - back);
        const segment = { direction, at: from, text: text.slice(from, at + size) };
        for (let copy = 0; copy < copies; copy++) sent.push({ rank: index + late + copy * 2, segment });
        at += size;
      }
      return sent.sort((left, right) => left.rank - right.rank).map((each) => each.segment);
    });
}

/** Merges two lists, in the order that `picks` gives. */
function interleave<T>(left: readonly T[], right: readonly T[], picks: readonly boolean[]): T[] {
  const merged: T[] = [];
  let [i, j] = [0, 0];
  while (i < left.length || j < right.length) {
    const isLeft = j === right.length || (i < left.length && picks[(i + j) % picks.length] === true);
    merged.push(isLeft ? left[i++]! : right[j++]!);
  }
  return merged;
}

const exchange = fc
  .record({ client: stream, server: stream, clientStart: sequence, serverStart: sequence })
  .chain((texts) =>
    fc.record({
      texts: fc.constant(texts),
      client: segments(0, texts.client),
      server: segments(1, texts.server),
      picks: fc.array(fc.boolean(), { minLength: 1, maxLength: 50 }),
      chunk: fc.integer({ min: 1, max: 500 }),
    }),
  );

function packetOf(talk: Conversation, { direction, at, text }: Sent): Uint8Array {
  return direction === 0 ? talk.client(at, text) : talk.server(at, text);
}

function* chunks(bytes: Uint8Array, size: number): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

describe('reassembly', () => {
  it('gives back both streams, whatever segmentation, repetition, overlap and order', () => {
    fc.assert(
      fc.property(exchange, ({ texts, client, server, picks, chunk }) => {
        const talk = new Conversation(texts);
        const sent = interleave(client, server, picks).map((segment) => packetOf(talk, segment));
        const file = pcap([...talk.handshake, ...sent, ...talk.farewell(texts.client.length, texts.server.length)]);
        const { transcript, summary, lines } = readChunks(chunks(file, chunk));
        expect(transcript.stream(1, 0)).toBe(texts.client);
        expect(transcript.stream(1, 1)).toBe(texts.server);
        expect(summary).toMatchObject({ gaps: 0, connections: 1, otherPackets: 0 });
        expect(lines.at(-1)).toBe('1: closed');
      }),
      { numRuns: 300 },
    );
  });

  it('gives the right bytes at the right places if segments are lost', () => {
    fc.assert(
      fc.property(
        exchange,
        fc.array(fc.nat(3), { minLength: 1, maxLength: 20 }),
        ({ texts, client, server, picks }, fates) => {
          const talk = new Conversation(texts);
          const sent = interleave(client, server, picks).filter((_, index) => fates[index % fates.length] !== 0);
          const streams = [texts.client, texts.server];
          const positions = [0, 0];
          let gaps = 0;
          const sink: CaptureSink<null> = {
            open: () => null,
            data(_, direction, bytes) {
              const at = positions[direction]!;
              expect(Buffer.from(bytes).toString('latin1')).toBe(streams[direction]!.slice(at, at + bytes.length));
              positions[direction] = at + bytes.length;
            },
            gap(_, direction, bytes) {
              expect(bytes).toBeGreaterThan(0);
              positions[direction]! += bytes;
              gaps++;
            },
            end: () => {},
          };
          const reader = new CaptureReader(sink);
          reader.write(pcap([...talk.handshake, ...sent.map((segment) => packetOf(talk, segment))]));
          expect(reader.end().gaps).toBe(gaps);
          for (const direction of [0, 1]) {
            const ends = sent.filter((each) => each.direction === direction).map((each) => each.at + each.text.length);
            expect(positions[direction]).toBe(Math.max(0, ...ends));
          }
        },
      ),
      { numRuns: 300 },
    );
  });

  it('is not led astray by two versions of the same bytes: the first one stays', () => {
    fc.assert(
      fc.property(stream, fc.nat(150), fc.nat(50), sequence, (text, at, size, clientStart) => {
        const talk = new Conversation({ clientStart });
        const forged = latin1('#'.repeat(Math.min(size, Math.max(0, text.length - at))));
        const file = pcap([...talk.handshake, talk.client(0, text), talk.client(at, forged)]);
        expect(readChunks([file]).transcript.stream(1, 0)).toBe(text);
      }),
    );
  });
});
