// Zstandard's frames as the zstd tool makes them, and as nobody makes them but to do harm.
// The frames are hex, since Node 20 has no packer; what they hold is made here.

import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { DecodeError, TooLargeError } from '../../../src/content/decoder.ts';
import { isZstandard, unpackZstandard } from '../../../src/content/zstandard/frames.ts';
import { fromHex } from '../fixtures.ts';

const LIMIT = 8 << 20;
const WORDS = 'order tea coffee queue exchange binding routing key consumer publish deliver ack nack reject requeue '
  .repeat(3)
  .trim()
  .split(' ');
const TEXT = Buffer.from(
  Array.from({ length: 1200 }, (_, i) => WORDS[(i * i * 7 + Math.floor(i / 3)) % WORDS.length]).join(' '),
);
const MIXED = Uint8Array.from({ length: 700 }, (_, i) => Number(((BigInt(i) * 2654435761n) >> 13n) & 0xffn));
const RANDOM = Buffer.concat([0, 1, 2, 3].map((i) => createHash('sha512').update(Uint8Array.of(i)).digest()));

interface Sample {
  readonly options: string;
  readonly hex: string;
  readonly content: Uint8Array;
}

const SAMPLES: readonly Sample[] = [
  {
    options: '--fast=3',
    hex:
      '28b52ffd044815060064086f72646572206b65792072656a6563742065786368616e676520636f6e73756d65722061636b20' +
      '72657175657565206f72646572206f7264657264656c69766572206b657920636f666665652061636b2062696e64696e6720' +
      '6e61636b207075626c6973687465616e61636b206b65792074656172657175657565726f7574696e676e61636b1600975eb3' +
      '1d1286011285b4c830300242286085006604f8a118aed96e56c00e1940493d0ce86a8015045209b8c31e5c89a111c66b9581' +
      '3e2b50b815aeb2',
    content: TEXT,
  },
  {
    options: '-3 --no-check',
    hex:
      '28b52ffd0058850400b2c51115a0276d065f528bfdeeefb5bb919644e2ff7fefbfd706ed6ceaf1a31fc2b082acc057843668' +
      '058dfcc39045b0e2c5dfefe0ea2bb23eb00666f90689a8c27dea80ab8f9ff545331b009d5eb31d90786087002d320c8c8010' +
      '0a58419095003f144b0d9819819b15b023831e0874bd71a20580e16005815402eed8630e621861fed65b9a9055ab2c5238b8' +
      '1c5419',
    content: TEXT,
  },
  {
    options: '-19',
    hex:
      '28b52ffd04683d040042051011a0edf059ab0dbda6274e55a8aaea54652084cd83abc15f712605c858091bc126fc63ac8d26' +
      '5de8e1617b2b5aa07d051dafd5130665e5f5edcf5be791f645af1da0a09382b4b07f0610100122d0f69d5eb3239f4dd4923d' +
      '114adc337fe8fb076e26cfcdb33f9dd7af6a9d5803c8cd29bf7ea39f270d3f051872bfad31d32622afcb76a6b815aeb2',
    content: TEXT,
  },
  {
    options: '-3',
    hex:
      '28b52ffd0458150c00741400bb7733efab6622de9a5611cd894501bc7834f0ac6723df9b5712ce8a4602bd7935f1ad6824e0' +
      '9c5813cf8b4703be7a36f2ae6925e19d5914d08c4804bf7b37f3af6a26e29e5a16d18d4905c17c38f4b06c27e39f5b17d28e' +
      '4a06c27d39f5b16d28e4a05c18d38f4b07c37e3af6b26e29e5a15d19d4904c08c47f3bf7b36f2ae6a25e1ad5914d09c5803c' +
      'f8b4702ce7a35f1bd7924e0ac6823df9b5712de8a4601cd8934f0bc7833efab6722ee9a5611dd994500cc8843ffbb7732fea' +
      'a6621eda95510dc98540fcb87430eba7631fdb96520eca8642fdb97531eda86420dc98530fcb8743feba7632eea96521dd99' +
      '5410cc8844ffbb7733efaa6622de9a5511cd894500bc7834f0ab6723df9b5612ce8a4601bd7935f1ac15c06b16c16c17c22b' +
      'd6812cd7822d41ec9742ed98435702ad5803ae596d18c36e19c46fd8832ed9842fda96520eca2b20e0b7032171c142e20286' +
      '646fd9cadeb255d62d5bd95bb662bdc556f696adecad6cc9deb295bd65aba05bb6b2b7ccca5e58590c77324d0158ba014d',
    content: MIXED,
  },
  {
    options: '-3',
    hex: '28b52ffd04585400001000000100fbff39c00202001000039f04002d28de26',
    content: new Uint8Array(300_000),
  },
  {
    options: '-3',
    hex:
      '28b52ffd0458010800b8244d028981d693af7b456af8efa4cad63d282e19ff14942c246e50d9351d22704a802a71c3580b63' +
      '70de4ceb293c324a8423342557d4e5c38438f0e36910ee7b54b66836c1fbdd13d2441d9e1434dc62ca677fb68f5fe66a464b' +
      'aadecdbd00576f8d6b5ac3bcc80844b7d50b1cc6603444bbe7cfcf8fc0aa1ee3c636d9e339fab848c9b657a853ee37c09cbf' +
      'dd149d0b3807b191dde9b623ccd95281dd18705b48c89b1503903845bba5753945351fe6b454852760f73529cf01ca8f69dc' +
      'cae45bf5817ddf94aa2f7a407071f0eedc6beb98f768b4cd33d1176d44d1563a45a5d7212290eb7670c6786b13591aedac86' +
      '478993895e8b24e612014abaa6ba044fe8db90',
    content: RANDOM,
  },
];

