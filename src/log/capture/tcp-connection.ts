// One TCP connection as an onlooker sees it: two streams, whose roles and protocol may show only later.
// Counterparts: ConnectionTable finds it for a packet; the sink receives what it delivers once it is known to be AMQP.
//
//   undecided ──AMQP by port or bytes──▶ open ──both FINs, RST, or the capture's end──▶ ended
//       └─────not AMQP──▶ ignored                             (kept a while, for late packets)
//
// Invariant: the sink sees open once, then data and gaps, then end once; nothing of ignored connections.

import { Candidate, type Verdict } from './candidate.ts';
import type { CaptureEnd, CaptureSink } from './capture-sink.ts';
import type { CaptureTally } from './capture-summary.ts';
import { formatAddress } from './ip-address.ts';
import type { PieceBudget } from './piece-list.ts';
import { TCP_ACK, TCP_FIN, TCP_RST, TCP_SYN, type TcpSegment } from './tcp-segment.ts';
import { type Side, type StreamOwner, TcpStream } from './tcp-stream.ts';

/** What the connections of one capture share. */
export interface ConnectionHost<C> {
  readonly sink: CaptureSink<C>;
  readonly tally: CaptureTally;
  readonly budget: PieceBudget;
  /** Server ports that are AMQP whatever the bytes. */
  readonly ports: ReadonlySet<number>;
}

export const UNDECIDED = 0;
export const OPEN = 1;
const IGNORED = 2;
export const ENDED = 3;
export type ConnectionState = typeof UNDECIDED | typeof OPEN | typeof IGNORED | typeof ENDED;

export class TcpConnection<C> implements StreamOwner {
  state: ConnectionState = UNDECIDED;
  /** Number of the last packet, and of the first: for the table's bounds and order. */
  lastPacket: number;
  readonly firstPacket: number;
  /** The table's: hash, and the next one that shares it. */
  hash = 0;
  chained: TcpConnection<C> | null = null;
  /** Ends `a` (which sent the first packet captured) and `b`, as in TcpSegment. */
  readonly a0: number;
  readonly a1: number;
  readonly a2: number;
  readonly a3: number;
  readonly aPort: number;
  readonly b0: number;
  readonly b1: number;
  readonly b2: number;
  readonly b3: number;
  readonly bPort: number;
  private readonly host: ConnectionHost<C>;
  private readonly fromA: TcpStream;
  private readonly fromB: TcpStream;
  private readonly startSeen: boolean;
  private readonly firstTime: number;
  private candidate: Candidate | null = null;
  private clientSide: Side = 0;
  private handle: C | undefined;

  /** @param segment the first one captured; its payload is not yet taken */
  constructor(host: ConnectionHost<C>, segment: TcpSegment) {
    this.host = host;
    this.a0 = segment.source0;
    this.a1 = segment.source1;
    this.a2 = segment.source2;
    this.a3 = segment.source3;
    this.aPort = segment.sourcePort;
    this.b0 = segment.target0;
    this.b1 = segment.target1;
    this.b2 = segment.target2;
    this.b3 = segment.target3;
    this.bPort = segment.targetPort;
    this.firstTime = segment.time;
    this.firstPacket = host.tally.packets;
    this.lastPacket = this.firstPacket;
    this.fromA = new TcpStream(this, 0, host.tally, host.budget);
    this.fromB = new TcpStream(this, 1, host.tally, host.budget);
    this.startSeen = (segment.flags & TCP_SYN) !== 0;
    const client = this.startSeen ? (segment.flags & TCP_ACK ? 1 : 0) : undefined;
    const byPort = this.clientByPort(client);
    if (byPort === undefined) this.candidate = new Candidate(client);
    else this.open(byPort);
  }

  /** Which side is the client, if the server's port is one of AMQP's; `client` is what the handshake told. */
  private clientByPort(client: Side | undefined): Side | undefined {
    const { ports } = this.host;
    if (client !== undefined) return ports.has(client === 0 ? this.bPort : this.aPort) ? client : undefined;
    if (ports.has(this.aPort) === ports.has(this.bPort)) return undefined;
    return ports.has(this.aPort) ? 1 : 0;
  }

  /** Whether a SYN from this side begins another connection, on the same addresses and ports. */
  isAnother(segment: TcpSegment, side: Side): boolean {
    const stream = side === 0 ? this.fromA : this.fromB;
    if (stream.started) return stream.firstSequence !== ((segment.sequence + 1) | 0);
    return (segment.flags & TCP_ACK) === 0 || this.state === ENDED;
  }

