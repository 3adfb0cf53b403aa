// A capture's connections, written into the frame log as if they passed now. Counterpart of proxy/, which does it live.
// Invariant: `onWritten` is called after every write, before the next: a reader that reads then misses nothing.

import type { CaptureEnd, CaptureEndpoint, CaptureSink } from '../log/capture/capture-sink.ts';
import type { FrameLog } from '../log/frame-log.ts';
import type { Tape } from '../log/tape.ts';
import { CLIENT_TO_SERVER, type Direction, SERVER_TO_CLIENT } from '../protocol/frame.ts';
import type { ConnectionTable } from '../session/connection-table.ts';

/** One connection of the capture. */
export interface CapturedConnection {
  readonly id: number;
  /** By direction. */
  readonly tapes: readonly [Tape, Tape];
}

export class CaptureLog implements CaptureSink<CapturedConnection> {
  readonly #log: FrameLog;
  readonly #connections: ConnectionTable;
  readonly #onWritten: () => void;
  /** When what was written last happened, in µs since the Unix epoch. */
  lastTime = 0;

  constructor(log: FrameLog, connections: ConnectionTable, onWritten: () => void) {
    this.#log = log;
    this.#connections = connections;
    this.#onWritten = onWritten;
    log.onConnectionMethod = (tape, bytes, start, end) =>
      connections.method(tape.connection, tape.direction, bytes, start, end);
  }

  open(client: CaptureEndpoint, server: CaptureEndpoint, midway: boolean, time: number): CapturedConnection {
    const id = this.#connections.opened + 1;
    this.lastTime = time;
    const fromClient = this.#log.openTape(id, CLIENT_TO_SERVER, midway);
    const fromServer = this.#log.openTape(id, SERVER_TO_CLIENT, midway);
    const state = midway ? 'open' : 'opening';
    this.#connections.add({ id, client, server, openedAt: time, state, fromClient, fromServer });
    this.#log.note(id, { type: 'connection.opened', client, server, ...(midway && { midway }) }, time);
    this.#onWritten();
    return { id, tapes: [fromClient, fromServer] };
  }

  data(connection: CapturedConnection, direction: Direction, bytes: Uint8Array, time: number): void {
    this.lastTime = time;
    this.#log.append(connection.tapes[direction], bytes, time);
    this.#onWritten();
  }

  gap(connection: CapturedConnection, direction: Direction, bytes: number, time: number): void {
    this.#log.gap(connection.tapes[direction], bytes, time);
    this.#onWritten();
  }

  end({ id, tapes: [fromClient, fromServer] }: CapturedConnection, how: CaptureEnd, time: number): void {
    this.lastTime = time;
    this.#log.end(fromClient, time);
    this.#log.end(fromServer, time);
    const carried = { bytes_from_client: fromClient.bytes, bytes_from_server: fromServer.bytes };
    this.#log.note(id, { type: 'connection.closed', by: 'capture', how, ...carried }, time);
    this.#connections.close(id, time, how === 'capture-ended' ? 'still open where the capture ends' : how);
    this.#onWritten();
  }
}
