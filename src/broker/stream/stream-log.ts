// A stream's messages, by offset: they are appended, read any number of times, and go by whole segments from the front.
// Counterparts: segment.ts; stream-queue.ts, which owns the log. What is too much goes only when a segment is full and
// the next one has begun, and never the last one (RabbitMQ's osiris): a small limit keeps what the last one holds.

import type { Message } from '../message/message.ts';
import { Segment } from './segment.ts';

/** RabbitMQ's: a segment is full at this size, in bytes, or with so many messages, whatever their size. */
const SEGMENT_SIZE = 500_000_000;
const SEGMENT_MESSAGES = 256_000;

/** -1: no limit, or the default size. */
export interface Retention {
  /** Bytes of the whole log. */
  readonly maxLengthBytes: number;
  /** In ms. */
  readonly maxAge: number;
  /** Bytes of a segment. */
  readonly segmentSize: number;
}

export class StreamLog {
  /** At least one, oldest first. */
  readonly #segments: Segment[] = [new Segment(0)];

  /** Offset of the first message that is still there. */
  get first(): number {
    return this.#segments[0]!.first;
  }

  /** The offset that the next message gets. */
  get next(): number {
    return this.#last.end;
  }

  get length(): number {
    return this.next - this.first;
  }

  get bodyBytes(): number {
    let bytes = 0;
    for (const segment of this.#segments) bytes += segment.bodyBytes;
    return bytes;
  }

  get cost(): number {
    let cost = 0;
    for (const segment of this.#segments) cost += segment.cost;
    return cost;
  }

  /** Appends a message that came at `time` (ms since the epoch); true if a segment was begun for it. */
  append(message: Message, time: number, segmentSize: number): boolean {
    const last = this.#last;
    const size = segmentSize < 0 ? SEGMENT_SIZE : segmentSize;
    const isFull = last.messages.length > 0 && (last.fileSize >= size || last.messages.length >= SEGMENT_MESSAGES);
    const segment = isFull ? this.#begin(last.end) : last;
    segment.append(message, Math.max(time, last.lastTime));
    return isFull;
  }

  /** Continues the log at a later offset than the next. */
  skipTo(offset: number): void {
    if (offset <= this.next) return;
    if (this.#last.messages.length === 0) this.#segments.pop();
    this.#begin(offset);
  }

  /** Takes out and returns the segments that are too much, or too old at `now` (ms since the epoch). */
  trim({ maxLengthBytes, maxAge }: Retention, now: number): Segment[] {
    const segments = this.#segments;
    let keep = segments.length - 1;
    if (maxLengthBytes >= 0) {
      let room = maxLengthBytes - segments[keep]!.fileSize;
      while (keep > 0 && segments[keep - 1]!.fileSize <= room) room -= segments[--keep]!.fileSize;
    } else {
      keep = 0;
    }
    if (maxAge >= 0) while (keep < segments.length - 1 && segments[keep]!.lastTime < now - maxAge) keep++;
    return segments.splice(0, keep);
  }

  /** The segment in which a reader at this offset goes on; undefined if it has read all. */
  segmentAt(offset: number): Segment | undefined {
    const segments = this.#segments;
    if (offset >= this.next) return undefined;
    let low = 0;
    let high = segments.length - 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (segments[middle]!.end <= offset) low = middle + 1;
      else high = middle;
    }
    return segments[low];
  }

  /** The offset of the first message that came at `time` (ms since the epoch) or later; the next one's if none did. */
  offsetAt(time: number): number {
    for (const segment of this.#segments) if (segment.lastTime >= time) return segment.offsetAt(time);
    return this.next;
  }

  *[Symbol.iterator](): Generator<Message> {
    for (const segment of this.#segments) yield* segment.messages;
  }

  get #last(): Segment {
    return this.#segments[this.#segments.length - 1]!;
  }

  #begin(first: number): Segment {
    const segment = new Segment(first);
    this.#segments.push(segment);
    return segment;
  }
}
