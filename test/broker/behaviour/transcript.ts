// What a broker says on a bare socket, as lines of a transcript: `connection.open-ok`, `connection.close 501 0.0 FRAME_ERROR - …`.

import type { ArgumentsOf } from '../../../src/protocol/method-table.ts';
import { type AmqpSocket, ChannelClosed, ConnectionClosed } from '../../rig/amqp-client.ts';

/** A protocol header of that version. */
export function header(...version: [number, number, number, number]): Uint8Array {
  return Buffer.from([0x41, 0x4d, 0x51, 0x50, ...version]);
}

/** What comes next: a method's name; if it closes, with all that it says. `end` if the socket is closed instead. */
export async function say(socket: AmqpSocket): Promise<string> {
  const received = await socket.take();
  if (!received) return 'end';
  if (received.type !== 'method') return received.type;
  const values = received.arguments as unknown;
  if (received.method === 'connection.close') {
    return new ConnectionClosed(values as ArgumentsOf<'connection.close'>).message;
  }
  if (received.method === 'channel.close') return new ChannelClosed(values as ArgumentsOf<'channel.close'>).message;
  return received.method;
}

/** Runs all at the same time, for what the brokers answer only after a while; gives the answers by name. */
export async function together(
  asked: Readonly<Record<string, () => Promise<string>>>,
): Promise<Record<string, string>> {
  return Object.fromEntries(
    await Promise.all(Object.entries(asked).map(async ([name, ask]) => [name, await ask()] as const)),
  );
}