const MAGIC = '28b52ffd';
/** No checksum, no content size, a window of 128 KiB. */
const HEADER = `${MAGIC} 00 38`;
const LARGEST_BLOCK = 128 << 10;

describe('a frame of the zstd tool', () => {
  for (const { options, hex, content } of SAMPLES) {
    const packed = fromHex(hex);

    it(`with ${options} of ${content.length} bytes is unpacked to its last byte`, () => {
      expect(isZstandard(packed)).toBe(true);
      expect(Buffer.compare(unpackZstandard(packed, LIMIT, false), content)).toBe(0);
    });

    it(`with ${options} of ${content.length} bytes, cut anywhere, is refused, or its beginning unpacked`, () => {
      for (let end = 8; end < packed.length - 4; end++) {
        const cut = packed.subarray(0, end);
        expect(() => unpackZstandard(cut, LIMIT, false)).toThrow(DecodeError);
        const beginning = unpackZstandard(cut, LIMIT, true);
        expect(Buffer.compare(beginning, content.subarray(0, beginning.length))).toBe(0);
      }
    });

    it(`with ${options} of ${content.length} bytes ends, whatever bit is wrong`, () => {
      for (let bit = 0; bit < 8 * packed.length; bit++) {
        const wrong = packed.slice();
        wrong[bit >> 3]! ^= 1 << (bit & 7);
        try {
          expect(unpackZstandard(wrong, LIMIT, false).length).toBeLessThanOrEqual(LIMIT);
        } catch (error) {
          expect(error).toBeInstanceOf(DecodeError);
        }
      }
    });
  }

  it('may follow another, and a frame to be skipped', () => {
    const [sample] = SAMPLES;
    const skippable = fromHex('502a4d18 03000000 aabbcc');
    const frames = Buffer.concat([fromHex(sample!.hex), skippable, fromHex(sample!.hex)]);
    expect(Buffer.compare(unpackZstandard(frames, LIMIT, false), Buffer.concat([TEXT, TEXT]))).toBe(0);
  });
});

describe('a hostile frame', () => {
  it('of many blocks of one byte each is stopped at the limit', () => {
    const block = Uint8Array.of(
      ((1 << 1) | (LARGEST_BLOCK << 3)) & 0xff,
      (LARGEST_BLOCK << 3) >> 8,
      (LARGEST_BLOCK << 3) >> 16,
      0,
    );
    const bomb = Buffer.concat([fromHex(HEADER), ...Array.from({ length: 8192 }, () => block)]);
    expect(() => unpackZstandard(bomb, LIMIT, false)).toThrow(TooLargeError);
  });

  it('that claims to hold more than the limit is not begun', () => {
    // A content size of eight bytes.
    expect(() => unpackZstandard(fromHex(`${MAGIC} e0 ffffffffffffff00 010000`), LIMIT, false)).toThrow(TooLargeError);
  });

  it('of a window of terabytes takes no memory for it', () => {
    const empty = fromHex(`${MAGIC} 00 ff 010000`);
    expect(unpackZstandard(empty, LIMIT, false)).toHaveLength(0);
  });

  it('whose sequences take no bits is stopped at the size of a block', () => {
    // No literals; 65,535 + 32,512 sequences; one code for each kind, of the longest match; an end mark and no bits.
    const block = '00 ffffff 54 00 00 34 01';
    const size = fromHex(block).length;
    const header = (1 | (2 << 1) | (size << 3)).toString(16).padStart(2, '0');
    expect(() => unpackZstandard(fromHex(`${HEADER} ${header}0000 ${block}`), LIMIT, false)).toThrow(
      /sequences that end too soon|larger than it may be|before its beginning/,
    );
  });

  it('of endless empty blocks is refused', () => {
    const blocks = new Uint8Array(3 * 20_000);
    expect(() => unpackZstandard(Buffer.concat([fromHex(HEADER), blocks]), LIMIT, false)).toThrow(
      /more than 10000 blocks/,
    );
  });

  it('that needs a dictionary says so', () => {
    expect(() => unpackZstandard(fromHex(`${MAGIC} 01 38 07 010000`), LIMIT, false)).toThrow('needs dictionary 7');
  });
});
