// A consumer's place in a stream. Counterpart: stream-queue.ts, which moves it.

import type { Timer } from '../clock.ts';
import type { Message } from '../message/message.ts';
import type { Consumer } from '../queue/consumer.ts';
import type { Segment } from './segment.ts';
import type { StreamLog } from './stream-log.ts';

export class StreamReader {
  readonly consumer: Consumer;
  /** Offset of the next message to deliver. */
  offset: number;
  /** It is being served: what happens meanwhile is seen by who serves it. */
  busy = false;
  /** It has had its share for now, and goes on when this fires. */
  pause: Timer | undefined = undefined;
  #segment: Segment | undefined = undefined;

  constructor(consumer: Consumer, offset: number) {
    this.consumer = consumer;
    this.offset = offset;
  }

  /** The next message, and moves on; undefined if there is none yet. What the log has lost is passed over. */
  take(log: StreamLog): Message | undefined {
    if (this.offset >= log.next) return undefined;
    if (this.offset < log.first) this.offset = log.first;
    let segment = this.#segment;
    if (segment === undefined || this.offset < segment.first || this.offset >= segment.end) {
      segment = log.segmentAt(this.offset)!;
      this.#segment = segment;
      if (this.offset < segment.first) this.offset = segment.first;
    }
    return segment.messages[this.offset++ - segment.first];
  }

  stop(): void {
    this.pause?.cancel();
    this.pause = undefined;
  }
}
