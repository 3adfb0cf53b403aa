// Which finding each reply text of RabbitMQ 3.x and 4.x leads to: one and only one.
// Counterpart: src/session/findings/refusal.ts. Texts are those of RabbitMQ's sources and of test/broker/behaviour.

import { describe, expect, it } from 'vitest';
import type { MethodName } from '../../../src/protocol/method-table.ts';
import { WHY_IT_CLOSED } from '../../../src/session/findings/registry.ts';
import { Session } from '../../../src/session/session.ts';
import { Conversation } from '../../rig/conversation.ts';

const Q = "queue 'q' in vhost '/'";

type Row = readonly [finding: string, code: number, text: string, method?: MethodName];

const CHANNEL: readonly Row[] = [
  ['unknown-delivery-tag', 406, 'PRECONDITION_FAILED - unknown delivery tag 3', 'basic.ack'],
  [
    'inequivalent-declaration',
    406,
    `PRECONDITION_FAILED - inequivalent arg 'durable' for ${Q}: received 'false' but current is 'true'`,
    'queue.declare',
  ],
  [
    'consumer-timeout',
    406,
    'PRECONDITION_FAILED - delivery acknowledgement on channel 1 timed out. Timeout value used: 1800000 ms. This timeout value can be configured, see consumers doc guide to learn more',
  ],
  ['message-too-large', 406, 'PRECONDITION_FAILED - message size 9 is larger than max size 8', 'basic.publish'],
  ['message-too-large', 406, 'PRECONDITION_FAILED - message size 9 is larger than configured max size 8'],
  ['precondition-failed', 406, 'PRECONDITION_FAILED - cannot switch from tx to confirm mode', 'confirm.select'],
  ['precondition-failed', 406, `PRECONDITION_FAILED - ${Q} not empty`, 'queue.delete'],
  [
    'precondition-failed',
    406,
    "PRECONDITION_FAILED - invalid arg 'x-expires' for queue 'q' in vhost '/': {value_zero,0}",
  ],
  ['not-found', 404, `NOT_FOUND - no ${Q}`, 'queue.bind'],
  ['not-found', 404, `NOT_FOUND - ${Q} process is stopped by supervisor`, 'basic.get'],
  ['access-refused', 403, `ACCESS_REFUSED - access to ${Q} refused for user 'guest'`, 'queue.declare'],
  ['access-refused', 403, `ACCESS_REFUSED - read access to ${Q} refused for user 'guest'`, 'basic.get'],
  ['access-refused', 403, 'ACCESS_REFUSED - operation not permitted on the default exchange', 'exchange.delete'],
  ['resource-locked', 403, `ACCESS_REFUSED - ${Q} in exclusive use`, 'basic.consume'],
  ['resource-locked', 405, `RESOURCE_LOCKED - cannot obtain exclusive access to locked ${Q}.`, 'basic.consume'],
  ['closed-with-error', 506, `RESOURCE_ERROR - ${Q} does not have a running local replica`, 'basic.consume'],
  ['closed-with-error', 499, 'NEW_IN_SOME_VERSION'],
];

const CONNECTION: readonly Row[] = [
  ['connection-forced', 320, 'CONNECTION_FORCED - Closed via management plugin'],
  ['connection-forced', 320, 'CONNECTION_FORCED - Node was put into maintenance mode'],
  ['authentication-failed', 403, 'ACCESS_REFUSED - Login was refused using authentication mechanism PLAIN.'],
  ['vhost-refused', 530, 'NOT_ALLOWED - vhost nowhere not found', 'connection.open'],
  ['vhost-refused', 530, "NOT_ALLOWED - access to vhost '/' refused for user 'guest'", 'connection.open'],
  [
    'not-allowed',
    530,
    "NOT_ALLOWED - access to vhost '/' refused for user 'guest': connection limit (1) is reached",
    'connection.open',
  ],
  ['not-allowed', 530, "NOT_ALLOWED - connection refused for user 'guest': user connection limit (1) is reached"],
  ['not-allowed', 530, 'NOT_ALLOWED - negotiated frame_max = 100 is lower than the minimum allowed value (4096)'],
  ['not-allowed', 530, 'NOT_ALLOWED - number of channels opened (2) has reached the negotiated channel_max (2)'],
  ['frame-too-large', 501, 'FRAME_ERROR - type 3, all octets = <<>>: {frame_too_large,8192,4088}'],
  ['protocol-error', 501, 'FRAME_ERROR - type 1, all octets = <<>>: {invalid_frame_end_marker,0}'],
  ['protocol-error', 502, 'SYNTAX_ERROR - illegal reserved flags'],
  ['command-invalid', 503, 'COMMAND_INVALID - unimplemented method', 'queue.declare-ok'],
  ['channel-error', 504, "CHANNEL_ERROR - expected 'channel.open'", 'basic.ack'],
  ['interleaved-publish', 505, 'UNEXPECTED_FRAME - expected method frame, got non method frame instead'],
  ['not-implemented', 540, 'NOT_IMPLEMENTED - prefetch_size!=0 (1000)', 'basic.qos'],
  ['internal-error', 541, 'INTERNAL_ERROR', 'queue.declare'],
];

