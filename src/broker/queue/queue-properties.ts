// What only classic queues can be: auto-delete, exclusive, transient. Counterpart: queue-arguments.ts, for the x-arguments.
// Texts and order of checks are RabbitMQ's.

import { fieldOf } from '../../protocol/field-table.ts';
import { ReplyError } from '../reply-error.ts';
import { integerOf } from '../term-text.ts';
import type { QueueDeclaration } from './queue.ts';

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
