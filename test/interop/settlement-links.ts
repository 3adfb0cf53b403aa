// Which record settles which, as tshark says and as the session says, for a capture that both read: two maps of one shape.
// tshark names packets, so records of the log are matched with its PDUs first: both sides see each direction of each TCP
// connection in the same order.
// Invariant: nothing is guessed; a frame that only one side sees fails the match.

import { readFileSync } from 'node:fs';
import { CaptureLog } from '../../src/cli/capture-log.ts';
import { CaptureReader } from '../../src/log/capture/capture-reader.ts';
import { Cursor } from '../../src/log/cursor.ts';
import { FrameLog } from '../../src/log/frame-log.ts';
import { KIND_FRAMES } from '../../src/log/runs.ts';
import type { FieldValues } from '../../src/protocol/fields.ts';
import { CLIENT_TO_SERVER } from '../../src/protocol/frame.ts';
import { decodeMethod } from '../../src/protocol/method.ts';
import { ConnectionTable } from '../../src/session/connection-table.ts';
import { CONFIRMED, NACKED } from '../../src/session/message-row.ts';
import { Session } from '../../src/session/session.ts';
import { dissect, type TsharkPacket } from '../rig/tshark.ts';

/** By the id of the record that settles: the packets that what it settles stands in, sorted. */
export type SettledPackets = ReadonlyMap<number, readonly number[]>;

/** A capture as the session understands it. */
export interface ReadSession {
  readonly log: FrameLog;
  readonly session: Session;
  /** The arguments of a record's method. */
  argumentsOf(id: number): FieldValues;
}

/** Reads a capture file whole, with a session that follows. */
export function readSession(file: string, port: number): ReadSession {
  const log = new FrameLog({ size: 64 << 20 });
  const connections = new ConnectionTable();
  const session = new Session(log, connections);
  const reader = new CaptureReader(new CaptureLog(log, connections, () => {}), { ports: [port] });
  reader.write(readFileSync(file));
  reader.end();
  session.catchUp();
  const argumentsOf = (id: number): FieldValues => {
    const cursor = new Cursor(log, id);
    cursor.next();
    return decodeMethod(cursor.bytes, cursor.payloadStart, cursor.payloadEnd).arguments;
  };
  return { log, session, argumentsOf };
}

/** Where the frames stand: packet number by record id, and record id by the PDU's place. */
class Places {
  readonly packetOf = new Map<number, number>();
  readonly methodOf = new Map<number, string>();
  readonly #records = new Map<string, number[]>();

  constructor({ log, session }: ReadSession) {
    for (const cursor = new Cursor(log, 1); cursor.next(); ) {
      if (cursor.kind !== KIND_FRAMES) continue;
      const { port } = session.connections.get(cursor.connection)!.client;
      const key = `${port} ${cursor.direction === CLIENT_TO_SERVER ? 'client' : 'server'}`;
      const records = this.#records.get(key) ?? [];
      this.#records.set(key, records);
      records.push(cursor.id);
      if (cursor.method) this.methodOf.set(cursor.id, cursor.method.name);
    }
  }

  /** Takes the record of the next PDU of a direction. */
  take(port: number, from: 'client' | 'server', packet: number): number {
    const id = this.#records.get(`${port} ${from}`)?.shift();
    if (id === undefined) throw new Error(`the spy lacks a frame of packet ${packet}`);
    this.packetOf.set(id, packet);
    return id;
  }

  /** Records that no PDU was matched with. */
  get left(): number {
    return [...this.#records.values()].reduce((sum, records) => sum + records.length, 0);
  }
}

export interface ComparedLinks {
  readonly tshark: SettledPackets;
  readonly spy: SettledPackets;
  /** The method of each record, `basic.ack`; by record id. */
  readonly methodOf: ReadonlyMap<number, string>;
  /** Record ids that the spy says a record settles. */
  readonly settledBy: ReadonlyMap<number, readonly number[]>;
}

/** What both say of the same capture. */
export async function compareLinks(file: string, port: number, read: ReadSession): Promise<ComparedLinks> {
  const packets = await dissect(file, port, 1);
  const places = new Places(read);
  const tshark = tsharkLinks(packets, port, places);
  if (places.left > 0) throw new Error(`tshark lacks ${places.left} frames`);
  const settledBy = spyLinks(read.session);
  const spy = new Map<number, number[]>();
  for (const [id, settled] of settledBy) spy.set(id, sorted(settled.map((each) => places.packetOf.get(each)!)));
  return { tshark, spy, methodOf: places.methodOf, settledBy };
}

function tsharkLinks(packets: readonly TsharkPacket[], port: number, places: Places): Map<number, number[]> {
  const links = new Map<number, number[]>();
  for (const { frameNumber, sourcePort, destinationPort, pdus } of packets) {
    const from = destinationPort === port ? 'client' : 'server';
    for (const pdu of pdus) {
      if (pdu.type === 'protocol-header') continue;
      const id = places.take(from === 'client' ? sourcePort : destinationPort, from, frameNumber);
      if (pdu.messagesIn) links.set(id, sorted(pdu.messagesIn));
    }
  }
  return links;
}

/** What each settling record settles, by record ids, oldest first. */
export function spyLinks({ messages }: Session): Map<number, number[]> {
  const settled = new Map<number, number[]>();
  const add = (by: number, id: number): void => {
    settled.set(by, [...(settled.get(by) ?? []), id]);
  };
  for (const message of messages.list()) {
    if ((message.outcome & (CONFIRMED | NACKED)) !== 0) add(message.outcomeRecord, message.record);
    for (const { settlement, settledRecord, record } of message.deliveries) {
      if (['ack', 'reject', 'requeue'].includes(settlement)) add(settledRecord, record);
    }
  }
  for (const [by, ids] of settled) settled.set(by, sorted(ids));
  return settled;
}

function sorted(numbers: readonly number[]): number[] {
  return [...numbers].sort((a, b) => a - b);
}
