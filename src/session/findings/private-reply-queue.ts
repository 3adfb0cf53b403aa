// Which queues are for replies alone, and of one client: those that its connection declared exclusive.
// Queues that others can use may hold anything, and may be somebody else's tomorrow; of these nothing is said.

import type { Channel } from '../channel.ts';
import type { Content } from '../content.ts';
import type { SessionTables } from '../tables.ts';
import type { Queue } from '../topology.ts';

/** The queue of replies that this publish goes to, if it is one of that kind and was named as reply_to before. */
export function privateReplyQueue(
  { rpc, topology }: SessionTables,
  { connection }: Channel,
  { exchange, routingKey }: Content,
): Queue | undefined {
  if (rpc.requests.size === 0 || exchange?.name !== '' || !rpc.isReplyQueue(routingKey)) return undefined;
  const queue = topology.findQueue(connection.vhost, routingKey);
  return queue?.declared?.exclusive ? queue : undefined;
}
