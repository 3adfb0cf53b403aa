// What carries a connection's bytes: a socket, a stream in memory. Counterparts: listener.ts and broker-socket.ts, which
// make them; BrokerConnection, which is told what comes by `receive`, `drained` and `disconnected`.

export interface Transport {
  /**
   * Sends bytes, in order. True: they have left and their memory may be used again; false: they are still needed until
   * `drained` is called.
   */
  write(bytes: Uint8Array): boolean;
  /** Bytes that were written and have not left yet. */
  readonly pending: number;
  /** Reads no more until `resume`. */
  pause(): void;
  resume(): void;
  /** Ends in order, once all has left. */
  end(): void;
  /** Ends now, with a reset where there is such a thing. */
  destroy(): void;
}

/** Who is at the other end. */
export interface PeerInfo {
  readonly address: string;
  readonly port: number;
  /** Where it connected to. */
  readonly localAddress: string;
  readonly localPort: number;
  readonly tls: boolean;
  /** The name in the client's certificate, for EXTERNAL. */
  readonly certificateName?: string | undefined;
}

/** Whether the peer is on this machine: guest may come in only from there. */
export function isLoopback({ address }: PeerInfo): boolean {
  return /^(::ffff:)?127\./.test(address) || address === '::1' || address === '';
}
