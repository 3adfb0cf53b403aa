// The frames that open a connection and channel 1, from both sides (AMQP 0-9-1 §4.2, §1.4.2.7), and the heartbeat: as
// the load sends them, as the sink answers them, as captures hold them. Heartbeats are turned off.

import { frame, long, longString, method, NO_TABLE, octet, short, shortString } from './frames.ts';

const CHANNEL_MAX = short(2047);
const FRAME_MAX = long(131_072);
const NO_HEARTBEAT = short(0);

/** Client: `AMQP`, 0, 0, 9, 1. */
export const PROTOCOL_HEADER = Buffer.from('AMQP\x00\x00\x09\x01', 'latin1');

/** Server: connection.start. */
export const START = method(0, 10, 10, octet(0), octet(9), NO_TABLE, longString('PLAIN'), longString('en_US'));

const CREDENTIALS = [shortString('PLAIN'), longString('\0guest\0guest'), shortString('en_US')];

/** Client: connection.start-ok, as guest. */
export const START_OK = method(0, 10, 11, NO_TABLE, ...CREDENTIALS);

/** Server: connection.tune. */
export const TUNE = method(0, 10, 30, CHANNEL_MAX, FRAME_MAX, NO_HEARTBEAT);

/** Client: connection.tune-ok and connection.open of `/`, in one go. */
export const TUNE_OK_AND_OPEN = Buffer.concat([
  method(0, 10, 31, CHANNEL_MAX, FRAME_MAX, NO_HEARTBEAT),
  method(0, 10, 40, shortString('/'), shortString(''), octet(0)),
]);

/** Server: connection.open-ok. */
export const OPEN_OK = method(0, 10, 41, octet(0));

/** Client: channel.open of channel 1. */
export const CHANNEL_OPEN = method(1, 20, 10, shortString(''));

/** Server: channel.open-ok. */
export const CHANNEL_OPEN_OK = method(1, 20, 11, long(0));

/** Either side. */
export const HEARTBEAT = frame(8, 0, Buffer.alloc(0));
