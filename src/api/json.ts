// What the API answers in JSON, as types: snake_case, times in ISO 8601, latencies µs, rates events a second, ids those
// of the log's records. Counterparts: the makers beside it (`…-json.ts`); cli/top, which reads it; docs/api.md.
// Invariant: what is not known, or was never said, is left out.

import type { DecodedBodyJson } from '../content/body-json.ts';
import type { LogEvent } from '../log/frame-event.ts';
import type { JsonObject } from '../log/json-value.ts';
import type { Severity } from '../log/note.ts';
import type { ChannelMode, Closure } from '../session/channel.ts';
import type { ConnectionState } from '../session/connection-table.ts';
import type { NamedLatency } from '../session/latencies.ts';
import type { Settlement } from '../session/message-row.ts';
import type { FieldNode } from './field-tree.ts';

export interface EndpointJson {
  readonly address: string;
  readonly port: number;
}

/** What one direction has carried. */
export interface CarriedJson {
  readonly frames: number;
  readonly bytes: number;
}

export interface ConnectionJson {
  readonly id: number;
  readonly state: ConnectionState;
  /** The client's connection_name property. */
  readonly name?: string | undefined;
  readonly client: EndpointJson;
  readonly server: EndpointJson;
  readonly opened_at: string;
  readonly closed_at?: string | undefined;
  readonly close_reason?: string | undefined;
  readonly client_product?: string | undefined;
  readonly client_version?: string | undefined;
  readonly server_product?: string | undefined;
  readonly server_version?: string | undefined;
  readonly mechanism?: string | undefined;
  readonly user?: string | undefined;
  readonly vhost?: string | undefined;
  readonly channel_max?: number | undefined;
  /** Bytes. */
  readonly frame_max?: number | undefined;
  /** Seconds. */
  readonly heartbeat?: number | undefined;
  /** Why the server stops the client from publishing, while it does. */
  readonly blocked?: string | undefined;
  readonly from_client: CarriedJson;
  readonly from_server: CarriedJson;
}

/** GET /api/health */
export interface HealthJson {
  readonly v: 1;
  readonly status: 'ok';
  readonly version: string;
  /** Seconds. */
  readonly uptime: number;
  readonly first_id: number;
  readonly next_id: number;
  readonly connections: { readonly open: number; readonly opened: number };
  readonly subscribers: { readonly open: number; readonly buffered_bytes: number; readonly missed: number };
  readonly session?:
    | {
        readonly missed: number;
        readonly findings: { readonly [severity in Severity]: number };
        /** Why it stopped looking. */
        readonly failure?: string | undefined;
      }
    | undefined;
}

/** GET /api/connections */
export interface ConnectionsJson {
  readonly v: 1;
  readonly open: number;
  readonly opened: number;
  readonly connections: readonly ConnectionJson[];
}

/** What one direction has carried, and how long its side has been silent, in ms. */
export interface HeardJson extends CarriedJson {
  readonly last_frame_age?: number | undefined;
  readonly heartbeats?: number | undefined;
  readonly last_heartbeat_age?: number | undefined;
}

/** GET /api/connections/:id, apart from `v`. Counts and rates are left out once its channels are forgotten. */
export interface ConnectionDetailJson extends ConnectionJson, ChannelsJson {
  /** Which legs are encrypted. */
  readonly tls?: readonly ('client' | 'server')[] | undefined;
  readonly capabilities?: { readonly [name: string]: boolean } | undefined;
  readonly from_client: HeardJson;
  readonly from_server: HeardJson;
  /** It was open before the log began. */
  readonly midway?: boolean | undefined;
  readonly channels_opened?: number | undefined;
  readonly published?: number | undefined;
  readonly delivered?: number | undefined;
  readonly publish_rate?: number | undefined;
  readonly deliver_rate?: number | undefined;
}

/** GET /api/channels, apart from `v`. */
export interface ChannelsJson {
  readonly channels: readonly ChannelJson[];
  /** How many more there are. */
  readonly omitted?: number | undefined;
}

