// From the protocol header to connection.open-ok: what each step offers, takes and refuses. Counterpart:
// test/broker/connection/connection.test.ts, for what needs another clock or address.

import { expect, test } from 'vitest';
import type { ArgumentsOf, MethodName } from '../../../src/protocol/method-table.ts';
import { PROTOCOL_HEADER } from '../../../src/protocol/protocol-header.ts';
import { type AmqpSocket, plain, refusal, table } from '../../rig/amqp-client.ts';
import { behaviour } from './brokers.ts';
import { header, say, together } from './transcript.ts';

behaviour('the protocol header', (broker) => {
  test.each([
    ['of another version', header(0, 0, 9, 0)],
    ['of AMQP 0-10', header(1, 1, 0, 10)],
    ['of no version', header(0, 0, 0, 0)],
    ['of TLS for AMQP 1.0', header(2, 1, 0, 0)],
    ['in lower case', Buffer.from('amqp\0\0\x09\x01', 'latin1')],
    ['that is HTTP', Buffer.from('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n')],
  ])('%s is answered with the one that is spoken, and the socket is closed', async (_title, bytes) => {
    const socket = await broker.raw();
    socket.send(bytes);
    expect(await socket.rest()).toEqual([{ type: 'protocol-header', bytes: Buffer.from(PROTOCOL_HEADER) }]);
  });

  test('of AMQP 0-9 is taken for 0-9-1', async () => {
    const socket = await broker.raw();
    socket.send(header(1, 1, 0, 9));
    expect(await socket.next()).toMatchObject({
      method: 'connection.start',
      arguments: { version_major: 0, version_minor: 9 },
    });
  });

  test('may come byte by byte', async () => {
    const socket = await broker.raw();
    for (const byte of PROTOCOL_HEADER) socket.send(Uint8Array.of(byte));
    expect(await socket.next()).toMatchObject({ method: 'connection.start' });
  });
});

behaviour('connection.start', (broker) => {
  test('offers PLAIN and AMQPLAIN, en_US, and the capabilities', async () => {
    const start = await started(await broker.raw());
    expect(start).toMatchObject({ version_major: 0, version_minor: 9, locales: 'en_US' });
    expect(start.mechanisms.split(' ').sort()).toEqual(expect.arrayContaining(['AMQPLAIN', 'PLAIN']));
    const properties = plain(start.server_properties);
    expect(properties.capabilities).toEqual({
      publisher_confirms: true,
      exchange_exchange_bindings: true,
      'basic.nack': true,
      consumer_cancel_notify: true,
      'connection.blocked': true,
      consumer_priorities: true,
      authentication_failure_close: true,
      per_consumer_qos: true,
      direct_reply_to: true,
    });
    for (const name of ['cluster_name', 'copyright', 'information', 'platform', 'product', 'version']) {
      expect(properties[name], name).toEqual(expect.any(String));
    }
  });
});

