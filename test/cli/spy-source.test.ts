// The full screen's snapshots of this process's own spy: the same as over the API.

import { expect, it } from 'vitest';
import { SpySource } from '../../src/cli/spy-source.ts';
import { Session } from '../../src/session/session.ts';
import { Conversation } from '../rig/conversation.ts';
import { shop } from './report/shop.ts';

it('a snapshot has all that the screen shows', async () => {
  const talk = new Conversation();
  const session = new Session(talk.log, talk.connections, { findings: [] });
  shop(talk);
  const source = new SpySource(session, '127.0.0.1:5673');
  const snapshot = await source.snapshot();
  expect(source.where).toBe('127.0.0.1:5673');
  expect(snapshot).toMatchObject({
    connections: [{ id: 1, name: 'web-shop' }, { name: 'invoices' }],
    channels: [{ mode: 'confirm', published: 3, unconfirmed: 1 }, { prefetch: 10 }],
    exchanges: [{ name: 'orders' }],
    queues: [{ name: 'eu', consumers: [{ connection: 2, consumer_tag: 'c1' }] }],
    bindings: [{ source: 'orders', destination: 'eu' }],
    findings: [],
    missed: 0,
  });
  expect(snapshot.latencies.map(({ kind }) => kind)).toContain('publish_confirm');
  expect(new Date(snapshot.time).getTime()).not.toBeNaN();
});
