// A consumer as basic.consume made it on its channel.

import type { FieldTable } from '../protocol/field-table.ts';
import { Histogram } from './histogram.ts';
import type { Queue } from './topology.ts';

export class Consumer {
  readonly tag: string;
  /** Undefined where the capture began after basic.consume. */
  readonly queue: Queue | undefined;
  readonly noAck: boolean;
  readonly exclusive: boolean;
  readonly arguments: FieldTable;
  /** The prefetch that held when it was made; 0: none. */
  readonly prefetch: number;
  /** Record id of basic.consume; 0 if it was not seen. */
  readonly record: number;
  /** µs since the Unix epoch. */
  readonly since: number;
  cancelled = false;
  delivered = 0;
  acked = 0;
  unacked = 0;
  /** Most that it held unsettled at once. */
  mostUnacked = 0;
  readonly deliverAck = new Histogram();

  constructor(
    init: Pick<Consumer, 'tag' | 'queue' | 'noAck' | 'exclusive' | 'arguments' | 'prefetch' | 'record' | 'since'>,
  ) {
    this.tag = init.tag;
    this.queue = init.queue;
    this.noAck = init.noAck;
    this.exclusive = init.exclusive;
    this.arguments = init.arguments;
    this.prefetch = init.prefetch;
    this.record = init.record;
    this.since = init.since;
  }
}
