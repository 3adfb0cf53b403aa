// Counts of what came and went in a broker: connections, channels, queues, logins. Plain numbers, only growing, for those
// who watch it.

import { MessageStats } from './message-stats.ts';
import type { DeathReason } from './queue/dead-letter.ts';
import type { QueueType } from './queue/queue.ts';

export class Churn {
  /** Entered a virtual host, and left again. */
  connectionsOpened = 0;
  connectionsClosed = 0;
  channelsOpened = 0;
  channelsClosed = 0;
  /** Declared, whether they existed or not; made; gone. */
  queuesDeclared = 0;
  queuesCreated = 0;
  queuesDeleted = 0;
  /** On connections of AMQP. */
  loginsSucceeded = 0;
  loginsFailed = 0;
  /** Bytes of connections that are gone, and in how many pieces. */
  bytesReceived = 0;
  bytesSent = 0;
  piecesReceived = 0;
  piecesSent = 0;
  /** What happened in queues that are gone. */
  readonly queues: Readonly<Record<QueueType, MessageStats>> = {
    classic: new MessageStats(),
    quorum: new MessageStats(),
    stream: new MessageStats(),
  };
  /** Messages sent to dead-letter exchanges, by type of queue and by why. */
  readonly deadLettered: Readonly<Record<QueueType, Record<DeathReason, number>>> = {
    classic: { rejected: 0, expired: 0, maxlen: 0, delivery_limit: 0 },
    quorum: { rejected: 0, expired: 0, maxlen: 0, delivery_limit: 0 },
    stream: { rejected: 0, expired: 0, maxlen: 0, delivery_limit: 0 },
  };
}
