// Who must wait for whom on one connection: its consumers while the client does not read, the client while the broker is
// short of memory or disk, or while too many answers wait for it.
// Invariant: the transport is paused exactly while `unheard` holds.

import type { Memory } from '../memory.ts';
import type { Output } from './output.ts';
import type { Transport } from './transport.ts';

/** How much may wait for a client that does not read, before its consumers get no more, in bytes. */
const CONGESTED = 1 << 20;
/** From when on it counts as memory used: more than what transports take as a matter of course, in bytes. */
const WEIGHED = 64 << 10;
/** How much may wait for a client that asks and asks and does not read the answers, before it is not heard, in bytes. */
const OVERFULL = 16 << 20;

export class FlowControl {
  /** Consumers get nothing until the client has read what waits. */
  congested = false;
  /** The client has published while memory or disk are short. */
  blocked = false;
  /** So much waits for the client that it is not read from. */
  #overfull = false;
  /** What waits, as it counts towards the memory used. */
  #weight = 0;
  readonly #transport: Transport;
  readonly #output: Output;
  readonly #memory: Memory;

  constructor(transport: Transport, output: Output, memory: Memory) {
    this.#transport = transport;
    this.#output = output;
    this.#memory = memory;
  }

  /** The client is not read from for now. */
  get unheard(): boolean {
    return this.blocked || this.#overfull;
  }

  /** Sees how much waits: much of it weighs like messages do, too much must be read first. */
  weigh(): void {
    const { waiting } = this.#output;
    if (waiting > CONGESTED) this.congested = true;
    this.#setWeight(waiting > WEIGHED ? waiting : 0);
    this.#set(this.blocked, waiting > (this.#overfull ? CONGESTED : OVERFULL));
  }

  /** Something has left; whether consumers, which had to wait, may go on. */
  drained(): boolean {
    if (!this.congested || this.#output.waiting >= CONGESTED / 2) return false;
    this.congested = false;
    return true;
  }

  block(): void {
    this.#set(true, this.#overfull);
  }

  unblock(): void {
    this.#set(false, this.#overfull);
  }

  /** Listens in any case: for the answer to connection.close. */
  listen(): void {
    this.#set(false, false);
  }

  /** The connection is gone, and what waited for it. */
  end(): void {
    this.#setWeight(0);
  }

  #set(blocked: boolean, overfull: boolean): void {
    const before = this.unheard;
    this.blocked = blocked;
    this.#overfull = overfull;
    if (before === this.unheard) return;
    if (before) this.#transport.resume();
    else this.#transport.pause();
  }

  #setWeight(weight: number): void {
    if (weight !== this.#weight) this.#memory.add(weight - this.#weight);
    this.#weight = weight;
  }
}
