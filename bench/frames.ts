// AMQP 0-9-1 frames laid out by hand, byte for byte, for the load's own side of the wire. It stands apart from
// src/protocol on purpose: a benchmark that encoded with the code under test would share its speed and its faults.
// Everything here is encoded once, before the clock starts.

const METHOD = 1;
const HEADER = 2;
const BODY = 3;
const END = 0xce;
const BASIC = 60;

/** Bytes of a `basic.ack` frame, whoever sends it. */
export const ACK_SIZE = 21;

/** Where the low half of the delivery tag stands in a `basic.ack` frame. */
export const ACK_TAG_OFFSET = 15;

/** One frame: type, channel and size, the payload, the end octet. */
export function frame(type: number, channel: number, payload: Buffer): Buffer {
  const bytes = Buffer.alloc(payload.length + 8);
  bytes.writeUInt8(type, 0);
  bytes.writeUInt16BE(channel, 1);
  bytes.writeUInt32BE(payload.length, 3);
  payload.copy(bytes, 7);
  bytes.writeUInt8(END, payload.length + 7);
  return bytes;
}

/** A method frame with its arguments already laid out. */
export function method(channel: number, classId: number, methodId: number, ...args: Buffer[]): Buffer {
  return frame(METHOD, channel, Buffer.concat([short(classId), short(methodId), ...args]));
}

export function octet(value: number): Buffer {
  return Buffer.from([value]);
}

export function short(value: number): Buffer {
  return Buffer.from([value >> 8, value & 0xff]);
}

export function long(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

export function longlong(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(value));
  return bytes;
}

export function shortString(text: string): Buffer {
  return Buffer.concat([octet(Buffer.byteLength(text)), Buffer.from(text)]);
}

export function longString(text: string): Buffer {
  return Buffer.concat([long(Buffer.byteLength(text)), Buffer.from(text)]);
}

/** The empty field table. */
export const NO_TABLE = long(0);

/** Content properties, flags first: none, and delivery mode 2. */
export const NO_PROPERTIES = short(0);
export const PERSISTENT = Buffer.concat([short(0x1000), octet(2)]);

/** What is published, and so what the broker delivers: content is passed on unchanged. */
export interface Message {
  readonly exchange: string;
  readonly routingKey: string;
  /** Property flags and values as they stand in the content header. */
  readonly properties: Buffer;
  readonly body: Buffer;
}

/** A content header frame and one body frame. */
function content(message: Message): Buffer {
  const header = Buffer.concat([short(BASIC), short(0), longlong(message.body.length), message.properties]);
  return Buffer.concat([frame(HEADER, 1, header), frame(BODY, 1, message.body)]);
}

/** A whole publish on channel 1: method, header and body frames. */
export function publish(message: Message): Buffer {
  const { exchange, routingKey } = message;
  const call = method(1, BASIC, 40, short(0), shortString(exchange), shortString(routingKey), octet(0));
  return Buffer.concat([call, content(message)]);
}

/** A whole delivery on channel 1, as a broker sends it. */
export function deliver(message: Message, consumerTag: string, deliveryTag: number): Buffer {
  const { exchange, routingKey } = message;
  const names = [shortString(exchange), shortString(routingKey)];
  const call = method(1, BASIC, 60, shortString(consumerTag), longlong(deliveryTag), octet(0), ...names);
  return Buffer.concat([call, content(message)]);
}

/** `basic.ack` of one delivery on channel 1: {@link ACK_SIZE} bytes. */
export function ack(deliveryTag: number): Buffer {
  return method(1, BASIC, 80, longlong(deliveryTag), octet(0));
}

/** The publish of 94 bytes, three frames, that blast and ping-pong send. */
export const PUBLISH_94 = publish({
  exchange: 'amq.topic',
  routingKey: 'sensor.kitchen.temperature',
  properties: NO_PROPERTIES,
  body: Buffer.from('{"c":21.075}'),
});

/** `count` copies of the same bytes in one buffer. */
export function repeat(bytes: Buffer, count: number): Buffer {
  return Buffer.alloc(bytes.length * count, bytes);
}