function asCase([finding, code, text, method]: Row) {
  return { finding, code, text, method };
}

/** The findings of a conversation, by id. */
function foundIn(play: (talk: Conversation) => void): string[] {
  const talk = new Conversation();
  const session = new Session(talk.log, talk.connections, { findings: WHY_IT_CLOSED });
  play(talk);
  expect(session.failure).toBeUndefined();
  for (const { text, advice } of session.findings.list()) expect(text + advice).not.toMatch(/undefined|NaN|\.\./);
  return session.findings.list().map(({ definition }) => definition.id);
}

describe('a close by the server is one finding', () => {
  it.each(CHANNEL.map(asCase))('$finding: of a channel with $code $text', ({ finding, code, text, method }) => {
    const found = foundIn((talk) => {
      const client = talk.connect();
      client.channel().closeByServer(code, text, method);
      client.close();
    });
    expect(found).toEqual([finding]);
  });

  it.each(CONNECTION.map(asCase))('$finding: of a connection with $code $text', ({ finding, code, text, method }) => {
    expect(foundIn((talk) => talk.connect().closeByServer(code, text, method))).toEqual([finding]);
  });
});

describe('a close is none', () => {
  it('if the client says goodbye, with whatever code', () => {
    const found = foundIn((talk) => {
      for (const code of [0, 200, 320, 541]) {
        const client = talk.connect();
        client.channel().close(code, 'bye');
        client.close(code, 'bye');
      }
    });
    expect(found).toEqual([]);
  });

  it('if the spy or the end of the capture ended the connection, whatever was open', () => {
    const found = foundIn((talk) => {
      for (const by of ['spy', 'capture'] as const) {
        const client = talk.connect();
        client.channel().deliver({ consumerTag: 'c', deliveryTag: 1 });
        talk.wait(50_000);
        client.cut(by);
      }
    });
    expect(found).toEqual([]);
  });

  it('if somebody only looked whether the port is open', () => {
    const found = foundIn((talk) => {
      talk.connect({ until: 'nothing' }).cut('client');
      const slow = talk.connect({ until: 'nothing' });
      talk.wait(60_000);
      slow.cut('client');
    });
    expect(found).toEqual([]);
  });

  it('if both sides were silent for as long as each other, and go on', () => {
    const found = foundIn((talk) => {
      const client = talk.connect({ heartbeat: 10 });
      talk.wait(3_600_000);
      client.heartbeat('client');
      client.heartbeat('server');
      client.close();
    });
    expect(found).toEqual([]);
  });
});

it('what clients and servers name at any length is cut', () => {
  const name = 'n'.repeat(250);
  const talk = new Conversation();
  const session = new Session(talk.log, talk.connections, { findings: WHY_IT_CLOSED });
  const client = talk.connect({ name: 'x'.repeat(5000), product: 'p'.repeat(5000) });
  client.channel().closeByServer(404, `NOT_FOUND - no queue '${name.slice(0, 200)}' in vhost '/'`, 'basic.get');
  client.close();
  const [found] = session.findings.list();
  expect(found!.text.length).toBeLessThan(500);
});
