// One shape for a frame as the project's events tell it and as tshark tells it, so that a test can hold them side by side.
// Counterparts: log-events.ts gathers events, the rig's tshark.ts dissects.
// Invariant: what is left out here is what the other side does not show, each with its reason.

import type { FrameEvent, LogEvent, ProtocolHeaderEvent } from '../../src/log/frame-event.ts';
import type { Json, JsonObject } from '../../src/log/json-value.ts';
import { SPEC } from '../../src/protocol/spec.ts';
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
  readonly fields?: { readonly [name: string]: Json };
  readonly payload?: string;
}

/** One connection's frames, by direction. */
export interface ComparedConnection {
  readonly client: readonly ComparedFrame[];
  readonly server: readonly ComparedFrame[];
}

/** tshark's names of arguments that are not the specification's. */
const ARGUMENT_NAMES: { readonly [name: string]: string } = { no_wait: 'nowait', filter: 'arguments' };

/** Arguments that tshark shows under a name of their own, by method. */
const METHOD_ARGUMENT_NAMES: { readonly [method: string]: { readonly [name: string]: string } } = {};

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
    case 'method':
      return { type, channel: event.channel, size, method: event.method, fields: withTextScalars(event.arguments) };
    case 'header': {
      const fields = withTextScalars(event.properties);
      return { type, channel: event.channel, size, class: event.class!, bodySize: String(event.body_size), fields };
    }
    case 'body':
      return { type, channel: event.channel, size, payload: event.payload };
    case 'heartbeat':
      return { type, channel: event.channel, size };
  }
}

function fromTshark(pdu: TsharkPdu): ComparedFrame {
  const { type, channel } = pdu;
  const size = pdu.length + (type === 'protocol-header' ? 0 : 8);
  switch (type) {
    case 'method':
      return { type, channel, size, method: pdu.method!, fields: argumentsOf(pdu) };
    case 'header': {
      const fields = { ...timestampAsText(pdu.properties), ...tablesOf(pdu) };
      return { type, channel, size, class: pdu.classId === 60 ? 'basic' : '', bodySize: String(pdu.bodySize), fields };
    }
    case 'body':
      return { type, channel, size, payload: pdu.payload!.toString('base64') };
    default:
      return { type, channel, size };
  }
}

/** Without the arguments that the specification reserves: events leave them out. */
function argumentsOf(pdu: TsharkPdu): { readonly [name: string]: Json } {
  const [className = '', methodName = ''] = pdu.method!.split('.');
  const methods: { readonly [name: string]: { readonly reserved?: readonly string[] } } =
    SPEC[className as keyof typeof SPEC].methods;
  const reserved = methods[methodName]?.reserved ?? [];
  const fields: { [name: string]: Json } = {};
  for (const [name, value] of Object.entries({ ...pdu.arguments, ...tablesOf(pdu) })) {
    const known = METHOD_ARGUMENT_NAMES[pdu.method!]?.[name] ?? ARGUMENT_NAMES[name] ?? name;
    if (!reserved.includes(known)) fields[known] = value;
  }
  return fields;
}

function tablesOf(pdu: TsharkPdu): { readonly [name: string]: Json } {
  return Object.fromEntries(Object.entries(pdu.tables).map(([name, entries]) => [name, tableOf(entries)]));
}

function tableOf(entries: readonly TsharkTableEntry[]): JsonObject {
  return Object.fromEntries(entries.map((entry) => [entry.key, valueOf(entry)]));
}

/** What the event holds for the value that tshark shows, as far as tshark shows it. */
function valueOf({ type, text, entries }: TsharkTableEntry): Json {
  switch (type) {
    case 'field table':
      return tableOf(entries);
    case 'array':
      return entries.map(valueOf);
    default:
      return `${type}: ${text}`;
  }
}

/** tshark's timestamps are seconds here, the event's are dates. */
function timestampAsText(properties: TsharkPdu['properties']): { readonly [name: string]: Json } {
  const { timestamp, ...others } = properties;
  if (timestamp === undefined) return others;
  return { ...others, timestamp: new Date(Number(timestamp) * 1000).toISOString().replace('.000Z', 'Z') };
}

function withTextScalars(fields: JsonObject = {}): { readonly [name: string]: Json } {
  const text: { [name: string]: Json } = {};
  for (const [name, value] of Object.entries(fields)) {
    text[name] = typeof value === 'object' ? value : String(value);
  }
  return text;
}
