// Which policy keys a type of queue does not know, as RabbitMQ's queue types declare it (unsupported_policies).

import type { QueueType } from '../queue/queue.ts';

const STREAM_ONLY = ['max-age', 'stream-max-segment-size-bytes', 'stream-filter-size-bytes', 'initial-cluster-size'];
const MIRRORING = ['ha-mode', 'ha-params', 'ha-sync-mode', 'ha-promote-on-shutdown', 'ha-promote-on-failure'];

export const UNSUPPORTED_KEYS: Readonly<Record<QueueType, ReadonlySet<string>>> = {
  classic: new Set([
    ...STREAM_ONLY,
    'queue-leader-locator',
    'target-group-size',
    'delivery-limit',
    'dead-letter-strategy',
  ]),
  quorum: new Set([...STREAM_ONLY, ...MIRRORING, 'queue-mode', 'queue-master-locator']),
  stream: new Set([
    ...MIRRORING,
    'expires',
    'message-ttl',
    'dead-letter-exchange',
    'dead-letter-routing-key',
    'dead-letter-strategy',
    'max-length',
    'max-in-memory-length',
    'max-in-memory-bytes',
    'overflow',
    'queue-mode',
    'delivery-limit',
    'queue-master-locator',
    'target-group-size',
  ]),
};
