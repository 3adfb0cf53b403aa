// A connection to the broker within the process: a stream that looks like a socket to whoever holds it, without one.
// Counterpart: listener.ts, which does the same with real sockets.

import { Duplex } from 'node:stream';
import type { Broker } from './broker.ts';
import type { BrokerConnection } from './connection/connection.ts';
import type { PeerInfo, Transport } from './connection/transport.ts';

export class BrokerSocket extends Duplex {
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly #connection: BrokerConnection;
  #isPaused = false;
  /** What to call once bytes are taken again. */
  #onResume: (() => void) | undefined;

  /** A new connection; `peer` is who the broker takes it to come from. */
  constructor(broker: Broker, peer: PeerInfo) {
    super({ allowHalfOpen: true });
    this.remoteAddress = peer.localAddress;
    this.remotePort = peer.localPort;
    this.#connection = broker.attach(this.#transport(), peer);
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    // Not during the write: whoever wrote is to be done with it before an answer comes.
    queueMicrotask(() => {
      this.#connection.receive(chunk, chunk.length);
      if (this.#isPaused) this.#onResume = done;
      else done();
    });
  }

  override _read(): void {
    // It is asked for more before the reader takes what waits; and not asked again until something comes.
    queueMicrotask(() => this.#connection.drained());
  }

  override _final(done: () => void): void {
    this.#connection.disconnected();
    this.push(null);
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#connection.disconnected();
    done(error);
  }

  #transport(): Transport {
    const socket = this;
    return {
      get pending() {
        return socket.readableLength;
      },
      write(bytes) {
        // The bytes' memory is used again; a reader may come later.
        if (!socket.readableEnded && !socket.destroyed) socket.push(Buffer.from(bytes));
        return true;
      },
      pause() {
        socket.#isPaused = true;
      },
      resume() {
        socket.#isPaused = false;
        const done = socket.#onResume;
        socket.#onResume = undefined;
        done?.();
      },
      end() {
        this.resume();
        if (!socket.readableEnded && !socket.destroyed) socket.push(null);
      },
      destroy() {
        socket.destroy();
      },
    };
  }
}
