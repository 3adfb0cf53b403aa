// What clients and servers say in the proxy's tests: AMQP 0-9-1 and all that may come instead of it.

import { encodeContentHeaderFrame } from '../../src/protocol/content-header.ts';
import { encodeFrame, FRAME_BODY, HEARTBEAT_FRAME } from '../../src/protocol/frame.ts';
import { encodeMethodFrame } from '../../src/protocol/method.ts';
import { PROTOCOL_HEADER } from '../../src/protocol/protocol-header.ts';

/** Both sides of a connection. */
export interface Dialogue {
  readonly client: Uint8Array;
  readonly server: Uint8Array;
  /** What the log is to say of bytes that are no AMQP 0-9-1. */
  readonly opaque?: RegExp;
}

/** What the client logs in with. */
export const PASSWORD = 'open-sesame-4711';

const TUNE = { channel_max: 2047, frame_max: 131_072, heartbeat: 60 };

/** One message: method, header, and the body in frames of at most `frameMax` bytes. */
export function message(body: Uint8Array, frameMax = 131_072): Uint8Array {
  const frames = [
    encodeMethodFrame(1, 'basic.publish', { exchange: '', routing_key: 'q', mandatory: false, immediate: false }),
    encodeContentHeaderFrame(1, BigInt(body.length), { content_type: 'text/plain' }),
  ];
  for (let at = 0; at < body.length; at += frameMax - 8) {
    frames.push(encodeFrame(FRAME_BODY, 1, body.subarray(at, at + frameMax - 8)));
  }
  return Buffer.concat(frames);
}

/** A whole connection with a few messages, large and small. */
export const AMQP: Dialogue = {
  client: Buffer.concat([
    PROTOCOL_HEADER,
    encodeMethodFrame(0, 'connection.start-ok', {
      client_properties: [],
      mechanism: 'PLAIN',
      response: `\0guest\0${PASSWORD}`,
      locale: 'en_US',
    }),
    encodeMethodFrame(0, 'connection.tune-ok', TUNE),
    encodeMethodFrame(0, 'connection.open', { virtual_host: '/' }),
    encodeMethodFrame(1, 'channel.open', {}),
    message(Buffer.from('Hello World!')),
    message(Buffer.alloc(300_000, 'x')),
    message(Buffer.alloc(0)),
    HEARTBEAT_FRAME,
    encodeMethodFrame(0, 'connection.close', { reply_code: 200, reply_text: 'bye', class_id: 0, method_id: 0 }),
  ]),
  server: Buffer.concat([
    encodeMethodFrame(0, 'connection.start', {
      version_major: 0,
      version_minor: 9,
      server_properties: [],
      mechanisms: 'PLAIN',
      locales: 'en_US',
    }),
    encodeMethodFrame(0, 'connection.tune', TUNE),
    encodeMethodFrame(0, 'connection.open-ok', {}),
    encodeMethodFrame(1, 'channel.open-ok', {}),
    HEARTBEAT_FRAME,
    encodeMethodFrame(0, 'connection.close-ok', {}),
  ]),
};

/** By what they are. */
export const DIALOGUES: { readonly [name: string]: Dialogue } = {
  'AMQP 0-9-1': AMQP,
  'AMQP 1.0': {
    client: Buffer.from('AMQP\x03\x01\x00\x00\x00\x00\x00\x10\x02\x01\x00\x00', 'latin1'),
    server: Buffer.from('AMQP\x03\x01\x00\x00\x00\x00\x00\x3f\x02\x01\x00\x00', 'latin1'),
    opaque: /AMQP 1\.0/,
  },
  HTTP: {
    client: Buffer.from('GET / HTTP/1.1\r\nHost: localhost:5673\r\n\r\n'),
    server: Buffer.from('HTTP/1.1 400 Bad Request\r\nContent-Length: 3\r\n\r\nno\n'),
    opaque: /HTTP/,
  },
  'a TLS ClientHello': {
    client: Buffer.concat([Buffer.from('16030100fa010000f60303', 'hex'), Buffer.alloc(244, 7)]),
    server: Buffer.from('AMQP\x00\x00\x09\x01', 'latin1'),
    opaque: /TLS/,
  },
  garbage: {
    client: Buffer.alloc(100_000, Buffer.from([0xff, 0x00, 0xce, 0x55])),
    server: Buffer.alloc(100_000, Buffer.from([0xde, 0xad, 0xbe, 0xef])),
    opaque: /no AMQP 0-9-1 frame begins here/,
  },
  'an unfinished frame': {
    client: Buffer.concat([PROTOCOL_HEADER, Buffer.from([3, 0, 1, 0, 1, 0, 0, 1, 2, 3])]),
    server: HEARTBEAT_FRAME,
  },
  'a frame that claims 4 GiB': {
    client: Buffer.concat([PROTOCOL_HEADER, Buffer.from([3, 0, 1, 0xff, 0xff, 0xff, 0xff]), Buffer.alloc(5000)]),
    server: HEARTBEAT_FRAME,
  },
  nothing: { client: Buffer.alloc(0), server: Buffer.alloc(0) },
};
