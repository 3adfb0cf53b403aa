// Any bytes with any properties: decoding ends, throws nothing, and what it gives can be shown and sent.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HOST_CODECS } from '../../src/api/host-codecs.ts';
import { bodyJson } from '../../src/content/body-json.ts';
import { bodyLine } from '../../src/content/body-line.ts';
import { type DecodeOptions, decodeBody } from '../../src/content/decode-body.ts';
import type { Codecs } from '../../src/content/decoder.ts';
import { inflate } from '../../src/content/inflate.ts';
import { DECODERS } from '../../src/content/registry.ts';
import type { BasicProperties } from '../../src/protocol/method-table.ts';
import { FIXTURES, textHeaders } from './fixtures.ts';

const LIMIT = 200;
const HOSTS: readonly Codecs[] = [HOST_CODECS, { inflate }, {}];

const contentTypes = fc.oneof(
  fc.constant(undefined),
  fc.constantFrom(...DECODERS.flatMap((decoder) => decoder.contentTypes)),
  fc.string(),
);
const contentEncodings = fc.oneof(
  fc.constant(undefined),
  fc.constantFrom(...DECODERS.flatMap((decoder) => decoder.contentEncodings ?? []), 'utf-8', 'gzip, br'),
  fc.string(),
);
const headers = fc.constantFrom(
  undefined,
  textHeaders({ task: 't', id: 'i' }),
  textHeaders({ 'NServiceBus.EnclosedMessageTypes': ';,' }),
  textHeaders({ 'cloudEvents:type': 't' }),
  textHeaders({ compression: 'application/x-gzip' }),
);
const properties = fc
  .record({ content_type: contentTypes, content_encoding: contentEncodings, headers })
  .map((all) => Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)) as BasicProperties);
const options = fc
  .record({
    decoder: fc.constantFrom(undefined, undefined, 'raw', 'nobody', ...DECODERS.map(({ id }) => id)),
    truncated: fc.boolean(),
    codecs: fc.constantFrom(...HOSTS),
    schemas: fc.constantFrom({}, FIXTURES['avro']!.options!.schemas!),
  })
  .map((all): DecodeOptions => ({ ...all, maxOutput: 1 << 20 }));

/** Real bodies with some octets changed, cut or doubled: they come further than noise. */
const mutated = fc
  .tuple(
    fc.constantFrom(...Object.values(FIXTURES)),
    fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 4 }),
    fc.nat(),
  )
  .map(([fixture, changes, cut]) => {
    const body = fixture.body.slice();
    for (const [at, octet] of changes) body[at % body.length] = octet;
    return { body: cut % 3 === 0 ? body.subarray(0, cut % (body.length + 1)) : body, properties: fixture.properties };
  });

function check(body: Uint8Array, properties: BasicProperties, options: DecodeOptions): void {
  const before = body.slice();
  const decoded = decodeBody(body, properties, options);
  expect(body).toEqual(before);
  const { mark, text, whole } = bodyLine(decoded, LIMIT);
  expect(typeof mark).toBe('string');
  expect(typeof whole).toBe('boolean');
  // A scalar is not cut within, but for text.
  expect((text ?? '').length).toBeLessThan(20 * LIMIT);
  expect(text === undefined).toBe(decoded.kind === 'hex');
  expect(JSON.parse(JSON.stringify(bodyJson(decoded)))).toEqual(bodyJson(decoded));
}

describe('any body', () => {
  it('of random bytes is decoded or left alone', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), properties, options, check), { numRuns: 2000 });
  });

  it('of random text is decoded or left alone', () => {
    const texts = fc.oneof(fc.json(), fc.string({ unit: 'binary' })).map((text) => new TextEncoder().encode(text));
    fc.assert(fc.property(texts, properties, options, check), { numRuns: 1000 });
  });

  it('nearly right is decoded or left alone', () => {
    fc.assert(
      fc.property(mutated, options, ({ body, properties }, options) => check(body, properties, options)),
      { numRuns: 2000 },
    );
  });

  it('of one octet over and over ends', () => {
    for (let octet = 0; octet < 256; octet++) {
      const body = new Uint8Array(50_000).fill(octet);
      for (const { id } of DECODERS) decodeBody(body, {}, { decoder: id, codecs: HOST_CODECS, maxOutput: 1 << 20 });
      decodeBody(body);
    }
  });
});
