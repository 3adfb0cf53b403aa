// Writes connections as a pcapng file that Wireshark opens and dissects without settings: one raw-IP interface, and
// per connection made-up TCP/IP packets, from handshake to FIN. Counterpart of CaptureReader.
//
// Wireshark binds its AMQP dissector to port 5672, so that is every server's port in the file; a comment on the first
// packet tells the true addresses and ports where they differ.
// Invariant: output gets whole blocks only; sequence numbers of a connection run on without holes, but for gap().

import { AmqpSpyError } from '../../errors.ts';
import type { Direction } from '../../protocol/frame.ts';
import type { CaptureEnd, CaptureEndpoint } from './capture-sink.ts';
import { type AddressWords, parseAddress } from './ip-address.ts';
import {
  BYTE_ORDER_MAGIC,
  ENHANCED_PACKET,
  INTERFACE_DESCRIPTION,
  INTERFACE_NAME,
  INTERFACE_TIME_RESOLUTION,
  OPTION_COMMENT,
  OPTION_END,
  PACKET_PREFIX,
  padded,
  SECTION_APPLICATION,
  SECTION_HEADER,
} from './pcapng-blocks.ts';
import { largestPayload, PacketBuffer, type PacketEndpoint, writeTcpPacket } from './tcp-packet.ts';
import { TCP_ACK, TCP_FIN, TCP_PSH, TCP_RST, TCP_SYN } from './tcp-segment.ts';

const AMQP_PORT = 5672;
const LINKTYPE_RAW = 101;
const MICROSECONDS = 6;
const BUFFER_SIZE = 256 * 1024;
/** The largest packet, its block, and a comment. */
const LARGEST_BLOCK = 70_000;
const LARGEST_COMMENT = 1000;
/** Segments that one side sends before the other acknowledges them in a packet of its own, as a receiver would. */
const UNACKNOWLEDGED = 32;
/** RFC 6335 §6: dynamic ports. They stand in where two connections would look like one. */
const FIRST_DYNAMIC_PORT = 49_152;
/** Follows on the last dynamic port. */
const FIRST_USER_PORT = 1024;
/** RFC 5737: stand in for what is no IP address. */
const UNKNOWN_CLIENT: AddressWords = [0, 0, 0xffff, 0xc0000201 | 0];
const UNKNOWN_SERVER: AddressWords = [0, 0, 0xffff, 0xc0000202 | 0];
const NOTHING = new Uint8Array(0);

interface Recorded {
  /** Client and server, as in the file. */
  readonly ends: readonly [PacketEndpoint, PacketEndpoint];
  /** Segments sent by each and not yet acknowledged. */
  readonly unacknowledged: [number, number];
  readonly largest: number;
  readonly key: string;
}

export class PcapngWriter {
  private readonly output: (bytes: Uint8Array) => void;
  private readonly buffer = new PacketBuffer(BUFFER_SIZE);
  private at = 0;
  private readonly connections = new Map<number, Recorded>();
  /** Pairs of endpoints in use in the file. */
  private readonly keys = new Set<string>();
  private opened = 0;

  /**
   * @param output receives the file piece by piece; the bytes are valid during the call only
   * @param application named in the file's header as its writer, such as `amqp-spy 1.0.0`
   */
  constructor(output: (bytes: Uint8Array) => void, application: string) {
    this.output = output;
    this.sectionHeader(application);
    this.interfaceDescription();
  }

  /** Begins a connection with a handshake. Times are microseconds since the Unix epoch. */
  open(connection: number, client: CaptureEndpoint, server: CaptureEndpoint, time: number): void {
    const clientWords = parseAddress(client.address);
    const serverWords = parseAddress(server.address);
    const to = serverWords ?? UNKNOWN_SERVER;
    const [port, key] = this.freePort(clientWords ?? UNKNOWN_CLIENT, client.port, to);
    // Numbers that differ from one connection to the next, so that a port used again shows as a new connection.
    const initial = Math.imul(++this.opened, 0x9e3779b1);
    const ends = [
      { words: clientWords ?? UNKNOWN_CLIENT, port, next: initial },
      { words: to, port: AMQP_PORT, next: initial ^ 0x5bd1e995 },
    ] as const;
    const recorded = {
      ends,
      unacknowledged: [0, 0] as [number, number],
      largest: largestPayload(ends[0], ends[1]),
      key,
    };
    this.connections.set(connection, recorded);
    const isTrue = clientWords && serverWords && port === client.port && server.port === AMQP_PORT;
    this.handshake(
      recorded,
      time,
      isTrue ? '' : `connection ${connection}: client ${name(client)}, server ${name(server)}`,
    );
  }

  /** Records bytes of a connection. */
  data(connection: number, direction: Direction, bytes: Uint8Array, time: number): void {
    const recorded = this.recorded(connection);
    for (let start = 0; start < bytes.length; start += recorded.largest) {
      const end = Math.min(start + recorded.largest, bytes.length);
      this.packet(recorded, direction, TCP_PSH | TCP_ACK, time, bytes, start, end);
      if (recorded.unacknowledged[direction] >= UNACKNOWLEDGED) {
        this.packet(recorded, direction === 0 ? 1 : 0, TCP_ACK, time);
      }
    }
  }

  /** Leaves out bytes that are not known: the file shows them as lost by the capture. */
  gap(connection: number, direction: Direction, bytes: number): void {
    const sender = this.recorded(connection).ends[direction];
    sender.next = (sender.next + bytes) | 0;
  }

