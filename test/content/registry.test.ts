// Walks the registry: what every decoder must have. Counterpart: src/content/registry.ts.

import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { HOST_CODECS } from '../../src/api/host-codecs.ts';
import { bodyLine } from '../../src/content/body-line.ts';
import { decodeBody } from '../../src/content/decode-body.ts';
import { decoderHelp, decoderTable } from '../../src/content/decoder-help.ts';
import { DECODERS, decoderById } from '../../src/content/registry.ts';
import { root } from '../rig/root.ts';
import { FIXTURES } from './fixtures.ts';

describe('the registry of decoders', () => {
  it('has no id twice, and none that the command line takes for something else', () => {
    const ids = DECODERS.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids).not.toContain('raw');
    expect(ids).not.toContain('hex');
  });

  it('claims each content type and each content encoding once', () => {
    for (const key of ['contentTypes', 'contentEncodings'] as const) {
      const claimed = DECODERS.flatMap((decoder) => decoder[key] ?? []);
      expect(new Set(claimed).size).toBe(claimed.length);
      expect(claimed.filter((name) => name !== name.toLowerCase())).toEqual([]);
    }
  });

  it('stands in docs/bodies.md as it is', () => {
    const text = readFileSync(path.join(root, 'docs/bodies.md'), 'utf8');
    const table = /<!-- decoders:[^>]*-->\n\n([\s\S]*?)\n\n<!-- \/decoders -->/.exec(text)?.[1];
    expect(table).toBe(decoderTable());
  });

  for (const decoder of DECODERS) {
    describe(decoder.id, () => {
      it('says what it does, in one line', () => {
        expect(decoder.id).toMatch(/^[a-z]+$/);
        expect(decoder.summary).toMatch(/^\S.{10,100}$/);
        expect(decoderHelp()).toContain(decoder.id);
        expect(decoderById(decoder.id)).toBe(decoder);
      });

      it('is chosen somehow, and says how', () => {
        const chosen = decoder.contentTypes.length > 0 || decoder.recognise !== undefined;
        expect(chosen).toBe(true);
        expect(decoder.recognised === undefined).toBe(decoder.recognise === undefined);
      });

      it('decodes a real body', () => {
        const { body, properties, options, layers, text } = FIXTURES[decoder.id]!;
        const decoded = decodeBody(body, properties, { codecs: HOST_CODECS, ...options });
        expect(decoded).toMatchObject({ layers, notes: [], complete: true });
        expect(bodyLine(decoded, 1000).text).toBe(text);
      });

      it('leaves the bytes alone when it is asked for and cannot decode them', () => {
        const body = Uint8Array.of(0xff, 0xfe, 0x00, 0xc1, 0x07);
        const decoded = decodeBody(body, {}, { decoder: decoder.id, codecs: HOST_CODECS });
        if (decoded.kind === 'hex') {
          expect(decoded.bytes).toEqual(body);
          expect(decoded.notes.join()).toContain(`--decode ${decoder.id}: `);
        }
      });
    });
  }
});
