// What `top` shows: one moment of a spy, in the JSON of the API. Counterparts: top-source.ts, where it comes from; the
// views, which show it. Invariant: all but what identifies a thing may be missing, as an older spy would leave it out, and
// words may be others than this version knows.

import type * as api from '../../api/json.ts';

type Told<Json, Identity extends keyof Json> = { readonly [Key in Identity]: Loose<Json[Key]> } & {
  readonly [Key in Exclude<keyof Json, Identity>]?: Loose<Json[Key]> | undefined;
};
type Loose<Value> = Value extends string ? string : Value;

export type ConnectionJson = Told<api.ConnectionJson, 'id'>;
export interface ChannelJson extends Told<Omit<api.ChannelJson, 'consumers'>, 'connection' | 'channel'> {
  readonly consumers?: readonly Told<api.ConsumerJson, 'consumer_tag'>[] | undefined;
}
export type ExchangeJson = Told<api.ExchangeJson, 'name'>;
export type QueueJson = Told<api.QueueJson, 'name'>;
export type BindingJson = Told<api.BindingJson, 'source' | 'destination'>;
export type LatencyJson = Told<api.LatencyJson, 'kind' | 'of' | 'name'>;
export type FindingJson = Told<api.FindingJson, 'finding' | 'severity' | 'title'>;

export interface TopSnapshot {
  /** ISO 8601. */
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
