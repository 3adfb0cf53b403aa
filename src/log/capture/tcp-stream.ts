// One direction of a TCP connection: segments in any order in, its bytes in order out (RFC 9293 §3.10.7.4, as an onlooker).
// Counterpart of TcpConnection, which holds two and receives what they deliver.
//
//   position:  0 ........ next ....(hole)....[piece]..[piece].... fin
//              delivered   |                  waiting, in order, never overlapping
//
// Rules: the first copy of a byte wins. A hole is given up, and told as lost, when
//   - the capture itself cut those bytes off (snaplen), or
//   - the receiver has acknowledged them, and what comes behind has waited for ACKNOWLEDGED_WAIT: it got them, the
//     capture did not (captures of several queues do show an acknowledgement ahead of its data, hence the wait), or
//   - what comes behind has waited for HOLE_WAIT, or there is too much of it, or the connection ends.
// Invariant: nextSequence is the low 32 bits of what belongs at position `next`; positions never wrap.

import type { CaptureTally } from './capture-summary.ts';
import { type PieceBudget, PieceList } from './piece-list.ts';
import type { TcpSegment } from './tcp-segment.ts';

/** Microseconds: longer than packets overtake each other in a capture. */
const ACKNOWLEDGED_WAIT = 20_000;
/** Microseconds: a sender that got no acknowledgement has retransmitted several times by then (RFC 6298). */
const HOLE_WAIT = 10_000_000;
/** A TCP window spans at most 1 GiB (RFC 7323 §2.2): what lies less than that behind is old, all else lies ahead. */
const OLD = 2 ** 32 - 2 ** 30;

/** Which end of a connection sends: `a` sent the first packet that was captured. */
export type Side = 0 | 1;

/** Receives the bytes of a stream. */
export interface StreamOwner {
  /** @param bytes holds them at `[start, end)`, during the call only */
  deliver(side: Side, bytes: Uint8Array, start: number, end: number, time: number): void;
  lost(side: Side, bytes: number, time: number): void;
}

export class TcpStream {
  started = false;
  /** Sequence number of the first byte. Signed, like all sequence numbers here. */
  firstSequence = 0;
  /** What the other side acknowledged last. */
  acknowledged = 0;
  private readonly owner: StreamOwner;
  private readonly side: Side;
  private readonly tally: CaptureTally;
  private readonly waiting: PieceList;
  private nextSequence = 0;
  private next = 0;
  /** The capture cut off the bytes before this position. */
  private cutTo = 0;
  /** Position behind the last byte, once a FIN has told. */
  private fin = Number.POSITIVE_INFINITY;
  private finTime = 0;
  private lastTime = 0;

  constructor(owner: StreamOwner, side: Side, tally: CaptureTally, budget: PieceBudget) {
    this.owner = owner;
    this.side = side;
    this.tally = tally;
    this.waiting = new PieceList(budget);
  }

  /** Sets the sequence number of the first byte. */
  start(sequence: number): void {
    this.started = true;
    this.firstSequence = sequence;
    this.nextSequence = sequence;
  }

  /** Something waits for bytes that have not come. */
  get stalled(): boolean {
    return this.waiting.count > 0 || (this.fin > this.next && this.fin < Number.POSITIVE_INFINITY);
  }

  /** All bytes up to the FIN have been delivered. */
  get finished(): boolean {
    return this.next >= this.fin;
  }

  /** Takes the payload of a segment, which is not empty. `sequence` is that of its first byte. */
  accept(segment: TcpSegment, sequence: number): void {
    if (sequence === this.nextSequence && this.waiting.count === 0) {
      this.deliver(segment.bytes, segment.start, segment.end, segment.time);
      const missing = segment.length - (segment.end - segment.start);
      if (missing > 0) this.cutTo = this.next + missing;
    } else {
      this.acceptElsewhere(segment, sequence);
    }
  }

  /** Notes that the stream ends before this sequence number. */
  finish(sequence: number, time: number): void {
    const position = this.positionOf(sequence);
    if (position >= this.fin) return;
    this.fin = Math.max(position, this.next);
    this.finTime = time;
  }

  /** Gives up the hole at `next` if its time has come; to be called with each packet while `stalled`. */
  review(time: number): void {
    while (this.stalled && this.isGivenUp(time)) this.skipHole();
  }

  /** Gives up all holes: nothing more will come. */
  flush(): void {
    while (this.stalled) this.skipHole();
  }

  /** Lets go of what waits. */
  discard(): void {
    this.waiting.clear();
  }

  private positionOf(sequence: number): number {
    const ahead = (sequence - this.nextSequence) >>> 0;
    return ahead < OLD ? this.next + ahead : this.next + ahead - 2 ** 32;
  }

  private acceptElsewhere(segment: TcpSegment, sequence: number): void {
    const at = this.positionOf(sequence);
    const wireEnd = at + segment.length;
    if (wireEnd <= this.next) {
      // A probe repeats the last byte, or sends one that is never to be read, to see whether the other side lives.
      if (segment.length > 1 || wireEnd < this.next) this.tally.retransmitted++;
      return;
    }
    const skipped = Math.max(this.next - at, 0);
    const start = Math.min(segment.start + skipped, segment.end);
    const position = at + skipped;
    const end = position + (segment.end - start);
    if (position === this.next && end < wireEnd) this.cutTo = Math.max(this.cutTo, wireEnd);
    if (position === end) return;
    const late = position < this.waiting.last;
    if (position === this.next && end <= this.waiting.first) {
      this.deliver(segment.bytes, start, segment.end, segment.time);
    } else if (!this.waiting.add(position, segment.bytes, start, segment.end, segment.time)) {
      this.tally.retransmitted++;
      return;
    }
    if (late) this.tally.reordered++;
    this.drain(segment.time);
    while (this.waiting.isOverfull) this.skipHole();
  }

  private deliver(bytes: Uint8Array, start: number, end: number, time: number): void {
    const length = end - start;
    if (length === 0) return;
    if (time > this.lastTime) this.lastTime = time;
    this.nextSequence = (this.nextSequence + length) | 0;
    this.next += length;
    this.owner.deliver(this.side, bytes, start, end, this.lastTime);
  }

  /** Delivers the pieces that have become due. */
  private drain(time: number): void {
    while (this.waiting.first === this.next) {
      const piece = this.waiting.take();
      this.deliver(piece.bytes, 0, piece.bytes.length, Math.max(time, piece.time));
    }
  }

  private isGivenUp(time: number): boolean {
    const upTo = Math.min(this.waiting.first, this.fin);
    if (upTo <= this.cutTo) return true;
    const since = Math.max(this.lastTime, this.waiting.count > 0 ? this.waiting.firstTime : this.finTime);
    return time - since > (this.positionOf(this.acknowledged) >= upTo ? ACKNOWLEDGED_WAIT : HOLE_WAIT);
  }

  private skipHole(): void {
    const upTo = Math.min(this.waiting.first, this.fin);
    const lost = upTo - this.next;
    const time = Math.max(this.lastTime, this.waiting.count > 0 ? this.waiting.firstTime : this.finTime);
    this.lastTime = time;
    this.nextSequence = (this.nextSequence + lost) | 0;
    this.next = upTo;
    this.owner.lost(this.side, lost, time);
    this.drain(time);
  }
}
