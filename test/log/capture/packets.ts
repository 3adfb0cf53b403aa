// Builds captures by hand: TCP segments, IP packets, link layers, pcap and pcapng files, each field settable.
// Counterpart of the readers in src/log/capture; shares no code with them or with PcapngWriter.

export const FIN = 1;
export const SYN = 2;
export const RST = 4;
export const PSH = 8;
export const ACK = 16;

/** Bytes of a Latin-1 string. */
export function latin1(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

export function hex(text: string): Uint8Array {
  return Uint8Array.from(text.match(/[0-9a-f]{2}/gi) ?? [], (pair) => Number.parseInt(pair, 16));
}

function numbers(bigEndian: boolean, ...fields: readonly (readonly [size: 1 | 2 | 4, value: number])[]): Uint8Array {
  const bytes: number[] = [];
  for (const [size, value] of fields) {
    const octets = Array.from({ length: size }, (_, i) => Math.floor(value / 2 ** (8 * i)) & 0xff);
    bytes.push(...(bigEndian ? octets.reverse() : octets));
  }
  return Uint8Array.from(bytes);
}

export interface Segment {
  readonly sourcePort?: number;
  readonly targetPort?: number;
  readonly seq?: number;
  readonly ack?: number;
  readonly flags?: number;
  /** TCP options, a multiple of four octets. */
  readonly options?: Uint8Array;
  readonly payload?: string | Uint8Array;
}

/** A TCP segment; checksums are left 0, as network cards that compute them leave them in captures. */
export function tcp(segment: Segment): Uint8Array {
  const { sourcePort = 40000, targetPort = 5672, seq = 0, ack = 0, flags = ACK, options = hex('') } = segment;
  const payload = typeof segment.payload === 'string' ? latin1(segment.payload) : (segment.payload ?? hex(''));
  const header = numbers(
    true,
    [2, sourcePort],
    [2, targetPort],
    [4, seq >>> 0],
    [4, ack >>> 0],
    [1, ((20 + options.length) / 4) << 4],
    [1, flags],
    [2, 0xffff],
    [4, 0],
  );
  return concat(header, options, payload);
}

export interface Ipv4 {
  readonly source?: string;
  readonly target?: string;
  readonly options?: Uint8Array;
  readonly totalLength?: number;
  /** Flags and fragment offset. */
  readonly fragment?: number;
  readonly protocol?: number;
}

export const CLIENT = '10.0.0.1';
export const SERVER = '10.0.0.2';

export function ipv4(payload: Uint8Array, packet: Ipv4 = {}): Uint8Array {
  const { source = CLIENT, target = SERVER, options = hex(''), fragment = 0x4000, protocol = 6 } = packet;
  const header = 20 + options.length;
  return concat(
    numbers(
      true,
      [1, 0x40 | (header / 4)],
      [1, 0],
      [2, packet.totalLength ?? header + payload.length],
      [2, 0],
      [2, fragment],
      [1, 64],
      [1, protocol],
      [2, 0],
    ),
    Uint8Array.from(source.split('.'), Number),
    Uint8Array.from(target.split('.'), Number),
    options,
    payload,
  );
}

export interface Ipv6 {
  /** 32 hex digits. */
  readonly source?: string;
  readonly target?: string;
  /** Next header and extension headers, as they stand on the wire. */
  readonly next?: number;
  readonly extensions?: Uint8Array;
  readonly payloadLength?: number;
}

export function ipv6(payload: Uint8Array, packet: Ipv6 = {}): Uint8Array {
  const { source = `20010db8${'0'.repeat(23)}1`, target = `20010db8${'0'.repeat(23)}2` } = packet;
  const { next = 6, extensions = hex('') } = packet;
  const length = packet.payloadLength ?? extensions.length + payload.length;
  return concat(
    numbers(true, [4, 0x60000000], [2, length], [1, next], [1, 64]),
    hex(source),
    hex(target),
    extensions,
    payload,
  );
}

/** Frames an IP packet for Ethernet, behind the given VLAN tags (their EtherTypes). */
export function ethernet(packet: Uint8Array, tags: readonly number[] = []): Uint8Array {
  const type = packet[0]! >>> 4 === 6 ? 0x86dd : 0x0800;
  const tagged = tags.map((tag) => numbers(true, [2, tag], [2, 7]));
  return concat(hex('0200000000020200 00000001'), ...tagged, numbers(true, [2, type]), packet);
}

export interface Packet {
  readonly bytes: Uint8Array;
  /** Microseconds since the Unix epoch; a millisecond after the one before by default. */
  readonly time?: number;
  /** Length on the wire, if more than was captured. */
  readonly length?: number;
}

export interface PcapOptions {
  readonly linkType?: number;
  readonly bigEndian?: boolean;
  readonly nanoseconds?: boolean;
  readonly modified?: boolean;
  readonly snaplen?: number;
}

/** When captures begin here: 2026-11-22T10:00:00Z. */
export const START = 1_795_341_600_000_000;

/** A pcap file. Packets given as bytes are a millisecond apart. */
export function pcap(packets: readonly (Uint8Array | Packet)[], options: PcapOptions = {}): Uint8Array {
  const { linkType = 101, bigEndian = false, nanoseconds = false, modified = false, snaplen = 262144 } = options;
  const magic = modified ? 0xa1b2cd34 : nanoseconds ? 0xa1b23c4d : 0xa1b2c3d4;
  const header = numbers(bigEndian, [4, magic], [2, 2], [2, 4], [4, 0], [4, 0], [4, snaplen], [4, linkType]);
  const records = packets.map((each, index) => {
    const packet: Packet = each instanceof Uint8Array ? { bytes: each } : each;
    const time = packet.time ?? START + index * 1000;
    const fraction = (time % 1e6) * (nanoseconds ? 1000 : 1);
    const length = packet.length ?? packet.bytes.length;
    return concat(
      numbers(bigEndian, [4, Math.floor(time / 1e6)], [4, fraction], [4, packet.bytes.length], [4, length]),
      modified ? numbers(bigEndian, [4, 1], [2, 8], [1, 0], [1, 0]) : hex(''),
      packet.bytes,
    );
  });
  return concat(header, ...records);
}

/** Builds pcapng blocks in one byte order. */
export class Blocks {
  private readonly bigEndian: boolean;

  constructor(bigEndian = false) {
    this.bigEndian = bigEndian;
  }

  block(type: number, body: Uint8Array): Uint8Array {
    const padding = new Uint8Array(-body.length & 3);
    const length = 12 + body.length + padding.length;
    return concat(this.fields([4, type], [4, length]), body, padding, this.fields([4, length]));
  }

  section(): Uint8Array {
    const length = this.fields([4, 0xffffffff], [4, 0xffffffff]);
    return this.block(0x0a0d0d0a, concat(this.fields([4, 0x1a2b3c4d], [2, 1], [2, 0]), length));
  }

  option(code: number, value: Uint8Array): Uint8Array {
    return concat(this.fields([2, code], [2, value.length]), value, new Uint8Array(-value.length & 3));
  }

  /** An interface; `resolution` is if_tsresol, `offset` if_tsoffset in seconds. */
  interface(linkType: number, { snaplen = 0, resolution = -1, offset = 0 } = {}): Uint8Array {
    const options: Uint8Array[] = [];
    if (resolution >= 0) options.push(this.option(9, Uint8Array.of(resolution)));
    if (offset !== 0) {
      const bytes = new Uint8Array(8);
      new DataView(bytes.buffer).setBigInt64(0, BigInt(offset), !this.bigEndian);
      options.push(this.option(14, bytes));
    }
    if (options.length > 0) options.push(this.option(0, hex('')));
    return this.block(1, concat(this.fields([2, linkType], [2, 0], [4, snaplen]), ...options));
  }

  /** An enhanced packet block; `units` is the timestamp in the interface's units. */
  enhanced(bytes: Uint8Array, units: bigint, { interface: number = 0, length = bytes.length } = {}): Uint8Array {
    const time = this.fields([4, Number(units >> 32n)], [4, Number(units & 0xffffffffn)]);
    return this.block(6, concat(this.fields([4, number]), time, this.fields([4, bytes.length], [4, length]), bytes));
  }

  /** The obsolete packet block. */
  packet(bytes: Uint8Array, units: bigint): Uint8Array {
    const time = this.fields([4, Number(units >> 32n)], [4, Number(units & 0xffffffffn)]);
    const lengths = this.fields([4, bytes.length], [4, bytes.length]);
    return this.block(2, concat(this.fields([2, 0], [2, 3]), time, lengths, bytes));
  }

  simple(bytes: Uint8Array, length = bytes.length): Uint8Array {
    return this.block(3, concat(this.fields([4, length]), bytes));
  }

  private fields(...fields: readonly (readonly [size: 1 | 2 | 4, value: number])[]): Uint8Array {
    return numbers(this.bigEndian, ...fields);
  }
}

/** One TCP connection over IPv4, seen from outside: builds its packets. Sequence numbers count from each side's first byte. */
export class Conversation {
  readonly clientPort: number;
  readonly serverPort: number;
  readonly clientStart: number;
  readonly serverStart: number;

  constructor({ clientPort = 40000, serverPort = 5672, clientStart = 1000, serverStart = 9000 } = {}) {
    this.clientPort = clientPort;
    this.serverPort = serverPort;
    this.clientStart = clientStart;
    this.serverStart = serverStart;
  }

  /** A segment of the client, `payload` at offset `at` of its stream, having received `received` bytes. */
  client(at: number, payload: string | Uint8Array = '', { flags = ACK, received = 0 } = {}): Uint8Array {
    const ack = flags & ACK ? this.serverStart + received : 0;
    const ports = { sourcePort: this.clientPort, targetPort: this.serverPort };
    return ipv4(tcp({ ...ports, seq: this.clientStart + at, ack, flags, payload }));
  }

  server(at: number, payload: string | Uint8Array = '', { flags = ACK, received = 0 } = {}): Uint8Array {
    const ports = { sourcePort: this.serverPort, targetPort: this.clientPort };
    const segment = tcp({ ...ports, seq: this.serverStart + at, ack: this.clientStart + received, flags, payload });
    return ipv4(segment, { source: SERVER, target: CLIENT });
  }

  get syn(): Uint8Array {
    return this.client(-1, '', { flags: SYN });
  }

  get handshake(): Uint8Array[] {
    return [this.syn, this.server(-1, '', { flags: SYN | ACK }), this.client(0)];
  }

  /** Both FINs, the client's first, behind so many bytes of each. */
  farewell(clientBytes: number, serverBytes: number): Uint8Array[] {
    return [
      this.client(clientBytes, '', { flags: FIN | ACK, received: serverBytes }),
      this.server(serverBytes, '', { flags: FIN | ACK, received: clientBytes + 1 }),
      this.client(clientBytes + 1, '', { received: serverBytes + 1 }),
    ];
  }
}