behaviour('connection.start-ok', (broker) => {
  test('with PLAIN lets in', async () => {
    await expect(broker.connect({ mechanism: 'PLAIN' })).resolves.toBeDefined();
  });

  test('with AMQPLAIN lets in', async () => {
    await expect(
      broker.connect({ mechanism: 'AMQPLAIN', response: amqplain('guest', 'guest') }),
    ).resolves.toBeDefined();
  });

  test.each([
    [
      'PLAIN, a wrong password',
      { password: 'wrong' },
      'connection.close 403 0.0 ACCESS_REFUSED - Login was refused using authentication mechanism PLAIN. For details see the broker logfile.',
    ],
    [
      'PLAIN, no password',
      { password: '' },
      'connection.close 403 0.0 ACCESS_REFUSED - Login was refused using authentication mechanism PLAIN. For details see the broker logfile.',
    ],
    [
      'PLAIN, an unknown user',
      { user: 'nobody' },
      'connection.close 403 0.0 ACCESS_REFUSED - Login was refused using authentication mechanism PLAIN. For details see the broker logfile.',
    ],
    [
      'AMQPLAIN, a wrong password',
      { mechanism: 'AMQPLAIN', response: amqplain('guest', 'wrong') },
      'connection.close 403 0.0 ACCESS_REFUSED - Login was refused using authentication mechanism AMQPLAIN. For details see the broker logfile.',
    ],
  ])('%s: told to a client that can be told', async (_title, options, line) => {
    expect(await refusal(broker.connect(options))).toBe(line);
  });

  test('what cannot be told, or makes no sense, closes the socket without a word', async () => {
    const answers = await together({
      'a wrong password, from a client that cannot be told': () =>
        refusal(broker.connect({ password: 'wrong', capabilities: {} })),
      'a wrong password, from a client without capabilities': () =>
        refusal(broker.connect({ password: 'wrong', clientProperties: [] })),
      'an unknown mechanism': () => refusal(broker.connect({ mechanism: 'SPIRAL' })),
      'a known mechanism in another case': () => refusal(broker.connect({ mechanism: 'plain' })),
      'no mechanism': () => refusal(broker.connect({ mechanism: '' })),
      'PLAIN without a response': () => refusal(broker.connect({ response: '' })),
      'PLAIN with one word': () => refusal(broker.connect({ response: 'guest' })),
      'PLAIN with a word too many': () => refusal(broker.connect({ response: '\0guest\0guest\0more' })),
      'PLAIN with an identity to act as': () => refusal(broker.connect({ response: 'guest\0guest\0guest' })),
      'AMQPLAIN without a password': () =>
        refusal(broker.connect({ mechanism: 'AMQPLAIN', response: '\x05LOGINS\0\0\0\x05guest' })),
      'AMQPLAIN that is no table': () => refusal(broker.connect({ mechanism: 'AMQPLAIN', response: '\0guest\0guest' })),
    });
    expect(new Set(Object.values(answers)), JSON.stringify(answers)).toEqual(new Set(['socket closed']));
  });

  test('another method in its place closes the socket without a word', async () => {
    const instead = async (method: MethodName, values = {}) => {
      const socket = await broker.raw();
      await started(socket);
      socket.sendMethod(0, method, values);
      return await say(socket);
    };
    const answers = await together({
      'tune-ok': () => instead('connection.tune-ok'),
      open: () => instead('connection.open', { virtual_host: '/' }),
      'secure-ok': () => instead('connection.secure-ok'),
      'close-ok': () => instead('connection.close-ok'),
    });
    expect(answers).toEqual({ 'tune-ok': 'end', open: 'end', 'secure-ok': 'end', 'close-ok': 'end' });
  });
});

behaviour('connection.tune', (broker) => {
  test('proposes RabbitMQ’s defaults', async () => {
    expect(await tuned(await broker.raw())).toEqual({ channel_max: 2047, frame_max: 131072, heartbeat: 60 });
  });

  test.each([
    ['the smallest frame-max', { frame_max: 4096 }],
    ['a smaller channel-max', { channel_max: 1 }],
    ['the longest heartbeat', { heartbeat: 65535 }],
    ['no heartbeat', { heartbeat: 0 }],
  ])('%s may be chosen', async (_title, choice) => {
    const socket = await broker.raw();
    socket.sendMethod(0, 'connection.tune-ok', { ...(await tuned(socket)), ...choice });
    socket.sendMethod(0, 'connection.open', { virtual_host: '/' });
    expect(await say(socket)).toBe('connection.open-ok');
  });

  test('what is out of bounds closes the socket without a word', async () => {
    const answer = async (choice: Partial<ArgumentsOf<'connection.tune-ok'>>) => {
      const socket = await broker.raw();
      socket.sendMethod(0, 'connection.tune-ok', { ...(await tuned(socket)), ...choice });
      return await say(socket);
    };
    const answers = await together({
      'a frame-max below 4096': () => answer({ frame_max: 4095 }),
      'a frame-max above the proposed': () => answer({ frame_max: 131073 }),
      'a frame-max without limit': () => answer({ frame_max: 0 }),
      'a channel-max above the proposed': () => answer({ channel_max: 2048 }),
      'a channel-max without limit': () => answer({ channel_max: 0 }),
      'open instead': async () => {
        const socket = await broker.raw();
        await tuned(socket);
        socket.sendMethod(0, 'connection.open', { virtual_host: '/' });
        return await say(socket);
      },
    });
    expect(new Set(Object.values(answers)), JSON.stringify(answers)).toEqual(new Set(['end']));
  });
});