export interface ChannelJson {
  /** Id of the connection. */
  readonly connection: number;
  readonly channel: number;
  readonly connection_name?: string | undefined;
  readonly state: 'open' | 'closed';
  readonly opened_at: string;
  readonly closed_at?: string | undefined;
  readonly close_reason?: string | undefined;
  readonly close_code?: number | undefined;
  /** The method that is to blame. */
  readonly close_method?: string | undefined;
  readonly closed_by?: Closure['by'] | undefined;
  readonly mode: ChannelMode;
  /** For each consumer, and for the whole channel; 0: no limit. */
  readonly prefetch: number;
  readonly global_prefetch: number;
  readonly consumers: readonly ConsumerJson[];
  readonly unacked: number;
  readonly oldest_unacked_at?: string | undefined;
  readonly unconfirmed: number;
  readonly uncommitted: number;
  readonly flow_active: boolean;
  readonly published: number;
  readonly confirmed: number;
  readonly nacked_publishes: number;
  readonly returned: number;
  readonly delivered: number;
  readonly got: number;
  readonly got_empty: number;
  readonly acked: number;
  readonly nacked: number;
  readonly rejected: number;
  readonly requeued: number;
  readonly redelivered: number;
  readonly publish_rate: number;
  readonly deliver_rate: number;
  readonly midway?: boolean | undefined;
}

export interface ConsumerJson {
  readonly consumer_tag: string;
  readonly queue?: string | undefined;
  readonly no_ack: boolean;
  readonly exclusive: boolean;
  readonly arguments?: JsonObject | undefined;
  readonly prefetch: number;
  readonly delivered: number;
  readonly acked: number;
  readonly unacked: number;
  readonly cancelled?: boolean | undefined;
}

/** How an exchange or queue was declared; left out of both where that was not seen. */
export interface DeclaredJson {
  readonly durable?: boolean | undefined;
  readonly auto_delete?: boolean | undefined;
  readonly arguments?: JsonObject | undefined;
  readonly declared_by?: { readonly connection: number; readonly channel: number; readonly id: number } | undefined;
}

export interface ExchangeJson extends DeclaredJson {
  readonly vhost: string;
  /** '' for the default exchange. */
  readonly name: string;
  readonly type?: string | undefined;
  readonly internal?: boolean | undefined;
  readonly deleted?: boolean | undefined;
  readonly published: number;
  readonly returned: number;
  readonly publish_rate: number;
  /** Ids of connections. */
  readonly publishers: readonly number[];
}

export interface QueueJson extends DeclaredJson {
  readonly vhost: string;
  readonly name: string;
  readonly exclusive?: boolean | undefined;
  readonly deleted?: boolean | undefined;
  /** As the server last said. */
  readonly message_count?: number | undefined;
  readonly delivered: number;
  readonly got: number;
  readonly acked: number;
  readonly requeued: number;
  readonly unacked: number;
  readonly deliver_rate: number;
  readonly consumers: readonly QueueConsumerJson[];
}

export interface QueueConsumerJson {
  readonly connection: number;
  readonly channel: number;
  readonly consumer_tag: string;
}

export interface BindingJson {
  readonly vhost: string;
  readonly source: string;
  readonly destination: string;
  readonly destination_type: 'queue' | 'exchange';
  readonly routing_key: string;
  readonly arguments?: JsonObject | undefined;
  readonly id: number;
  /** In reports about the past. */
  readonly removed?: boolean | undefined;
}

/** GET /api/topology */
export interface TopologyJson {
  readonly v: 1;
  readonly exchanges: readonly ExchangeJson[];
  readonly queues: readonly QueueJson[];
  readonly bindings: readonly BindingJson[];
  /** How many more there was no room for. */
  readonly overflow?: number | undefined;
}

export interface LatencyJson {
  readonly kind: NamedLatency['kind'];
  /** What the name names. */
  readonly of: NamedLatency['of'];
  readonly name: string;
  readonly vhost?: string | undefined;
  readonly count: number;
  readonly min: number;
  readonly mean: number;
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
}

