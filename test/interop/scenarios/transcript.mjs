// What the scenarios in JavaScript have in common: how they write down what they see, so that two runs can be compared.
// Counterpart: scenarios.test.ts, which compares. Invariant: what differs from run to run by right (made-up names, times of
// day) is masked; nothing else is.

import { createHash } from 'node:crypto';

/** Begins a new chapter of the transcript. */
export function chapter(title) {
  console.log(`\n## ${title}`);
}

/** One line of the transcript: what was asked, and what came of it. */
export function say(what, came = 'nothing') {
  console.log(`${what}: ${masked(typeof came === 'string' ? came : JSON.stringify(shown(came)))}`);
}

/** What a promise came to: its value, or the error that it failed with. */
export async function tell(what, promise) {
  try {
    say(what, await promise);
  } catch (error) {
    say(what, `failed with ${[error.code, error.message].filter((part) => part !== undefined).join(' ')}`);
  }
}

/** Resolves when `emitter` says `event`, for the last thing that a scenario waits for. */
export function next(emitter, event) {
  return new Promise((resolve) => emitter.once(event, resolve));
}

/** Asks the test to close all connections of the scenario's virtual host, as an administrator would. */
export function pleaseCloseConnections() {
  console.log('please: close connections');
}

/** Messages handed over one at a time: `push` is the consumer's callback, `take` gives the next that came or comes. */
export function inbox() {
  const came = [];
  const waiting = [];
  return {
    push(message) {
      const taker = waiting.shift();
      if (taker) taker(message);
      else came.push(message);
    },
    take() {
      return came.length > 0 ? Promise.resolve(came.shift()) : new Promise((resolve) => waiting.push(resolve));
    },
    get size() {
      return came.length;
    },
  };
}

function masked(text) {
  return String(text)
    .replace(/amq\.(gen|ctag)-[\w-]{22}/g, 'amq.$1-*')
    .replace(/\b(127\.0\.0\.1|localhost):\d+/g, '$1');
}

function shown(value) {
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'function') return undefined;
  if (value instanceof Uint8Array) return bytes(value);
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) return value.map(shown);
  if (typeof value !== 'object' || value === null) return value;
  // x-death says when, to the second
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, inner]) => inner !== undefined)
      .map(([key, inner]) => [key, key === 'time' && 'reason' in value ? 'then' : shown(inner)]),
  );
}

function bytes(value) {
  const text = Buffer.from(value).toString();
  if (text.length < 100 && !text.includes('\ufffd')) return text;
  return `${value.length} bytes, SHA-1 ${createHash('sha1').update(value).digest('hex')}`;
}
