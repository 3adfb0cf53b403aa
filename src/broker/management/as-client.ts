// Doing to queues, exchanges and messages what any client can do, as the user who asks, and saying what the broker refuses
// in the words of RabbitMQ's management. Counterpart: local-channel.ts.

import { badRequest, type HttpError, notAuthorised, notFound } from './http-error.ts';
import { LocalChannel, Refusal } from './local-channel.ts';
import type { Management } from './management.ts';
import type { ManagementRequest } from './route.ts';

/** Runs `work` on a channel of the user's in the virtual host. Rejects with HttpError for what the broker refuses. */
export async function asClient<Result>(
  { broker, listener }: Management,
  { who, message }: ManagementRequest,
  vhost: string,
  work: (channel: LocalChannel) => Promise<Result>,
  explain: (refusal: Refusal) => HttpError = explainChange,
): Promise<Result> {
  const { remoteAddress: address = '', remotePort: port = 0 } = message.socket;
  const peer = { address, port, localAddress: listener.host, localPort: listener.port, tls: false };
  let channel: LocalChannel | undefined;
  try {
    channel = await LocalChannel.open(broker, { ...who, vhost, peer });
    return await work(channel);
  } catch (error) {
    throw error instanceof Refusal ? explain(error) : error;
  } finally {
    channel?.close();
  }
}

/** For declaring, deleting, binding, purging. */
function explainChange({ replyCode, reason }: Refusal): HttpError {
  if (replyCode === 404) return notFound(reason);
  if (replyCode === 403 || replyCode === 530) return notAuthorised('Access refused.');
  return badRequest(reason);
}

/** For publishing and getting: RabbitMQ tells the whole reply text there. */
export function explainMessaging({ replyCode, replyText, reason, scope }: Refusal): HttpError {
  if (replyCode === 404) return notFound(replyText);
  if (replyCode === 530) return notAuthorised('Access refused.');
  if (replyCode === 403) return notAuthorised(replyText);
  return badRequest(`${replyCode} ${scope === 'channel' ? replyText : reason}`);
}