  /** Takes a segment of this connection, which is undecided or open. */
  accept(segment: TcpSegment, side: Side): void {
    const stream = side === 0 ? this.fromA : this.fromB;
    const other = side === 0 ? this.fromB : this.fromA;
    const flags = segment.flags;
    other.acknowledged = segment.acknowledged;
    if ((flags & (TCP_SYN | TCP_FIN | TCP_RST)) !== 0) {
      this.acceptControl(segment, stream, other);
      return;
    }
    if (!other.started && this.startSeen && stream.started && segment.sequence === stream.firstSequence) {
      // The client's first segment after its SYN acknowledges the server's SYN, which was not captured.
      if ((flags & TCP_ACK) !== 0) other.start(segment.acknowledged);
    }
    if (segment.length > 0) {
      if (!stream.started) stream.start(segment.sequence);
      stream.accept(segment, segment.sequence);
    }
    if (stream.stalled || other.stalled || stream.finished) this.review(segment.time);
  }

  private acceptControl(segment: TcpSegment, stream: TcpStream, other: TcpStream): void {
    const { flags, time } = segment;
    if (flags & TCP_RST) {
      this.end('reset', time);
      return;
    }
    // SYN and FIN each take a sequence number of their own, before and behind the payload.
    const sequence = flags & TCP_SYN ? (segment.sequence + 1) | 0 : segment.sequence;
    if (!stream.started) stream.start(sequence);
    if (flags & TCP_SYN && flags & TCP_ACK && !other.started) other.start(segment.acknowledged);
    if (segment.length > 0) stream.accept(segment, sequence);
    if (flags & TCP_FIN) stream.finish((sequence + segment.length) | 0, time);
    this.review(time);
  }

  /** Gives up what has waited long enough, and ends the connection once both sides have finished. */
  private review(time: number): void {
    if (this.fromA.stalled) this.fromA.review(time);
    if (this.fromB.stalled) this.fromB.review(time);
    if (this.fromA.finished && this.fromB.finished) this.end('closed', time);
  }

  /** Ends the connection: what waits for lost bytes is delivered, and the sink is told. */
  end(how: CaptureEnd, time: number): void {
    if (this.state === UNDECIDED || this.state === OPEN) {
      this.fromA.flush();
      this.fromB.flush();
    }
    if (this.candidate !== null) this.decide(this.candidate, this.candidate.conclude());
    if (this.state === OPEN) this.host.sink.end(this.handle!, how, time);
    if (this.state !== IGNORED) this.state = ENDED;
  }

  deliver(side: Side, bytes: Uint8Array, start: number, end: number, time: number): void {
    const piece = new Uint8Array(bytes.buffer, bytes.byteOffset + start, end - start);
    if (this.state === OPEN) {
      this.host.sink.data(this.handle!, side === this.clientSide ? 0 : 1, piece, time);
    } else if (this.candidate !== null) {
      this.decide(this.candidate, this.candidate.hold(side, piece, time));
    }
  }

  lost(side: Side, bytes: number, time: number): void {
    if (this.state === OPEN) {
      this.host.tally.gaps++;
      this.host.tally.lostBytes += bytes;
      this.host.sink.gap(this.handle!, side === this.clientSide ? 0 : 1, bytes, time);
    } else {
      this.candidate?.holdGap(side, bytes, time);
    }
  }

  private decide(candidate: Candidate, verdict: Verdict): void {
    if (verdict === 'unknown') return;
    if (verdict === 'other') {
      this.candidate = null;
      this.state = IGNORED;
      this.host.tally.ignoredConnections++;
      this.fromA.discard();
      this.fromB.discard();
      return;
    }
    // With nothing else to go by, the server is the one on the lower port.
    this.open(candidate.client ?? (this.aPort < this.bPort ? 1 : 0));
    for (const { side, bytes, lost, time } of candidate.held) {
      if (bytes === null) this.lost(side, lost, time);
      else this.deliver(side, bytes, 0, bytes.length, time);
    }
  }

  private open(client: Side): void {
    this.candidate = null;
    this.state = OPEN;
    this.clientSide = client;
    this.host.tally.connections++;
    const a = { address: formatAddress(this.a0, this.a1, this.a2, this.a3), port: this.aPort };
    const b = { address: formatAddress(this.b0, this.b1, this.b2, this.b3), port: this.bPort };
    const midway = !this.startSeen;
    this.handle = this.host.sink.open(client === 0 ? a : b, client === 0 ? b : a, midway, this.firstTime);
  }
}
