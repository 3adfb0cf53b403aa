// What a filter may ask about the traffic beyond the record at hand. Counterpart: the session, which fits this interface.
// Invariant: asking changes nothing, and an answer that is not known is undefined or false, never an error.

export interface EndpointFacts {
  readonly address: string;
  readonly port: number;
}

/** What the handshake said, as far as it was seen. */
export interface ConnectionFacts {
  readonly client?: EndpointFacts;
  readonly server?: EndpointFacts;
  /** The client's connection_name property. */
  readonly name?: string;
  readonly clientProduct?: string;
  readonly clientVersion?: string;
  readonly serverProduct?: string;
  readonly serverVersion?: string;
  readonly user?: string;
  readonly virtualHost?: string;
  /** Which legs are encrypted. */
  readonly tls?: readonly ('client' | 'server')[];
}

export interface FilterContext {
  connection(id: number): ConnectionFacts | undefined;
  /** µs: of an ack, confirm, -ok or reply since what it answers; of a delivery since its publish. */
  latencyOf(recordId: number): number | undefined;
  /** The queue of a delivery, of a get-ok, or of an ack whose method does not name it. */
  queueOf(recordId: number): string | undefined;
  /** Whether the record is evidence of a finding. */
  hasFinding(recordId: number): boolean;
}

/** Knows of connections what the handshake says, and nothing else. */
export function connectionContext(connection: FilterContext['connection']): FilterContext {
  return { ...NO_CONTEXT, connection };
}

/** Knows nothing: for records without a session. */
export const NO_CONTEXT: FilterContext = {
  connection: () => undefined,
  latencyOf: () => undefined,
  queueOf: () => undefined,
  hasFinding: () => false,
};
