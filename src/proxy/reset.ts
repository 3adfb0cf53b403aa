// How a loss is passed on: as a loss. The peer sees a reset, as it would have without the spy.

import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';

/** Ends the socket at once, whatever it still has to send. */
export function reset(socket: Socket): void {
  if (socket.destroyed) return;
  // libuv cannot reset what it is just shutting down, which Node has it do when the last byte is written.
  const shuttingDown = socket.writableEnded && socket.writableLength === 0 && !socket.writableFinished;
  if (socket instanceof TLSSocket || shuttingDown) socket.destroy();
  else socket.resetAndDestroy();
}
