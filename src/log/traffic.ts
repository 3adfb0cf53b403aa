// Counts of all that passed, by method and frame type and direction, kept as frames are found, so never short.
// Counterpart of the frame log's scan, which adds to them; read by the summary and the metrics.

import {
  CLIENT_TO_SERVER,
  type DirectionName,
  directionName,
  FRAME_BODY,
  FRAME_HEADER,
  FRAME_HEARTBEAT,
  FRAME_METHOD,
  SERVER_TO_CLIENT,
} from '../protocol/frame.ts';
import { METHOD_KEYS, methodByKey } from '../protocol/method-table.ts';

/**
 * Slots for one direction: a method's is its key; the frame types that are no methods have their type's number,
 * which is below any method's key, and methods that nobody knows have FRAME_METHOD.
 */
export const SLOTS = METHOD_KEYS;

/** Class connection, method 0: keys below it would fall on the slots of frame types. */
const LOWEST_IDS = 10 << 16;

/** The slot of a method frame, from its first four octets of payload (class id, method id). */
export function trafficSlot(ids: number): number {
  return (ids & 0xff80ff80) === 0 && ids >= LOWEST_IDS ? (ids >>> 9) | (ids & 0x7f) : FRAME_METHOD;
}

/** One line of the counts. */
export interface TrafficCount {
  /** A method's name, or `header`, `body`, `heartbeat`, `unknown`. */
  readonly name: string;
  readonly direction: DirectionName;
  readonly frames: number;
  /** Bytes on the wire, whole frames. */
  readonly bytes: number;
}

export class Traffic {
  /** Indexed by direction × SLOTS + slot; doubles, for they outgrow 32 bits. */
  readonly frames = new Float64Array(2 * SLOTS);
  /** Whole frames, bytes on the wire. */
  readonly bytes = new Float64Array(2 * SLOTS);
  /** Bytes that were no AMQP 0-9-1, by direction. */
  readonly opaqueBytes = new Float64Array(2);

  /** All counts above zero, one a name and direction, most frames first. */
  counts(): TrafficCount[] {
    const counts = new Map<string, { -readonly [K in keyof TrafficCount]: TrafficCount[K] }>();
    for (let slot = 0; slot < this.frames.length; slot++) {
      if (this.frames[slot] === 0) continue;
      const name = slotName(slot % SLOTS);
      const direction = directionName(slot < SLOTS ? CLIENT_TO_SERVER : SERVER_TO_CLIENT);
      const key = `${name} ${direction}`;
      const count = counts.get(key) ?? { name, direction, frames: 0, bytes: 0 };
      count.frames += this.frames[slot]!;
      count.bytes += this.bytes[slot]!;
      counts.set(key, count);
    }
    return [...counts.values()].sort((a, b) => b.frames - a.frames);
  }
}

function slotName(slot: number): string {
  switch (slot) {
    case FRAME_HEADER:
      return 'header';
    case FRAME_BODY:
      return 'body';
    case FRAME_HEARTBEAT:
      return 'heartbeat';
    default:
      return methodByKey(slot)?.name ?? 'unknown';
  }
}