/** GET /api/latency */
export interface LatenciesJson {
  readonly v: 1;
  readonly latencies: readonly LatencyJson[];
  readonly omitted?: number | undefined;
}

export interface FindingJson {
  readonly finding: string;
  readonly severity: Severity;
  readonly title: string;
  /** What happened here. */
  readonly text: string;
  readonly advice: string;
  readonly explanation: string;
  /** Left out, as `channel`, where it concerns none. */
  readonly connection?: number | undefined;
  readonly channel?: number | undefined;
  readonly count: number;
  readonly first_at: string;
  readonly last_at: string;
  readonly evidence: readonly number[];
  /** Of the last time, if there were several. */
  readonly last_evidence?: readonly number[] | undefined;
}

/** GET /api/findings */
export interface FindingsJson {
  readonly v: 1;
  readonly findings: readonly FindingJson[];
  readonly counts: { readonly [severity in Severity]: number };
  readonly overflow?: number | undefined;
}

/** GET /api/messages/:id, apart from `v`. All of the publish is left out where that was not seen. */
export interface MessageJson {
  readonly seq: number;
  readonly id?: number | undefined;
  readonly time?: string | undefined;
  readonly connection?: number | undefined;
  readonly channel?: number | undefined;
  readonly exchange: string;
  readonly routing_key: string;
  readonly body_size: number;
  readonly message_id?: string | undefined;
  readonly correlation_id?: string | undefined;
  readonly returned?: OutcomeJson | undefined;
  readonly confirmed?: OutcomeJson | undefined;
  readonly nacked?: OutcomeJson | undefined;
  readonly deliveries: readonly DeliveryJson[];
  /** Another message looks the same: which of them a delivery belongs to is a guess by order. */
  readonly ambiguous?: boolean | undefined;
}

/** What the publisher was told, and how long after its publish. */
export interface OutcomeJson {
  readonly id: number;
  readonly time: string;
  readonly latency: number;
}

export interface DeliveryJson {
  readonly id: number;
  readonly time: string;
  readonly connection: number;
  readonly channel: number;
  readonly queue?: string | undefined;
  readonly consumer_tag?: string | undefined;
  readonly delivery_tag: number;
  readonly redelivered: boolean;
  /** Since the publish. */
  readonly latency?: number | undefined;
  readonly settlement: Settlement;
  readonly settled_id?: number | undefined;
  readonly settled_at?: string | undefined;
  /** Since the delivery. */
  readonly settle_latency?: number | undefined;
}

/** GET /api/messages */
export interface MessagesJson {
  readonly v: 1;
  readonly first_seq: number;
  readonly next_seq: number;
  readonly next_from: number;
  readonly missed?: number | undefined;
  readonly messages: readonly MessageJson[];
}

/** What a record has to do with others. */
export interface LinksJson {
  readonly answers?: number | undefined;
  readonly answered_by?: number | undefined;
  readonly latency?: number | undefined;
  readonly settles?: number | undefined;
  readonly queue?: string | undefined;
}

/** GET /api/frames */
export interface FramesJson {
  readonly v: 1;
  readonly first_id: number;
  readonly next_id: number;
  readonly next_from: number;
  readonly missed?: number | undefined;
  readonly events: readonly LogEvent[];
}

/** GET /api/frames/:id */
export interface FrameJson {
  readonly v: 1;
  readonly event: LogEvent;
  readonly fields: readonly FieldNode[];
  /** Base64; notes have none. */
  readonly raw?: string | undefined;
  readonly raw_truncated?: boolean | undefined;
  readonly links?: LinksJson | undefined;
  readonly findings?: readonly FindingJson[] | undefined;
  readonly body?: FrameBodyJson | undefined;
}

/** The body of the message that a frame is part of. */
export interface FrameBodyJson extends DecodedBodyJson {
  /** Id of the method that carries it. */
  readonly of: number;
  /** Bytes that were seen of it. */
  readonly size: number;
}
