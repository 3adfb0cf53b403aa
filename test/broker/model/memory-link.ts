// The model tests' way to the embedded broker, in memory. Counterpart: wire-link.ts.

import type { Received } from '../../rig/amqp-socket.ts';
import { type MemoryClient, settle } from '../../rig/memory-client.ts';
import type { Link } from './transcript.ts';

export class MemoryLink implements Link {
  readonly client: MemoryClient;
  #received: Received[] = [];

  constructor(client: MemoryClient) {
    this.client = client;
  }

  send(bytes: Uint8Array): void {
    this.client.send(bytes);
  }

  async next(): Promise<Received | undefined> {
    if (this.#received.length === 0) {
      await settle();
      this.#received = this.client.take();
    }
    return this.#received.shift();
  }
}
