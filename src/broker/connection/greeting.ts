// The eight bytes with which a client begins (AMQP 0-9-1 §4.2.2): gathered, and compared with what the broker speaks.

import { PROTOCOL_HEADER } from '../../protocol/protocol-header.ts';

/** What is sent for 0-9 differs from 0-9-1 in nothing that matters: RabbitMQ takes it too. */
const ACCEPTED: readonly Uint8Array[] = [PROTOCOL_HEADER, Uint8Array.of(0x41, 0x4d, 0x51, 0x50, 1, 1, 0, 9)];

export class Greeting {
  readonly bytes: number[] = [];

  /** Takes what it lacks from `chunk[0, size)`; returns how many bytes that were. */
  take(chunk: Uint8Array, size: number): number {
    let at = 0;
    while (at < size && !this.complete) this.bytes.push(chunk[at++]!);
    return at;
  }

  get complete(): boolean {
    return this.bytes.length === PROTOCOL_HEADER.length;
  }

  /** Whether the bytes are, as far as they go, a header that is accepted. */
  get accepted(): boolean {
    return ACCEPTED.some((header) => this.bytes.every((byte, i) => byte === header[i]));
  }
}
