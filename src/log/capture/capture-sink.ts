// What a capture reader hands on: the bytes of each AMQP connection, in order, without TCP/IP around them.
// Counterpart of CaptureReader, which calls it; PcapngWriter speaks the same words the other way.
// Invariant: per connection one open, then data and gaps, then one end; a direction's times never step back.

import type { Direction } from '../../protocol/frame.ts';

/** One side of a TCP connection. */
export interface CaptureEndpoint {
  /** `127.0.0.1` or `2001:db8::1` (RFC 5952); an IPv4 address mapped into IPv6 is written as IPv4. */
  readonly address: string;
  readonly port: number;
}

/** How a connection went: both sides finished, one side reset it, or the capture does not show its end. */
export type CaptureEnd = 'closed' | 'reset' | 'capture-ended';

/**
 * Receives connections as they are read. `C` is whatever the sink returns from `open`; it comes back with each call.
 * Times are whole microseconds since the Unix epoch, between the years 1970 and 9999. A sink must not throw.
 */
export interface CaptureSink<C> {
  /** @param midway its start was not captured: either direction may begin in the middle of a frame */
  open(client: CaptureEndpoint, server: CaptureEndpoint, midway: boolean, time: number): C;
  /** @param bytes valid during the call only */
  data(connection: C, direction: Direction, bytes: Uint8Array, time: number): void;
  /** @param bytes how many are lost between what came before and what follows */
  gap(connection: C, direction: Direction, bytes: number, time: number): void;
  end(connection: C, how: CaptureEnd, time: number): void;
}
