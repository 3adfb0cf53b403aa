// A stream of bytes both ways with somebody at the other end: a TCP or TLS socket, or one that only seems so.

import type { Duplex } from 'node:stream';

export type WireSocket = Duplex & {
  readonly remoteAddress?: string | undefined;
  readonly remotePort?: number | undefined;
};
