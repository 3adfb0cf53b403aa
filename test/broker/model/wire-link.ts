// The model tests' way to a broker over a socket. Counterpart: memory-link.ts.

import type { AmqpSocket, Received } from '../../rig/amqp-socket.ts';
import type { Link } from './transcript.ts';

/** What does not come in this time does not come, in ms. */
const PATIENCE_MS = 5000;

export class WireLink implements Link {
  readonly #socket: AmqpSocket;

  constructor(socket: AmqpSocket) {
    this.#socket = socket;
  }

  send(bytes: Uint8Array): void {
    this.#socket.send(bytes);
  }

  async next(): Promise<Received | undefined> {
    let timer: NodeJS.Timeout | undefined;
    const nothing = new Promise<undefined>((resolve) => {
      timer = setTimeout(() => resolve(undefined), PATIENCE_MS);
    });
    const received = await Promise.race([this.#socket.take(), nothing]);
    clearTimeout(timer);
    return received;
  }
}
