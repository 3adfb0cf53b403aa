// What a capture held, in numbers. Counterpart of CaptureReader, whose parts count into one tally.
// Invariant: counters only grow.

/** What was read so far. */
export interface CaptureSummary {
  /** Packets of any protocol, and their bytes as captured. */
  readonly packets: number;
  readonly bytes: number;
  /** Packets that are not TCP over IP, or that were cut off before the end of their headers. */
  readonly otherPackets: number;
  /** IP fragments. They are not reassembled: what they carried shows up as a gap. */
  readonly fragments: number;
  /** Connections handed to the sink. */
  readonly connections: number;
  /** TCP connections that are not AMQP. */
  readonly ignoredConnections: number;
  /** Gaps in AMQP connections, and the bytes lost in them. */
  readonly gaps: number;
  readonly lostBytes: number;
  /** Segments that came after later ones, and segments that had come before. */
  readonly reordered: number;
  readonly retransmitted: number;
  /** Set if the capture ends inside a record: where that record begins, and how many bytes it lacks at least. */
  readonly truncated: { readonly offset: number; readonly missing: number } | null;
  /** Earliest and latest packet, in microseconds since the Unix epoch. */
  readonly firstTime: number | null;
  readonly lastTime: number | null;
}

/** The counters behind a summary, shared by all parts of one reader. */
export class CaptureTally {
  packets = 0;
  bytes = 0;
  otherPackets = 0;
  fragments = 0;
  connections = 0;
  ignoredConnections = 0;
  gaps = 0;
  lostBytes = 0;
  reordered = 0;
  retransmitted = 0;
  truncated: CaptureSummary['truncated'] = null;
  firstTime = Number.POSITIVE_INFINITY;
  lastTime = Number.NEGATIVE_INFINITY;

  /** Counts a packet of `bytes` captured bytes. */
  packet(bytes: number, time: number): void {
    this.packets++;
    this.bytes += bytes;
    if (time < this.firstTime) this.firstTime = time;
    if (time > this.lastTime) this.lastTime = time;
  }

  /** A copy to hand out. */
  summary(): CaptureSummary {
    const seen = this.packets > 0;
    return { ...this, firstTime: seen ? this.firstTime : null, lastTime: seen ? this.lastTime : null };
  }
}
