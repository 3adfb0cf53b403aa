// Who is connected: one entry a connection, from what the handshake says (class connection, channel 0).
// Fed by the proxy (opened, closed) and by the frame log (methods on channel 0, which it never misses).
// Invariant: bounded; closed connections are forgotten, oldest first, open ones never.

import type { FieldTable } from '../protocol/field-table.ts';
import { fieldOf } from '../protocol/field-table.ts';
import { CLIENT_TO_SERVER, type Direction } from '../protocol/frame.ts';
import { decodeMethod } from '../protocol/method.ts';
import { saslUser } from '../protocol/secrets.ts';
import { decodeText, encodeText } from '../protocol/text.ts';

/** Closed connections kept for those who ask later. */
const CLOSED_KEPT = 1000;
/** Of names and the like, as many characters are kept: a method can hold a megabyte of them. */
const LONGEST_TEXT = 1000;
/** Clients have about ten. */
const MOST_CAPABILITIES = 50;

export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

/** What one direction has carried; the frame log's tape. */
export interface Carried {
  readonly frames: number;
  readonly bytes: number;
}

export type ConnectionState = 'opening' | 'open' | 'closing' | 'closed';

export interface Connection {
  readonly id: number;
  readonly client: Endpoint;
  server: Endpoint;
  /** µs since the Unix epoch. */
  readonly openedAt: number;
  closedAt?: number;
  state: ConnectionState;
  /** Why it ended: the last connection.close's words, or what happened to the sockets. */
  closeReason?: string;
  readonly fromClient: Carried;
  readonly fromServer: Carried;
  /** The client's connection_name property. */
  name?: string;
  clientProduct?: string;
  clientVersion?: string;
  serverProduct?: string;
  serverVersion?: string;
  mechanism?: string;
  user?: string;
  virtualHost?: string;
  /** As negotiated by tune-ok: frame-max in bytes, heartbeat in seconds; 0 means no limit, no heartbeat. */
  channelMax?: number;
  frameMax?: number;
  heartbeat?: number;
  blocked?: string;
  /** Which legs are encrypted; undefined: none, or not known. */
  tls?: readonly ('client' | 'server')[];
  /** What the client's capabilities table says that it can, by name. */
  capabilities?: ReadonlyMap<string, boolean>;
}

export class ConnectionTable {
  readonly #connections = new Map<number, Connection>();
  readonly #closed: number[] = [];
  #opened = 0;
  #open = 0;

  /** Connections ever opened. */
  get opened(): number {
    return this.#opened;
  }

  /** Connections open now. */
  get open(): number {
    return this.#open;
  }

  get(id: number): Connection | undefined {
    return this.#connections.get(id);
  }

  /** All that are known, oldest first. */
  list(): Connection[] {
    return [...this.#connections.values()];
  }

  add(connection: Connection): void {
    this.#connections.set(connection.id, connection);
    this.#opened++;
    this.#open++;
  }

  /** Both sockets are gone. `time` in µs since the Unix epoch. */
  close(id: number, time: number, reason?: string): void {
    const connection = this.#connections.get(id);
    if (!connection || connection.closedAt !== undefined) return;
    connection.closedAt = time;
    connection.state = 'closed';
    if (reason !== undefined) connection.closeReason ??= reason;
    this.#open--;
    this.#closed.push(id);
    if (this.#closed.length > CLOSED_KEPT) this.#connections.delete(this.#closed.shift()!);
  }

  /** A method on channel 0 passed; `bytes[start, end)` is its payload. What does not decode is passed over. */
  method(id: number, direction: Direction, bytes: Uint8Array, start: number, end: number): void {
    const connection = this.#connections.get(id);
    if (!connection || !isOfConnection(bytes, start, end)) return;
    try {
      learn(connection, direction, decodeMethod(bytes, start, end));
    } catch {
      // The frame event says what is wrong with it.
    }
  }
}

function isOfConnection(bytes: Uint8Array, start: number, end: number): boolean {
  return end - start >= 4 && bytes[start] === 0 && bytes[start + 1] === 10;
}

function learn(connection: Connection, direction: Direction, decoded: ReturnType<typeof decodeMethod>): void {
  const values = decoded.arguments as { readonly [name: string]: never };
  switch (decoded.method.name) {
    case 'connection.start':
      Object.assign(connection, product(values['server_properties']!, 'server'));
      return;
    case 'connection.start-ok': {
      const properties: FieldTable = values['client_properties']!;
      Object.assign(connection, product(properties, 'client'));
      const name = textOf(properties, 'connection_name');
      if (name !== undefined) connection.name = name;
      const capabilities = capabilitiesOf(properties);
      if (capabilities) connection.capabilities = capabilities;
      connection.mechanism = values['mechanism']!;
      const user = saslUser(values['mechanism']!, values['response']!);
      if (user !== undefined) connection.user = kept(user);
      return;
    }
    case 'connection.tune-ok':
      connection.channelMax = values['channel_max']!;
      connection.frameMax = values['frame_max']!;
      connection.heartbeat = values['heartbeat']!;
      return;
    case 'connection.open':
      connection.virtualHost = values['virtual_host']!;
      return;
    case 'connection.open-ok':
      connection.state = 'open';
      return;
    case 'connection.close': {
      connection.state = 'closing';
      const by = direction === CLIENT_TO_SERVER ? 'client' : 'server';
      connection.closeReason = `${by} closed: ${values['reply_code']} ${values['reply_text']}`.trimEnd();
      return;
    }
    case 'connection.blocked':
      connection.blocked = values['reason']!;
      return;
    case 'connection.unblocked':
      delete connection.blocked;
  }
}

function product(properties: FieldTable, peer: 'client' | 'server'): Partial<Connection> {
  const found: { [name: string]: string } = {};
  const name = textOf(properties, 'product');
  const version = textOf(properties, 'version');
  if (name !== undefined) found[`${peer}Product`] = name;
  if (version !== undefined) found[`${peer}Version`] = version;
  return found;
}

/** The boolean entries of the client property `capabilities`; the first ones, if there are many. */
function capabilitiesOf(properties: FieldTable): Map<string, boolean> | undefined {
  const field = fieldOf(properties, 'capabilities');
  if (field?.type !== 'F') return undefined;
  const found = new Map<string, boolean>();
  for (const [name, value] of field.value) {
    if (value.type === 't' && found.size < MOST_CAPABILITIES) found.set(kept(name), value.value);
  }
  return found;
}

function textOf(table: FieldTable, name: string): string | undefined {
  const field = fieldOf(table, name);
  return field?.type === 'S' ? kept(field.value) : undefined;
}

/** The first part of a text, copied: a mere slice would keep the whole of what it was cut from in memory. */
function kept(text: string): string {
  const bytes = encodeText(text.slice(0, LONGEST_TEXT));
  return decodeText(bytes, 0, bytes.length);
}