behaviour('connection.open', (broker) => {
  test('an unknown vhost is refused', async () => {
    expect(await refusal(broker.connect({ vhost: 'nowhere' }))).toBe(
      'connection.close 530 connection.open NOT_ALLOWED - vhost nowhere not found',
    );
  });

  test('the vhost’s name is taken literally', async () => {
    expect(await refusal(broker.connect({ vhost: '' }))).toBe(
      'connection.close 530 connection.open NOT_ALLOWED - vhost  not found',
    );
    expect(await refusal(broker.connect({ vhost: '//' }))).toBe(
      'connection.close 530 connection.open NOT_ALLOWED - vhost // not found',
    );
  });

  test.each([
    [
      'start-ok in its place',
      'connection.start-ok',
      { mechanism: 'PLAIN' },
      'connection.close 504 connection.start-ok CHANNEL_ERROR - unexpected method in connection state opening',
    ],
    [
      'tune-ok a second time',
      'connection.tune-ok',
      {},
      'connection.close 504 connection.tune-ok CHANNEL_ERROR - unexpected method in connection state opening',
    ],
    [
      'close-ok in its place',
      'connection.close-ok',
      {},
      'connection.close 504 connection.close-ok CHANNEL_ERROR - unexpected method in connection state opening',
    ],
  ] as const)('%s is refused', async (_title, method, values, line) => {
    const socket = await opening(await broker.raw());
    socket.sendMethod(0, method, values);
    expect(await say(socket)).toBe(line);
  });

  test('a frame for a channel in its place is refused', async () => {
    const socket = await opening(await broker.raw());
    socket.sendMethod(1, 'channel.open');
    expect(await say(socket)).toBe('connection.close 505 0.0 UNEXPECTED_FRAME - type 1, all octets = <<0,20,0,10,0>>');
  });

  test('a second one is refused', async () => {
    const client = await broker.connect();
    client.send('connection.open', { virtual_host: '/' });
    expect((await client.closed)?.message).toBe(
      'connection.close 504 connection.open CHANNEL_ERROR - unexpected method in connection state running',
    );
  });

  test('the whole handshake may be sent at once', async () => {
    const socket = await broker.raw();
    socket.send(PROTOCOL_HEADER);
    socket.sendMethod(0, 'connection.start-ok', { mechanism: 'PLAIN', response: '\0guest\0guest' });
    socket.sendMethod(0, 'connection.tune-ok', { channel_max: 10, frame_max: 4096 });
    socket.sendMethod(0, 'connection.open', { virtual_host: '/' });
    socket.sendMethod(7, 'channel.open');
    const said: string[] = [];
    while (said.at(-1) !== 'channel.open-ok') said.push(await say(socket));
    expect(said).toEqual(['connection.start', 'connection.tune', 'connection.open-ok', 'channel.open-ok']);
  });
});

async function started(socket: AmqpSocket): Promise<ArgumentsOf<'connection.start'>> {
  socket.send(PROTOCOL_HEADER);
  return await argumentsOf(socket, 'connection.start');
}

async function tuned(socket: AmqpSocket): Promise<ArgumentsOf<'connection.tune'>> {
  await started(socket);
  const capabilities = { authentication_failure_close: true };
  socket.sendMethod(0, 'connection.start-ok', {
    client_properties: table({ capabilities }),
    mechanism: 'PLAIN',
    response: '\0guest\0guest',
    locale: 'en_US',
  });
  return await argumentsOf(socket, 'connection.tune');
}

async function opening(socket: AmqpSocket): Promise<AmqpSocket> {
  socket.sendMethod(0, 'connection.tune-ok', await tuned(socket));
  return socket;
}

async function argumentsOf<M extends MethodName>(socket: AmqpSocket, method: M): Promise<ArgumentsOf<M>> {
  const received = await socket.next();
  if (received.type !== 'method' || received.method !== method) throw new Error(`expected ${method}`);
  return received.arguments as unknown as ArgumentsOf<M>;
}

/** A field table without its length, as AMQPLAIN sends it. */
function amqplain(user: string, password: string): string {
  const field = (name: string, value: string) =>
    `${String.fromCharCode(name.length)}${name}S\0\0\0${String.fromCharCode(value.length)}${value}`;
  return field('LOGIN', user) + field('PASSWORD', password);
}
