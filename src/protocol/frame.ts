// The frame: what every byte after the protocol header belongs to (AMQP 0-9-1 §4.2.3).
//
//   0      1         3             7                  size+7 size+8
//   +------+---------+-------------+  +------------+  +-----------+
//   | type | channel |     size    |  |  payload   |  | frame-end |
//   +------+---------+-------------+  +------------+  +-----------+
//    octet    short       long         size octets      octet 0xCE
//
// Invariant: `size` counts the payload alone; a whole frame is `size` + 8 bytes.

export const FRAME_METHOD = 1;
export const FRAME_HEADER = 2;
export const FRAME_BODY = 3;
/** AMQP 0-9-1 §4.2.7 says 8 (its grammar's 4 is an old slip); RabbitMQ and all clients send 8. */
export const FRAME_HEARTBEAT = 8;

export const FRAME_END = 0xce;
/** Type, channel and size. */
export const FRAME_PREFIX_SIZE = 7;
/** Everything but the payload. */
export const FRAME_OVERHEAD = 8;

export type FrameTypeName = 'method' | 'header' | 'body' | 'heartbeat';

/** The name of a frame type octet, or undefined if AMQP 0-9-1 has no such frame. */
export function frameTypeName(type: number): FrameTypeName | undefined {
  switch (type) {
    case FRAME_METHOD:
      return 'method';
    case FRAME_HEADER:
      return 'header';
    case FRAME_BODY:
      return 'body';
    case FRAME_HEARTBEAT:
      return 'heartbeat';
    default:
      return undefined;
  }
}

/** Bytes towards the broker. */
export const CLIENT_TO_SERVER = 0;
/** Bytes towards the client. */
export const SERVER_TO_CLIENT = 1;
export type Direction = typeof CLIENT_TO_SERVER | typeof SERVER_TO_CLIENT;
export type DirectionName = 'client-to-server' | 'server-to-client';

export function directionName(direction: Direction): DirectionName {
  return direction === CLIENT_TO_SERVER ? 'client-to-server' : 'server-to-client';
}

/** A frame's bytes around the given payload. */
export function encodeFrame(type: number, channel: number, payload: Uint8Array): Uint8Array {
  const frame = new Uint8Array(payload.length + FRAME_OVERHEAD);
  frame[0] = type;
  frame[1] = channel >>> 8;
  frame[2] = channel;
  frame[3] = payload.length >>> 24;
  frame[4] = payload.length >>> 16;
  frame[5] = payload.length >>> 8;
  frame[6] = payload.length;
  frame.set(payload, FRAME_PREFIX_SIZE);
  frame[frame.length - 1] = FRAME_END;
  return frame;
}

/** The heartbeat frame, always the same eight bytes. */
export const HEARTBEAT_FRAME: Uint8Array = encodeFrame(FRAME_HEARTBEAT, 0, new Uint8Array(0));
