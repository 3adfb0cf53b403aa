// What the clients of the interop tests have in common: each plays a rich scenario against a broker and says what it saw.
// Counterparts: oracle.test.ts looks at the frames of it, unnoticed.test.ts at what the application saw.
// Invariant: what a scenario reports is the same each time it is played; names that the broker makes up are left out.

import { createHash } from 'node:crypto';

export interface Scenario {
  readonly client: string;
  /**
   * Plays it. All queues and exchanges begin with `name`, and are gone afterwards.
   * @returns what the application saw, as JSON.
   */
  play(uri: string, name: string): Promise<unknown>;
}

/** Larger than the usual frame-max (128 KiB), so that it travels in several body frames. */
export const LARGE_BODY: Buffer = Buffer.alloc(300_000, 'amqp-spy ');

/** What stands for bytes in a report: bodies are too long to be compared by eye. */
export function digest(bytes: Uint8Array): string {
  return `${bytes.length} bytes, SHA-256 ${createHash('sha256').update(bytes).digest('hex')}`;
}

/** Text of one, two, three and four bytes a character in UTF-8. */
export const UNICODE = 'z ä € 🐇';

export function wrongPassword(uri: string): string {
  return uri.replace('guest:guest', 'guest:wrong');
}

/** What an error says, for comparison. */
export async function failureOf(promise: PromiseLike<unknown>): Promise<string> {
  try {
    await promise;
    return 'no failure';
  } catch (error) {
    return String(error).replace(/(127\.0\.0\.1|localhost):\d+/g, '$1');
  }
}