  /** Ends a connection with FINs or a RST, or leaves it as it is (`capture-ended`). */
  close(connection: number, how: CaptureEnd, time: number): void {
    const recorded = this.recorded(connection);
    const [client, server] = recorded.ends;
    if (how === 'closed') {
      this.packet(recorded, 0, TCP_FIN | TCP_ACK, time);
      client.next = (client.next + 1) | 0;
      this.packet(recorded, 1, TCP_FIN | TCP_ACK, time);
      server.next = (server.next + 1) | 0;
      this.packet(recorded, 0, TCP_ACK, time);
    } else if (how === 'reset') {
      this.packet(recorded, 0, TCP_RST | TCP_ACK, time);
    }
    this.connections.delete(connection);
    this.keys.delete(recorded.key);
  }

  /** Hands over what has been written. */
  flush(): void {
    if (this.at === 0) return;
    this.output(this.buffer.bytes.subarray(0, this.at));
    this.at = 0;
  }

  private recorded(connection: number): Recorded {
    const recorded = this.connections.get(connection);
    if (recorded === undefined)
      throw new AmqpSpyError('ERR_INTERNAL', `recording: connection ${connection} is not open`);
    return recorded;
  }

  /** The client's port, or another if the file could not tell this connection from another one or its two ends apart. */
  private freePort(client: AddressWords, wanted: number, server: AddressWords): [number, string] {
    let port = wanted;
    let key = pairKey(client, port, server);
    let next = FIRST_DYNAMIC_PORT;
    while (key === '' || this.keys.has(key)) {
      port = next;
      next = next === 0xffff ? FIRST_USER_PORT : next + 1;
      key = pairKey(client, port, server);
    }
    this.keys.add(key);
    return [port, key];
  }

  private handshake(recorded: Recorded, time: number, comment: string): void {
    const [client, server] = recorded.ends;
    this.packet(recorded, 0, TCP_SYN, time, NOTHING, 0, 0, comment);
    client.next = (client.next + 1) | 0;
    this.packet(recorded, 1, TCP_SYN | TCP_ACK, time);
    server.next = (server.next + 1) | 0;
    this.packet(recorded, 0, TCP_ACK, time);
  }

  private packet(
    recorded: Recorded,
    direction: Direction,
    flags: number,
    time: number,
    payload: Uint8Array = NOTHING,
    start = 0,
    end = 0,
    comment = '',
  ): void {
    if (this.at + LARGEST_BLOCK > BUFFER_SIZE) this.flush();
    const block = this.begin(ENHANCED_PACKET);
    const { view } = this.buffer;
    const from = recorded.ends[direction];
    const to = recorded.ends[direction === 0 ? 1 : 0];
    const length = writeTcpPacket(this.buffer, block + PACKET_PREFIX, from, to, flags, payload, start, end);
    view.setUint32(block + 8, 0, true);
    view.setUint32(block + 12, Math.floor(time / 2 ** 32), true);
    view.setUint32(block + 16, time % 2 ** 32, true);
    view.setUint32(block + 20, length, true);
    view.setUint32(block + 24, length, true);
    this.at = block + PACKET_PREFIX + padded(length);
    if (comment !== '') {
      this.option(OPTION_COMMENT, comment.slice(0, LARGEST_COMMENT));
      this.endOfOptions();
    }
    this.finish(block);
    recorded.unacknowledged[direction === 0 ? 1 : 0] = 0;
    if (end > start) recorded.unacknowledged[direction]++;
  }

  private sectionHeader(application: string): void {
    const block = this.begin(SECTION_HEADER);
    const { view } = this.buffer;
    view.setUint32(block + 8, BYTE_ORDER_MAGIC, true);
    view.setUint16(block + 12, 1, true);
    view.setUint16(block + 14, 0, true);
    // Section length: not known.
    view.setBigInt64(block + 16, -1n, true);
    this.at = block + 24;
    this.option(SECTION_APPLICATION, application);
    this.endOfOptions();
    this.finish(block);
  }

  private interfaceDescription(): void {
    const block = this.begin(INTERFACE_DESCRIPTION);
    const { view } = this.buffer;
    view.setUint32(block + 8, LINKTYPE_RAW, true);
    // No limit on a packet's length.
    view.setUint32(block + 12, 0, true);
    this.at = block + 16;
    this.option(INTERFACE_NAME, 'amqp-spy');
    this.option(INTERFACE_TIME_RESOLUTION, String.fromCharCode(MICROSECONDS));
    this.endOfOptions();
    this.finish(block);
  }

  /** Begins a block and returns its offset. */
  private begin(type: number): number {
    this.buffer.view.setUint32(this.at, type, true);
    return this.at;
  }

  /** Ends a block at what has been written: its length goes to both ends. */
  private finish(block: number): void {
    const length = this.at + 4 - block;
    this.buffer.view.setUint32(block + 4, length, true);
    this.buffer.view.setUint32(this.at, length, true);
    this.at += 4;
  }

  private option(code: number, text: string): void {
    const value = new TextEncoder().encode(text);
    const { view, bytes } = this.buffer;
    view.setUint16(this.at, code, true);
    view.setUint16(this.at + 2, value.length, true);
    bytes.set(value, this.at + 4);
    bytes.fill(0, this.at + 4 + value.length, this.at + 4 + padded(value.length));
    this.at += 4 + padded(value.length);
  }

  private endOfOptions(): void {
    this.buffer.view.setUint32(this.at, OPTION_END, true);
    this.at += 4;
  }
}

/** Names a connection's endpoints, whichever way round; empty if both are the same. */
function pairKey(client: AddressWords, port: number, server: AddressWords): string {
  const from = `${client.join()}:${port}`;
  const to = `${server.join()}:${AMQP_PORT}`;
  if (from === to) return '';
  return from < to ? `${from} ${to}` : `${to} ${from}`;
}

function name(endpoint: CaptureEndpoint): string {
  return endpoint.address.includes(':')
    ? `[${endpoint.address}]:${endpoint.port}`
    : `${endpoint.address}:${endpoint.port}`;
}
