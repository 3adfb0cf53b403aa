// A message and its deliveries as they are read out of the message table (messages.ts).

/** How a publish ended, as its channel was told. Bits, for a mandatory message is returned and confirmed. */
export const CONFIRMED = 1;
export const NACKED = 2;
export const RETURNED = 4;

export const SETTLEMENTS = ['none', 'ack', 'reject', 'requeue', 'no-ack', 'closed'] as const;
/** How a delivery ended; `closed`: its channel or connection closed first, and it went back into its queue. */
export type Settlement = (typeof SETTLEMENTS)[number];

/** A publish, and where it stands now. */
export interface MessageRow {
  readonly seq: number;
  /** Record id of basic.publish; 0: it was published before the log began, or elsewhere. */
  readonly record: number;
  /** µs since the Unix epoch. */
  readonly time: number;
  readonly connection: number;
  readonly channel: number;
  readonly exchange: string;
  readonly routingKey: string;
  readonly bodySize: number;
  readonly messageId: string | undefined;
  readonly correlationId: string | undefined;
  /** Bits: CONFIRMED, NACKED, RETURNED. */
  readonly outcome: number;
  /** Of the confirm or nack; 0: none came. */
  readonly outcomeRecord: number;
  readonly outcomeTime: number;
  /** Of basic.return; 0: it was not returned. */
  readonly returnRecord: number;
  readonly returnTime: number;
  readonly deliveries: readonly DeliveryRow[];
  /** Another message had the same key: which of them a delivery belongs to is a guess by order. */
  readonly ambiguous: boolean;
}

export interface DeliveryRow {
  readonly seq: number;
  /** Record id of basic.deliver or basic.get-ok. */
  readonly record: number;
  readonly time: number;
  readonly connection: number;
  readonly channel: number;
  readonly deliveryTag: number;
  readonly queue: string | undefined;
  readonly consumerTag: string | undefined;
  readonly redelivered: boolean;
  readonly settlement: Settlement;
  readonly settledRecord: number;
  readonly settledTime: number;
}
