// Any bytes at all, through every view and format: no printer throws, and no line can act upon a terminal.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { columnsOf } from '../../src/cli/columns.ts';
import { encodeFrame } from '../../src/protocol/frame.ts';
import { METHODS } from '../../src/protocol/method-table.ts';
import { Traffic } from './traffic.ts';

const frameType = fc.constantFrom(1, 2, 3, 8);
const wild = fc.tuple(frameType, fc.nat(2), fc.uint8Array({ maxLength: 60 }));
/** Methods and content headers that begin well and go on anyhow. */
const plausible = fc
  .tuple(fc.constantFrom(...METHODS), fc.boolean(), fc.nat(2), fc.uint8Array({ maxLength: 60 }))
  .map(([{ classId, methodId }, isMethod, channel, rest]) => {
    const ids = isMethod ? [0, classId, 0, methodId] : [0, 60, 0, 0];
    return [isMethod ? 1 : 2, channel, Uint8Array.from([...ids, ...rest])] as const;
  });
const frames = fc.array(fc.oneof(wild, plausible), { minLength: 1, maxLength: 12 });
const tail = fc.uint8Array({ maxLength: 20 });

describe.each([
  ['commands', 'pretty'],
  ['frames', 'pretty'],
  ['raw', 'pretty'],
  ['commands', 'tracer'],
  ['frames', 'tracer'],
  ['frames', 'json'],
])('the %s view as %s', (view, format) => {
  it('shows any bytes without harm', async () => {
    await fc.assert(
      fc.asyncProperty(frames, tail, fc.nat(1), async (list, rest, side) => {
        const traffic = new Traffic().open(1, 'name');
        const direction = side as 0 | 1;
        for (const [type, channel, payload] of list) traffic.bytes(direction, encodeFrame(type, channel, payload));
        traffic.bytes(direction, rest).end(direction);
        traffic.note({
          type: 'connection.closed',
          by: 'client',
          how: 'reset',
          bytes_from_client: 0,
          bytes_from_server: 0,
        });
        for (const line of await traffic.lines({ view, format, columns: 100 })) {
          if (format === 'json') expect(line).not.toMatch(/[\x00-\x1f\x80-\x9f]/);
          else expect(line).not.toMatch(/\p{Cc}|\p{Cf}|\p{Cs}/u);
          if (format === 'pretty') expect(columnsOf(line)).toBeLessThanOrEqual(100);
          if (format === 'json') JSON.parse(line);
        }
      }),
      { numRuns: 60 },
    );
  });
});

it('escapes C1 controls in JSON, which some terminals obey', async () => {
  const traffic = new Traffic().open().publish('\u009b31m', 'q', '', { app_id: '\u00a0\u0085' });
  const lines = await traffic.lines({ format: 'json' });
  expect(lines.join('')).not.toMatch(/[\x80-\x9f]/);
  expect(JSON.parse(lines[0]!)).toMatchObject({ arguments: { exchange: '\u009b31m' } });
  expect(JSON.parse(lines[1]!)).toMatchObject({ properties: { app_id: '\u00a0\u0085' } });
});
