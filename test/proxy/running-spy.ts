// A spy between a test's peers, and what its log says, in words.
// Counterpart: peer.ts. Invariant: taken down with the test.

import { onTestFinished } from 'vitest';
import { Cursor } from '../../src/log/cursor.ts';
import { eventOf, type LogEvent } from '../../src/log/frame-event.ts';
import type { FrameLog } from '../../src/log/frame-log.ts';
import { type Spy, type SpyOptions, startSpy } from '../../src/spy.ts';
import { dial, type Origin, type Peer } from './peer.ts';

/** Starts a spy in front of the server. */
export async function spyOn(origin: { readonly port: number }, options: Partial<SpyOptions> = {}): Promise<Spy> {
  const spy = await startSpy({
    listen: { host: '127.0.0.1', port: 0 },
    upstreams: [{ host: '127.0.0.1', port: origin.port, tls: false }],
    logSize: 8 << 20,
    ...options,
  });
  onTestFinished(() => spy.close());
  return spy;
}

/** A client and a server with the spy between them. */
export async function connectThrough(spy: Spy, origin: Origin): Promise<{ client: Peer; server: Peer }> {
  const [client, server] = await Promise.all([dial(spy.address.port), origin.accept()]);
  return { client, server };
}

/** All that stands in the log. */
export function events(log: FrameLog): LogEvent[] {
  const found: LogEvent[] = [];
  const cursor = new Cursor(log, 1);
  while (cursor.next()) found.push(eventOf(cursor, log.showSecrets));
  return found;
}

/** Waits until the log holds so many events of a type; gives them. */
export async function logged<T extends LogEvent['type']>(
  log: FrameLog,
  type: T,
  count = 1,
): Promise<Extract<LogEvent, { type: T }>[]> {
  for (;;) {
    const found = events(log).filter((event) => event.type === type);
    if (found.length >= count) return found as Extract<LogEvent, { type: T }>[];
    await new Promise<void>((resolve) => log.wake(resolve));
  }
}
