// What definitions hold, as typed records: everything of a broker but messages, connections and what is exclusive to one.
// parse.ts makes them from JSON, format.ts makes JSON from them, apply.ts puts them into a broker.

import type { FieldTable } from '../../protocol/field-table.ts';
import type { PermissionRecord, TopicPermissionRecord } from '../access/permission.ts';
import type { UserSetting } from '../access/user.ts';
import type { GlobalParameter, Parameter } from '../policy/parameters.ts';
import type { PolicyDefinition } from '../policy/policy.ts';
import type { QueueType } from '../queue/queue.ts';

export type { PermissionRecord, TopicPermissionRecord } from '../access/permission.ts';
export type { UserSetting as UserRecord } from '../access/user.ts';
export type { GlobalParameter as GlobalParameterRecord, Parameter as ParameterRecord } from '../policy/parameters.ts';

export interface VhostRecord {
  readonly name: string;
  readonly description: string;
  readonly tags: readonly string[];
  readonly defaultQueueType?: string;
  readonly tracing?: boolean;
  /** Only for export; to set them is the parameter `vhost-limits`. */
  readonly limits?: Readonly<Record<string, number>>;
}

/** Checked by Policies when it is set. */
export interface PolicyRecord {
  readonly vhost: string;
  readonly name: string;
  readonly pattern: string;
  readonly applyTo: string;
  readonly priority: number;
  readonly definition: PolicyDefinition;
}

export interface ExchangeRecord {
  readonly vhost: string;
  readonly name: string;
  readonly type: string;
  readonly durable: boolean;
  readonly autoDelete: boolean;
  readonly internal: boolean;
  readonly arguments: FieldTable;
}

export interface QueueRecord {
  readonly vhost: string;
  readonly name: string;
  /** For export: what a queue is made as stands in its arguments. */
  readonly type?: QueueType;
  readonly durable: boolean;
  readonly autoDelete: boolean;
  readonly arguments: FieldTable;
}

export interface BindingRecord {
  readonly vhost: string;
  readonly source: string;
  readonly destination: string;
  readonly destinationType: 'queue' | 'exchange';
  readonly routingKey: string;
  readonly arguments: FieldTable;
}

export interface Definitions {
  readonly users: readonly UserSetting[];
  readonly vhosts: readonly VhostRecord[];
  readonly permissions: readonly PermissionRecord[];
  readonly topicPermissions: readonly TopicPermissionRecord[];
  readonly parameters: readonly Parameter[];
  readonly globalParameters: readonly GlobalParameter[];
  readonly policies: readonly PolicyRecord[];
  readonly queues: readonly QueueRecord[];
  readonly exchanges: readonly ExchangeRecord[];
  readonly bindings: readonly BindingRecord[];
}
