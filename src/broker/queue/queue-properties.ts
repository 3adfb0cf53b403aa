// What only classic queues can be: auto-delete, exclusive, transient, deleted on a condition, and more. Counterpart: queue-arguments.ts, for the x-arguments.
// Texts and order of checks are RabbitMQ's.

import { fieldOf } from '../../protocol/field-table.ts';
import { ReplyError } from '../reply-error.ts';
import { integerOf } from '../term-text.ts';
import type { Queue, QueueDeclaration, QueueType } from './queue.ts';

/** Bytes: RabbitMQ's files could not tell places beyond. */
const LARGEST_SEGMENT = 3_000_000_000;

/** Throws ReplyError 406 for what a queue of this type cannot be. `resource`: `queue 'q' in vhost '/'`. */
export function checkQueueProperties(resource: string, declaration: QueueDeclaration): void {
  const { type, autoDelete, owner, durable } = declaration;
  if (type === 'classic') return;
  const wrong = autoDelete ? 'auto-delete' : owner ? 'exclusive-owner' : durable ? undefined : 'non-durable';
  if (wrong) throw new ReplyError(406, `invalid property '${wrong}' for ${resource}`);
  const segmentSize = fieldOf(declaration.arguments, 'x-stream-max-segment-size-bytes');
  if (type === 'stream' && integerOf(segmentSize)! > LARGEST_SEGMENT) {
    throw new ReplyError(406, 'Exceeded max value for x-stream-max-segment-size-bytes');
  }
}

/** Throws ReplyError 540 for a condition under which a queue of this type cannot be deleted. */
export function checkQueueDeletion(resource: string, type: QueueType, ifUnused: boolean, ifEmpty: boolean): void {
  if (type !== 'quorum' || !(ifUnused || ifEmpty)) return;
  const flag = ifUnused ? 'if-unused' : 'if-empty';
  const why = `queue.delete operations with ${flag} flag set are not supported by quorum queues`;
  throw new ReplyError(540, `cannot delete ${resource}. ${why}`);
}

/** Throws ReplyError 405 for a queue that gives messages to its one active consumer alone. */
export function checkGet(queue: Queue): void {
  if (queue.type !== 'quorum' || !queue.settings.singleActiveConsumer) return;
  const why = 'basic.get operations are not supported by quorum queues with single active consumer';
  throw new ReplyError(405, `cannot obtain access to locked ${queue.vhost.queueText(queue.name)}. ${why}`);
}
