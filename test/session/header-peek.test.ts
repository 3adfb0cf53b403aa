import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { encodeContentHeader } from '../../src/protocol/content-header.ts';
import type { BasicProperties } from '../../src/protocol/method-table.ts';
import { HeaderPeek } from '../../src/session/header-peek.ts';

function peekOf(properties: BasicProperties, body: Uint8Array, cuts: readonly number[] = []): HeaderPeek {
  const payload = encodeContentHeader(BigInt(body.length), properties);
  const peek = new HeaderPeek();
  expect(peek.read(payload, 0, payload.length)).toBe(true);
  let at = 0;
  for (const cut of [...cuts].sort((a, b) => a - b).concat(body.length)) {
    const end = Math.max(at, Math.min(cut, body.length));
    peek.body(body, at, end);
    at = end;
  }
  return peek;
}

const HELLO = new TextEncoder().encode('hello');

describe('a content header, peeked at', () => {
  test('gives ids, size and what matters of the rest', () => {
    const peek = peekOf(
      {
        content_type: 'text/plain',
        headers: [['x', { type: 'S', value: 'y' }]],
        delivery_mode: 2,
        priority: 3,
        correlation_id: 'c-1',
        reply_to: 'answers',
        expiration: '1000',
        message_id: 'm-1',
        timestamp: 5n,
      },
      HELLO,
    );
    expect(peek).toMatchObject({
      bodySize: 5,
      persistent: true,
      hasExpiration: true,
      correlationId: 'c-1',
      replyTo: 'answers',
      messageId: 'm-1',
    });
    expect(peek.headersAt).toBeGreaterThan(0);
  });

  test('forgets the last one', () => {
    const peek = peekOf({ correlation_id: 'c', reply_to: 'r', message_id: 'm', delivery_mode: 2 }, HELLO);
    const payload = encodeContentHeader(0n, {});
    peek.read(payload, 0, payload.length);
    expect(peek).toMatchObject({
      persistent: false,
      correlationId: undefined,
      replyTo: undefined,
      messageId: undefined,
    });
  });

  test('has the same key wherever its body is cut into frames', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.array(fc.nat(300), { maxLength: 6 }), (body, cuts) => {
        expect(peekOf({}, body, cuts).key(7)).toBe(peekOf({}, body).key(7));
      }),
    );
  });

  test('has the same key whatever a broker changes on the way', () => {
    const sent = peekOf({ reply_to: 'amq.rabbitmq.reply-to', expiration: '60', correlation_id: 'c' }, HELLO);
    const received = peekOf(
      {
        headers: [['x-death', { type: 'A', value: [] }]],
        reply_to: 'amq.rabbitmq.reply-to.g1h2',
        correlation_id: 'c',
      },
      HELLO,
    );
    expect(received.key(1)).toBe(sent.key(1));
  });

  test('has another key for another body, id or place; with a message_id the place does not matter', () => {
    const key = peekOf({}, HELLO).key(1);
    expect(peekOf({}, new TextEncoder().encode('hullo')).key(1)).not.toBe(key);
    expect(peekOf({ correlation_id: 'c' }, HELLO).key(1)).not.toBe(key);
    expect(peekOf({}, HELLO).key(2)).not.toBe(key);
    expect(peekOf({ message_id: 'm' }, HELLO).key(2)).toBe(peekOf({ message_id: 'm' }, HELLO).key(1));
  });

  test('never throws, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
        const peek = new HeaderPeek();
        peek.read(bytes, 0, bytes.length);
        peek.body(bytes, 0, bytes.length);
        expect(peek.key(1)).toBeGreaterThan(0);
      }),
    );
  });
});
