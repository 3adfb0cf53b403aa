// Takes definitions out of a broker, all or those of one virtual host. Counterpart: apply.ts.
// Invariant: what RabbitMQ makes by itself (amq.*, the default exchange) is left out.

import { isReserved } from './apply.ts';
import type {
  BindingRecord,
  Definitions,
  ExchangeRecord,
  GlobalParameterRecord,
  ParameterRecord,
  PermissionRecord,
  PolicyRecord,
  QueueRecord,
  TopicPermissionRecord,
  UserRecord,
  VhostRecord,
} from './records.ts';

/** Where definitions come from: a broker. */
export interface DefinitionsSource {
  vhosts(): Iterable<VhostRecord>;
  /** With password hashes. */
  users(): Iterable<UserRecord>;
  permissions(): Iterable<PermissionRecord>;
  topicPermissions(): Iterable<TopicPermissionRecord>;
  parameters(): Iterable<ParameterRecord>;
  globalParameters(): Iterable<GlobalParameterRecord>;
  policies(): Iterable<PolicyRecord>;
  /** Without exclusive ones. */
  queues(): Iterable<QueueRecord>;
  exchanges(): Iterable<ExchangeRecord>;
  /** Without those of the default exchange. */
  bindings(): Iterable<BindingRecord>;
}

export function collectDefinitions(source: DefinitionsSource, vhost?: string): Definitions {
  const ofVhost = <Item extends { readonly vhost: string }>(items: Iterable<Item>): Item[] =>
    [...items].filter((item) => vhost === undefined || item.vhost === vhost);
  const notReserved = <Item extends { readonly name: string }>(items: Item[]): Item[] =>
    items.filter(({ name }) => !isReserved(name));
  return {
    vhosts: [...source.vhosts()].filter(({ name }) => vhost === undefined || name === vhost),
    users: [...source.users()],
    permissions: ofVhost(source.permissions()),
    topicPermissions: ofVhost(source.topicPermissions()),
    parameters: ofVhost(source.parameters()),
    globalParameters: [...source.globalParameters()],
    policies: ofVhost(source.policies()),
    queues: ofVhost(source.queues()),
    exchanges: notReserved(ofVhost(source.exchanges())),
    bindings: ofVhost(source.bindings()),
  };
}
