// One shape for a frame as the project's events tell it and as tshark tells it, so that a test can hold them side by side.
// Counterparts: log-events.ts gathers events, the rig's tshark.ts dissects.
// Invariant: what is left out here is what the other side does not show, each with its reason.

import type { FrameEvent, LogEvent, ProtocolHeaderEvent } from '../../src/log/frame-event.ts';
import { type Json, type JsonObject, jsonInteger } from '../../src/log/json-value.ts';
import { type Method, methodById } from '../../src/protocol/method-table.ts';
import type { TsharkPacket, TsharkPdu, TsharkTableEntry } from '../rig/tshark.ts';

export interface ComparedFrame {
  readonly type: string;
  readonly channel: number;
  /** The whole frame, in bytes. */
  readonly size: number;
  readonly method?: string;
  readonly class?: string;
  readonly bodySize?: string;
  /** Arguments or properties: scalars as text, tables as JSON. */
  readonly fields?: JsonObject;
  readonly payload?: string;
}

/** One connection's frames, by direction. */
export interface ComparedConnection {
  readonly client: readonly ComparedFrame[];
  readonly server: readonly ComparedFrame[];
}

/** tshark's names of arguments that are not the specification's: basic.consume's table. */
const ARGUMENT_NAMES: { readonly [name: string]: string } = { filter: 'arguments' };

/**
 * Methods whose arguments tshark 4.0 does not dissect, for it does not know them: exchange.unbind-ok has the number that
 * RabbitMQ gave it (51), and update-secret is RabbitMQ's. Their numbers, channel and size are compared all the same.
 */
const UNKNOWN_TO_TSHARK: readonly string[] = [
  'exchange.unbind-ok',
  'connection.update-secret',
  'connection.update-secret-ok',
];

/** Groups the frames of a capture by TCP connection, in the order in which these began. */
export function tsharkConnections(packets: readonly TsharkPacket[], serverPort: number): ComparedConnection[] {
  const connections = new Map<number, { client: ComparedFrame[]; server: ComparedFrame[] }>();
  for (const { tcpStream, destinationPort, pdus } of packets) {
    const connection = connections.get(tcpStream) ?? { client: [], server: [] };
    connections.set(tcpStream, connection);
    connection[destinationPort === serverPort ? 'client' : 'server'].push(...pdus.map(fromTshark));
  }
  return [...connections].sort(([one], [other]) => one - other).map(([, connection]) => connection);
}

/** Groups the frames among events by connection, in the order in which these began. */
export function eventConnections(events: readonly LogEvent[]): ComparedConnection[] {
  const connections = new Map<number, { client: ComparedFrame[]; server: ComparedFrame[] }>();
  for (const event of events) {
    if (!isFrame(event)) continue;
    const connection = connections.get(event.connection) ?? { client: [], server: [] };
    connections.set(event.connection, connection);
    connection[event.direction === 'client-to-server' ? 'client' : 'server'].push(fromEvent(event));
  }
  return [...connections].sort(([one], [other]) => one - other).map(([, connection]) => connection);
}

export function isFrame(event: LogEvent): event is FrameEvent | ProtocolHeaderEvent {
  return ['method', 'header', 'body', 'heartbeat', 'protocol-header'].includes(event.type);
}

export function countFrames(connections: readonly ComparedConnection[]): number {
  return connections.reduce((sum, { client, server }) => sum + client.length + server.length, 0);
}

function fromEvent(event: FrameEvent | ProtocolHeaderEvent): ComparedFrame {
  const { type, size } = event;
  switch (event.type) {
    case 'protocol-header':
      return { type, channel: 0, size };
    case 'method': {
      const { channel, method } = event;
      return UNKNOWN_TO_TSHARK.includes(method)
        ? { type, channel, size, method }
        : { type, channel, size, method, fields: comparable(event.arguments) };
    }
    case 'header': {
      const fields = comparable(event.properties);
      return { type, channel: event.channel, size, class: event.class!, bodySize: String(event.body_size), fields };
    }
    case 'body':
      return { type, channel: event.channel, size, payload: event.payload };
    case 'heartbeat':
      return { type, channel: event.channel, size };
  }
}

