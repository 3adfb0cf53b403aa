// What `top` shows: one moment of a spy, in the JSON of the API. Counterparts: top-source.ts, where it comes from; the
// views, which show it. Invariant: all but what identifies a thing may be missing, as an older spy would leave it out.
// Times are ISO 8601, latencies µs, rates events a second.

interface Endpoint {
  readonly address: string;
  readonly port: number;
}

interface Carried {
  readonly frames: number;
  readonly bytes: number;
}

export interface ConnectionJson {
  readonly id: number;
  readonly state?: string | undefined;
  readonly name?: string | undefined;
  readonly client?: Endpoint | undefined;
  readonly server?: Endpoint | undefined;
  readonly opened_at?: string | undefined;
  readonly closed_at?: string | undefined;
  readonly close_reason?: string | undefined;
  readonly client_product?: string | undefined;
  readonly client_version?: string | undefined;
  readonly user?: string | undefined;
  readonly virtual_host?: string | undefined;
  readonly blocked?: string | undefined;
  readonly from_client?: Carried | undefined;
  readonly from_server?: Carried | undefined;
}

interface ChannelConsumerJson {
  readonly consumer_tag: string;
  readonly queue?: string | undefined;
}

export interface ChannelJson {
  readonly connection: number;
  readonly channel: number;
  readonly connection_name?: string | undefined;
  readonly state?: string | undefined;
  readonly opened_at?: string | undefined;
  readonly closed_at?: string | undefined;
  readonly close_reason?: string | undefined;
  /** plain, confirm or tx. */
  readonly mode?: string | undefined;
  readonly prefetch?: number | undefined;
  readonly global_prefetch?: number | undefined;
  readonly consumers?: readonly ChannelConsumerJson[] | undefined;
  readonly unacked?: number | undefined;
  readonly unconfirmed?: number | undefined;
  readonly uncommitted?: number | undefined;
  readonly flow_active?: boolean | undefined;
  readonly published?: number | undefined;
  readonly delivered?: number | undefined;
  readonly acked?: number | undefined;
  readonly redelivered?: number | undefined;
  readonly publish_rate?: number | undefined;
  readonly deliver_rate?: number | undefined;
}

interface EntityJson {
  readonly vhost?: string | undefined;
  readonly name: string;
  readonly durable?: boolean | undefined;
  readonly auto_delete?: boolean | undefined;
  readonly arguments?: object | undefined;
}

export interface ExchangeJson extends EntityJson {
  readonly type?: string | undefined;
  readonly internal?: boolean | undefined;
  readonly published?: number | undefined;
  readonly publish_rate?: number | undefined;
  /** Connection ids. */
  readonly publishers?: readonly number[] | undefined;
}

interface QueueConsumerJson {
  readonly connection: number;
  readonly channel: number;
  readonly consumer_tag: string;
}

export interface QueueJson extends EntityJson {
  readonly exclusive?: boolean | undefined;
  readonly message_count?: number | undefined;
  readonly delivered?: number | undefined;
  readonly got?: number | undefined;
  readonly acked?: number | undefined;
  readonly deliver_rate?: number | undefined;
  readonly consumers?: readonly QueueConsumerJson[] | undefined;
  readonly unacked?: number | undefined;
}

export interface BindingJson {
  readonly vhost?: string | undefined;
  readonly source: string;
  readonly destination: string;
  /** queue or exchange. */
  readonly destination_type?: string | undefined;
  readonly routing_key?: string | undefined;
  readonly arguments?: object | undefined;
}

export interface LatencyJson {
  /** publish_confirm, publish_deliver, deliver_ack, method or rpc. */
  readonly kind: string;
  readonly name: string;
  /** What the name names: exchange, queue, consumer, method or rpc. */
  readonly of: string;
  readonly vhost?: string | undefined;
  readonly count?: number | undefined;
  readonly min?: number | undefined;
  readonly mean?: number | undefined;
  readonly p50?: number | undefined;
  readonly p90?: number | undefined;
  readonly p99?: number | undefined;
  readonly p999?: number | undefined;
  readonly max?: number | undefined;
}

export interface FindingJson {
  readonly finding: string;
  /** error, warning or info. */
  readonly severity: string;
  readonly title: string;
  readonly text?: string | undefined;
  readonly advice?: string | undefined;
  readonly explanation?: string | undefined;
  readonly connection?: number | undefined;
  readonly channel?: number | undefined;
  readonly count?: number | undefined;
  readonly first_at?: string | undefined;
  readonly last_at?: string | undefined;
  /** Record ids. */
  readonly evidence?: readonly number[] | undefined;
}

export interface TopSnapshot {
  readonly time: string;
  readonly connections: readonly ConnectionJson[];
  readonly channels: readonly ChannelJson[];
  readonly exchanges: readonly ExchangeJson[];
  readonly queues: readonly QueueJson[];
  readonly bindings: readonly BindingJson[];
  readonly latencies: readonly LatencyJson[];
  readonly findings: readonly FindingJson[];
  /** Records that the spy could not look at. */
  readonly missed?: number | undefined;
}
