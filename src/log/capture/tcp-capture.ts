// From captured packets to connections: link layer, IP, TCP, then the connection that the segment belongs to.
// Counterparts: a CaptureFormat (before) and TcpConnection (after).
// Invariant: a packet costs no allocation unless it begins a connection or comes out of order.

import type { PacketSink } from './capture-format.ts';
import type { CaptureSink } from './capture-sink.ts';
import type { CaptureTally } from './capture-summary.ts';
import { ConnectionTable } from './connection-table.ts';
import { decodeIp, IP_FRAGMENT, IP_TCP } from './ip.ts';
import { networkOffset } from './link-layer.ts';
import { type ConnectionHost, OPEN, TcpConnection, UNDECIDED } from './tcp-connection.ts';
import { decodeTcp, TCP_RST, TCP_SYN, TcpSegment } from './tcp-segment.ts';

export class TcpCapture<C> implements PacketSink {
  private readonly host: ConnectionHost<C>;
  private readonly tally: CaptureTally;
  private readonly table: ConnectionTable<C>;
  private readonly segment = new TcpSegment();

  /** @param largestTable most connections to keep at a time; by default enough for any broker */
  constructor(sink: CaptureSink<C>, tally: CaptureTally, ports: ReadonlySet<number>, largestTable?: number) {
    this.host = { sink, tally, ports, budget: { used: 0 } };
    this.tally = tally;
    this.table = new ConnectionTable(largestTable);
  }

  packet(linkType: number, bytes: Uint8Array, start: number, end: number, originalLength: number, time: number): void {
    const tally = this.tally;
    tally.packet(end - start, time);
    const ip = networkOffset(linkType, bytes, start, end);
    if (ip < 0) {
      tally.otherPackets++;
      return;
    }
    const segment = this.segment;
    const content = decodeIp(bytes, ip, end, Math.max(end, start + originalLength), segment);
    if (content === IP_TCP && decodeTcp(segment)) {
      segment.time = time;
      this.accept(segment);
    } else if (content === IP_FRAGMENT) {
      tally.fragments++;
    } else {
      tally.otherPackets++;
    }
  }

  /** Ends all connections: the capture is over. */
  end(): void {
    for (const connection of this.table.all()) {
      connection.end('capture-ended', this.tally.lastTime);
      this.table.remove(connection);
    }
  }

  private accept(segment: TcpSegment): void {
    let connection = this.table.find(segment);
    if ((segment.flags & TCP_SYN) !== 0 && connection?.isAnother(segment, this.table.side)) {
      connection.end('capture-ended', segment.time);
      this.table.remove(connection);
      connection = null;
    }
    connection ??= this.begin(segment);
    if (connection === null) return;
    connection.lastPacket = this.tally.packets;
    if (connection.state === OPEN || connection.state === UNDECIDED) connection.accept(segment, this.table.side);
  }

  /** A new connection, unless the segment shows no more than the tail of one. */
  private begin(segment: TcpSegment): TcpConnection<C> | null {
    if ((segment.flags & TCP_RST) !== 0) return null;
    if ((segment.flags & TCP_SYN) === 0 && segment.length === 0) return null;
    this.table.makeRoom(segment.time);
    const connection = new TcpConnection(this.host, segment);
    this.table.add(connection, segment);
    return connection;
  }
}
