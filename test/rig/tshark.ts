// Reads a capture with tshark's AMQP dissector: the oracle against which the project's own decoder is checked.
// Counterparts: pdml.ts parses tshark's XML, capture.ts makes captures.
// Invariant: frames come in capture order, with the values that tshark dissected; nothing is guessed from the bytes.
//
// What tshark 4.0 does, as seen on real traffic:
// - One packet may hold several AMQP frames: one <proto name="amqp"> each, in order. A frame that spans packets stands
//   in the packet that completes it. The protocol header is only dissected in two-pass mode (-2), which also leaves
//   out the made-up amqp.method.arguments.publish_number.
// - `show` is the text, `value` the bytes in hex. A boolean is a bit: show "0" or "1" (newer: "True", "False") and an
//   `unmaskedvalue`. Integers are decimal, 64-bit ones exact; property-flags is hex.
// - Short strings are taken for ASCII, so that `show` garbles UTF-8: the bytes are right. Of FT_UINT_STRING (mechanism,
//   locale, reply_text, virtual_host, host) the bytes of some include the length octet.
// - Long strings other than in tables (mechanisms, locales, response, challenge) are shown as bytes, "50:4c:41".
// - Timestamps are shown as dates ("Nov 14, 2023 22:13:20.000000000 UTC"): the bytes hold the seconds.
// - A field table's entries are nested amqp.field elements with the text "key (type): value" and no bytes; an array's
//   keys are [0], [1]; a 64-bit integer's type is "long int", a long string's "string", null's "void".
// - The names of no-wait and no-local are nowait and no_local; connection.close and channel.close have class_id, method_id.
// - Which publish or delivery an ack settles is told in one-pass mode only, as the numbers of the packets that these stand
//   in (amqp.message_in), one for each that is settled. amqp.ack_in, the same link from its other end, is told in no mode:
//   in one pass the ack is still to come, and in two passes neither is told.

import { type PdmlElement, parsePdml } from './pdml.ts';
import { run } from './process.ts';

/** One AMQP frame as tshark sees it. */
export interface TsharkPdu {
  readonly type: 'protocol-header' | 'method' | 'header' | 'body' | 'heartbeat' | 'unknown';
  readonly channel: number;
  /** The payload's length: the whole frame is 8 bytes longer. A protocol header has its 8 bytes. */
  readonly length: number;
  readonly classId?: number;
  readonly methodId?: number;
  /** `basic.publish`, when tshark knows the method. */
  readonly method?: string;
  /** A method's scalar arguments by tshark's names: integers in decimal, bits as true or false, strings as they are. */
  readonly arguments: Readonly<Record<string, string>>;
  /** A content header's scalar properties; the timestamp in seconds since 1970. */
  readonly properties: Readonly<Record<string, string>>;
  /** Field tables among arguments and properties. */
  readonly tables: Readonly<Record<string, readonly TsharkTableEntry[]>>;
  readonly bodySize?: bigint;
  readonly propertyFlags?: number;
  readonly payload?: Buffer;
  /** In one pass: the packets (frameNumber) of the publishes or deliveries that this one settles. */
  readonly messagesIn?: readonly number[];
}

export interface TsharkTableEntry {
  readonly key: string;
  /** tshark's name of the type, such as `long int`. */
  readonly type: string;
  /** tshark's text of the value; empty for a table or an array. */
  readonly text: string;
  readonly entries: readonly TsharkTableEntry[];
}

/** A packet that holds the end of at least one AMQP frame. */
export interface TsharkPacket {
  /** Counts all packets of the file, from 1. */
  readonly frameNumber: number;
  /** Counts the TCP connections of the file, from 0. */
  readonly tcpStream: number;
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly pdus: readonly TsharkPdu[];
}

const types = { 1: 'method', 2: 'header', 3: 'body', 8: 'heartbeat' } as const;

/** The long strings that tshark shows as bytes. */
const shownAsBytes = new Set(['mechanisms', 'locales', 'response', 'challenge', 'known_hosts_bytes', 'channel_id']);

const argumentPrefix = 'amqp.method.arguments.';
const propertyPrefix = 'amqp.method.properties.';

/**
 * Dissects a pcap or pcapng file.
 * @param port the TCP port that carries AMQP, if it is not 5672
 * @param passes 1 for what is settled, but without protocol headers; 2 by default
 * @throws Error with tshark's message if it cannot read the file.
 */
