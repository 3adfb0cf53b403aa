// How a loss is passed on: as a loss. The peer sees a reset, as it would have without the spy.

import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';

/** Node's own mark for a socket that is to close with a reset. */
interface Resettable {
  resetAndClosing?: boolean;
}

/**
 * Ends the socket at once, whatever it still has to send. Not by `resetAndDestroy`, which begins with an orderly
 * shutdown: libuv cannot reset what is being shut down, and such a socket would never close.
 */
export function reset(socket: Socket): void {
  if (socket.destroyed) return;
  const shuttingDown = socket.writableEnded && !socket.writableFinished;
  if (!(socket instanceof TLSSocket) && !shuttingDown) (socket as Resettable).resetAndClosing = true;
  socket.destroy();
}