/** Scalars as text; tables as they are, but for numbers with a fraction, of which tshark shows six digits. */
function comparable(fields: JsonObject = {}): JsonObject {
  const made: { [name: string]: Json } = {};
  for (const [name, value] of Object.entries(fields)) {
    made[name] = typeof value === 'object' ? withShortFractions(value) : String(value);
  }
  return made;
}

function withShortFractions(value: Json): Json {
  if (typeof value === 'number') return sixDigits(value);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(withShortFractions);
  const { type, scale, value: digits } = value as JsonObject;
  if (type === 'decimal') return sixDigits(Number(digits) / 10 ** Number(scale));
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, withShortFractions(inner)]));
}

function sixDigits(value: number): number {
  return Number.isInteger(value) ? value : Number(value.toFixed(6));
}

function fromTshark(pdu: TsharkPdu): ComparedFrame {
  const { type, channel } = pdu;
  const size = pdu.length + (type === 'protocol-header' ? 0 : 8);
  switch (type) {
    case 'method': {
      const method = methodById(pdu.classId!, pdu.methodId!)!;
      if (UNKNOWN_TO_TSHARK.includes(method.name)) return { type, channel, size, method: method.name };
      return { type, channel, size, method: pdu.method!, fields: argumentsOf(pdu, method) };
    }
    case 'header': {
      const fields = { ...withDate(pdu.properties), ...tablesOf(pdu) };
      return { type, channel, size, class: pdu.classId === 60 ? 'basic' : '', bodySize: String(pdu.bodySize), fields };
    }
    case 'body':
      return { type, channel, size, payload: pdu.payload!.toString('base64') };
    default:
      return { type, channel, size };
  }
}

/** Without the arguments that the specification reserves: events leave them out. */
function argumentsOf(pdu: TsharkPdu, method: Method): JsonObject {
  const reserved = method.fields.filter((field) => field.reserved).map((field) => field.name);
  const made: { [name: string]: Json } = {};
  for (const [name, value] of Object.entries({ ...pdu.arguments, ...tablesOf(pdu) })) {
    const known = ARGUMENT_NAMES[name] ?? name;
    if (!reserved.includes(known)) made[known] = value;
  }
  return made;
}

function withDate({ timestamp, ...others }: TsharkPdu['properties']): JsonObject {
  return timestamp === undefined ? others : { ...others, timestamp: dateOf(Number(timestamp) * 1000) };
}

function dateOf(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace('.000Z', 'Z');
}

function tablesOf(pdu: TsharkPdu): JsonObject {
  return Object.fromEntries(Object.entries(pdu.tables).map(([name, entries]) => [name, tableOf(entries)]));
}

function tableOf(entries: readonly TsharkTableEntry[]): JsonObject {
  return Object.fromEntries(entries.map((entry) => [entry.key, eventValue(entry)]));
}

/** What an event holds for a value, read off tshark's type and text. */
function eventValue({ type, text, entries }: TsharkTableEntry): Json {
  switch (type) {
    case 'field table':
      return tableOf(entries);
    case 'array':
      return entries.map(eventValue);
    case 'string':
      return text;
    case 'boolean':
      return text === 'true';
    case 'void':
      return null;
    case 'byte array':
      return { type: 'bytes', base64: Buffer.from(text, 'hex').toString('base64') };
    case 'timestamp':
      return { type: 'timestamp', value: dateOf(Date.parse(text.replace(/\.\d+ UTC$/, ' UTC'))) };
    case 'float':
    case 'double':
    case 'decimal':
      return Number(text);
    default:
      return jsonInteger(BigInt(text));
  }
}
