// A process that stands in for a broker where only the wire counts: it answers the handshake of connection.ts, then
// throws away what comes (`discard`: blast, idle) or answers each publish of 94 bytes with one basic.ack (`echo`:
// ping-pong). Once a channel is open it parses nothing. All reads land in one buffer, so that the sink costs little.

import { createServer, type Server, Socket, type SocketConstructorOpts } from 'node:net';
import { announce } from './child.ts';
import { ack, PUBLISH_94 } from './frames.ts';
import { CHANNEL_OPEN_OK, OPEN_OK, START, TUNE } from './handshake.ts';

const READ_BUFFER = Buffer.allocUnsafeSlow(256 * 1024);
const REPLIES: Readonly<Record<string, Buffer>> = {
  '10.11': TUNE,
  '10.40': OPEN_OK,
  '20.10': CHANNEL_OPEN_OK,
};
const LAST_REPLY = '20.10';
const ACK = ack(1);

type Take = (chunk: Buffer) => void;

/** Reads the client's half of the handshake and answers it; then `opened` takes over. */
function handshake(socket: Socket, opened: () => void): Take {
  let collected: Buffer = Buffer.alloc(0);
  let greeted = false;
  return (chunk) => {
    collected = Buffer.concat([collected, chunk]);
    if (!greeted && collected.length >= 8) {
      greeted = true;
      collected = collected.subarray(8);
      socket.write(START);
    }
    while (greeted && collected.length >= 8 && collected.length >= collected.readUInt32BE(3) + 8) {
      const name = `${collected.readUInt16BE(7)}.${collected.readUInt16BE(9)}`;
      collected = collected.subarray(collected.readUInt32BE(3) + 8);
      const reply = REPLIES[name];
      if (reply) socket.write(reply);
      if (name === LAST_REPLY) opened();
    }
  };
}

/** One basic.ack for each whole publish of 94 bytes. */
function echo(socket: Socket): Take {
  let bytes = 0;
  return (chunk) => {
    for (bytes += chunk.length; bytes >= PUBLISH_94.length; bytes -= PUBLISH_94.length) socket.write(ACK);
  };
}

function serve(accepted: Socket, open: (socket: Socket) => Take): void {
  let take: Take = () => {};
  const callback = (size: number): boolean => {
    take(READ_BUFFER.subarray(0, size));
    return true;
  };
  // An accepted socket takes no `onread`, so its handle moves into a socket that does.
  const handle = (accepted as unknown as { _handle: unknown })._handle;
  const options = { handle, allowHalfOpen: true, onread: { buffer: READ_BUFFER, callback } };
  const socket = new Socket(options as SocketConstructorOpts);
  take = handshake(socket, () => {
    take = open(socket);
  });
  socket.setNoDelay(true);
  socket.on('end', () => socket.end());
  socket.on('error', () => socket.destroy());
  socket.resume();
}

const open = process.argv[2] === 'echo' ? echo : () => () => {};
const server: Server = createServer({ pauseOnConnect: true, allowHalfOpen: true }, (socket) => serve(socket, open));
server.listen({ host: '127.0.0.1', port: 0, backlog: 4096 }, () => announce(server));
