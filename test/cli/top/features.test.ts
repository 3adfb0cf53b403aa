import { describe, expect, it } from 'vitest';
import { featuresOf } from '../../../src/cli/top/features.ts';

describe('what was declared', () => {
  it.each([
    [{}, ''],
    [{ durable: true, auto_delete: true, exclusive: true, internal: true }, 'D AD Excl I'],
    [{ arguments: { 'x-queue-type': 'quorum', 'x-message-ttl': 1 } }, 'quorum TTL'],
    [{ arguments: { 'x-max-length': 1, 'x-max-length-bytes': 1 } }, 'Lim'],
    [{ arguments: { constructor: 1, mine: 2 } }, 'Args'],
  ])('%j is told as %j', (declared, words) => {
    expect(featuresOf(declared)).toBe(words);
  });
});
