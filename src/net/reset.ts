// How a loss is passed on: as a loss. The peer sees a reset, as it would have without the spy.

import { TLSSocket } from 'node:tls';
import type { WireSocket } from './wire-socket.ts';

/** Node's own mark for a socket that is to close with a reset. */
interface Resettable {
  resetAndClosing?: boolean;
}

/**
 * Ends the socket at once, whatever it still has to send. Not by `resetAndDestroy`, which begins with an orderly
 * shutdown: libuv cannot reset what is being shut down, and such a socket would never close.
 */
export function reset(socket: WireSocket): void {
  if (socket.destroyed) return;
  const shuttingDown = socket.writableEnded && !socket.writableFinished;
  if (!(socket instanceof TLSSocket) && !shuttingDown) (socket as WireSocket & Resettable).resetAndClosing = true;
  socket.destroy();
}
