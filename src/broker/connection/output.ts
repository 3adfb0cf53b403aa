// What a connection is about to send: gathered in one buffer and handed to the transport in large pieces, so that many
// small frames leave with one write.
// Invariant: bytes leave in the order in which they were put here.

import type { Transport } from './transport.ts';

/** Full enough to be handed on. */
const FULL = 64 << 10;
const BUFFER_SIZE = FULL + (8 << 10);
/** Larger pieces are handed on as they are, not copied. */
const LARGE = 8 << 10;
/** Buffers that wait for their next use, shared by all connections: an idle one has none. */
const spare: Buffer[] = [];
const MOST_SPARE = 64;

export class Output {
  /** Where to write, from `at` on, after `reserve`. */
  bytes: Buffer = EMPTY;
  at = 0;
  /** Bytes sent since the connection began. */
  sent = 0;
  /** In so many pieces. */
  piecesSent = 0;
  readonly #transport: Transport;
  /** Bytes of large pieces that were handed on since the last `flush`. */
  #handedOn = 0;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** Makes room for `size` bytes and returns where. The caller moves `at`. */
  reserve(size: number): number {
    if (this.at + size > this.bytes.length) {
      if (this.at > 0) this.#handOn();
      if (this.bytes.length === 0) this.bytes = spare.pop() ?? Buffer.allocUnsafeSlow(BUFFER_SIZE);
      if (size > this.bytes.length) this.bytes = Buffer.allocUnsafeSlow(size);
    }
    return this.at;
  }

  /** Copies small bytes, hands large ones on as they are: those must not change any more. */
  write(bytes: Uint8Array, start = 0, end = bytes.length): void {
    const size = end - start;
    if (size > LARGE) {
      this.#handOn();
      this.sent += size;
      this.piecesSent++;
      this.#handedOn += size;
      this.#transport.write(bytes.subarray(start, end));
      return;
    }
    const at = this.reserve(size);
    const target = this.bytes;
    if (size <= 64) for (let i = 0; i < size; i++) target[at + i] = bytes[start + i]!;
    else target.set(bytes.subarray(start, end), at);
    this.at = at + size;
  }

  /** Whether it is time to flush, and to see how much waits. */
  get full(): boolean {
    return this.at + this.#handedOn >= FULL;
  }

  /** Bytes that have not left. */
  get waiting(): number {
    return this.at + this.#transport.pending;
  }

  /** Hands everything to the transport. */
  flush(): void {
    this.#handedOn = 0;
    this.#handOn();
  }

  #handOn(): void {
    const size = this.at;
    if (size === 0) return;
    const { bytes } = this;
    this.at = 0;
    this.sent += size;
    this.piecesSent++;
    this.bytes = EMPTY;
    if (this.#transport.write(bytes.subarray(0, size)) && bytes.length === BUFFER_SIZE && spare.length < MOST_SPARE) {
      spare.push(bytes);
    }
  }
}

const EMPTY = Buffer.alloc(0);
