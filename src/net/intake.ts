// Reads sockets without allocating: every plain socket of the spy reads into one shared buffer, whose bytes are copied
// to where they are written from. Counterpart of link.ts, which takes the bytes. (Node's own way allocates and shrinks
// 64 KiB for each read, which costs more than forwarding a small chunk does.)
// Invariant: bytes that arrive before a link takes them are kept, and nothing more is read until it does.

import { type OnReadOpts, Socket } from 'node:net';

/** What one read may bring: as much as Node's own reads. */
const READ_SIZE = 64 << 10;
const shared = Buffer.allocUnsafeSlow(READ_SIZE);

/** Takes `buffer[0, size)`, valid during the call only; false: read no more until `resume`. */
export type Take = (buffer: Buffer, size: number) => boolean;

export class Intake {
  /** For the `onread` option of a socket. */
  readonly onread: OnReadOpts = {
    buffer: shared,
    callback: (size, buffer) => this.#take(buffer as Buffer, size),
  };
  #early: Buffer[] = [];
  #take: Take = (buffer, size) => {
    this.#early.push(Buffer.from(buffer.subarray(0, size)));
    return false;
  };

  /** From now on bytes go to `take`, those that came early first. */
  open(take: Take): void {
    this.#take = take;
    for (const chunk of this.#early) take(chunk, chunk.length);
    this.#early = [];
  }
}

/** A socket's handle as Node keeps it: undocumented, but stable since Node 0.x; without it plain sockets do. */
interface WithHandle {
  _handle?: object | null;
}

/** Gives an accepted, paused socket's connection to a new socket that reads through the intake. */
export function adopt(accepted: Socket, intake: Intake): Socket | undefined {
  const handle = (accepted as WithHandle)._handle;
  if (!handle) return undefined;
  const options = { handle, allowHalfOpen: true, pauseOnCreate: true, onread: intake.onread };
  const socket = new Socket(options as ConstructorParameters<typeof Socket>[0]);
  (accepted as WithHandle)._handle = null;
  return socket;
}