export async function dissect(file: string, port?: number, passes: 1 | 2 = 2): Promise<TsharkPacket[]> {
  const args = [
    ...(passes === 2 ? ['-2'] : []),
    '-r',
    file,
    ...(port === undefined ? [] : ['-d', `tcp.port==${port},amqp`]),
    '-Y',
    'amqp',
  ];
  const columns = ['frame.number', 'tcp.stream', 'tcp.srcport', 'tcp.dstport'].flatMap((name) => ['-e', name]);
  const [pdml, table] = await Promise.all([
    run('tshark', [...args, '-T', 'pdml', '-J', 'amqp']),
    run('tshark', [...args, '-T', 'fields', ...columns]),
  ]);
  const rows = table.split('\n').filter(Boolean);
  return parsePdml(pdml).map((packet, index) => {
    const [frameNumber = 0, tcpStream = 0, sourcePort = 0, destinationPort = 0] = (rows[index] ?? '')
      .split('\t')
      .map(Number);
    const pdus = packet.children.filter((child) => child.tag === 'proto' && child.name === 'amqp').map(toPdu);
    return { frameNumber, tcpStream, sourcePort, destinationPort, pdus };
  });
}

function toPdu(proto: PdmlElement): TsharkPdu {
  const find = (name: string): PdmlElement | undefined => proto.children.find((child) => child.name === name);
  const number = (name: string): number | undefined => (find(name) ? Number(find(name)?.show) : undefined);
  const args = scalarsAndTables(find('amqp.method.arguments'), argumentPrefix);
  const properties = scalarsAndTables(find('amqp.header.properties'), propertyPrefix);
  const classId = number('amqp.method.class') ?? number('amqp.header.class');
  const methodId = number('amqp.method.method');
  const method = methodName(find('amqp.method.class'), find('amqp.method.method'));
  const bodySize = find('amqp.header.body-size');
  const propertyFlags = number('amqp.header.property-flags');
  const payload = find('amqp.payload');
  const messagesIn = proto.children.filter((child) => child.name === 'amqp.message_in').map(({ show }) => Number(show));
  const isProtocolHeader = find('amqp.init.protocol') !== undefined;
  return {
    type: isProtocolHeader ? 'protocol-header' : (types[number('amqp.type') as keyof typeof types] ?? 'unknown'),
    channel: number('amqp.channel') ?? 0,
    length: isProtocolHeader ? 8 : (number('amqp.length') ?? 0),
    ...(classId === undefined ? {} : { classId }),
    ...(methodId === undefined ? {} : { methodId }),
    ...(method === undefined ? {} : { method }),
    arguments: args.scalars,
    properties: properties.scalars,
    tables: { ...args.tables, ...properties.tables },
    ...(bodySize === undefined ? {} : { bodySize: BigInt(bodySize.show) }),
    ...(propertyFlags === undefined ? {} : { propertyFlags }),
    ...(payload === undefined ? {} : { payload: Buffer.from(payload.value, 'hex') }),
    ...(messagesIn.length === 0 ? {} : { messagesIn }),
  };
}

function scalarsAndTables(parent: PdmlElement | undefined, prefix: string) {
  const scalars: Record<string, string> = {};
  const tables: Record<string, readonly TsharkTableEntry[]> = {};
  for (const field of parent?.children ?? []) {
    if (!field.name.startsWith(prefix)) continue;
    const name = field.name.slice(prefix.length);
    // A table's text is its bare label, "Headers"; a scalar's is "Label: value".
    if (field.show === '' && field.value === '' && !field.showName.includes(':')) tables[name] = toEntries(field);
    else scalars[name] = scalar(name, field);
  }
  return { scalars, tables };
}

function scalar(name: string, field: PdmlElement): string {
  if (field.isBit) return String(field.show === '1' || field.show === 'True');
  if (shownAsBytes.has(name)) return Buffer.from(field.show.replaceAll(':', ''), 'hex').toString();
  if (field.value === '') return field.show;
  // The digits of a number never have that number's own bytes, so the two cannot be mistaken for each other.
  const integer = BigInt(`0x${field.value}`);
  if (name === 'timestamp' || (/^\d+$/.test(field.show) && integer === BigInt(field.show))) return String(integer);
  const bytes = Buffer.from(field.value, 'hex');
  const isPrefixed = bytes[0] === bytes.length - 1 && bytes.subarray(1).toString() === field.show;
  return (isPrefixed ? bytes.subarray(1) : bytes).toString();
}

function toEntries(parent: PdmlElement): TsharkTableEntry[] {
  return parent.children.map((field) => {
    const [, key = '', type = '', text = ''] = field.showName.match(/^(.*?) \(([a-z ]+)\)(?:: (.*))?$/s) ?? [];
    return { key, type, text, entries: toEntries(field) };
  });
}

/** From "Class: Basic (60)" and "Method: Publish (40)" makes basic.publish. */
function methodName(classField: PdmlElement | undefined, methodField: PdmlElement | undefined): string | undefined {
  const className = classField?.showName.match(/^Class: ([\w-]+) \(/)?.[1];
  const name = methodField?.showName.match(/^Method: ([\w-]+) \(/)?.[1];
  return className && name ? `${className}.${name}`.toLowerCase() : undefined;
}
