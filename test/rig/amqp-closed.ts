// How a server says that it closes, as errors that the client of the tests throws. Counterpart: amqp-client.ts.

import { type ArgumentsOf, methodById } from '../../src/protocol/method-table.ts';

/** The server closed: as an error, whose message is one line of a transcript, for example
 * `channel.close 404 queue.declare NOT_FOUND - no queue 'q' in vhost '/'`. */
export class Closed extends Error {
  readonly replyCode: number;
  readonly replyText: string;
  readonly classId: number;
  readonly methodId: number;

  constructor(scope: string, { reply_code, reply_text, class_id, method_id }: ArgumentsOf<'channel.close'>) {
    const culprit = methodById(class_id, method_id)?.name ?? `${class_id}.${method_id}`;
    super(`${scope}.close ${reply_code} ${culprit} ${reply_text}`);
    this.name = new.target.name;
    this.replyCode = reply_code;
    this.replyText = reply_text;
    this.classId = class_id;
    this.methodId = method_id;
  }
}

export class ChannelClosed extends Closed {
  constructor(close: ArgumentsOf<'channel.close'>) {
    super('channel', close);
  }
}

/** Reply code 0 and the message `socket closed` if the socket ended without a connection.close. */
export class ConnectionClosed extends Closed {
  constructor(close?: ArgumentsOf<'connection.close'>) {
    super('connection', close ?? { reply_code: 0, reply_text: '', class_id: 0, method_id: 0 });
    if (!close) this.message = 'socket closed';
  }
}

/** The line that tells how the server refused: the message of ChannelClosed or ConnectionClosed. */
export async function refusal(promise: Promise<unknown>): Promise<string> {
  const error = await promise.then(
    (value) => new Error(`expected a refusal, got ${inspect(value)}`),
    (reason: unknown) => reason,
  );
  if (error instanceof Closed) return error.message;
  throw error;
}

/** A value in short, for messages of failures. */
export function inspect(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) => (typeof inner === 'bigint' ? `${inner}` : inner)) ?? 'nothing';
}
