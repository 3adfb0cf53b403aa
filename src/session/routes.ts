// Where a message goes, as far as the bindings that were seen tell. What was not seen is not guessed: the answer names
// queues that do get the message, and there may be more. Only `leadsNowhere` trusts that all bindings were seen.
// Counterpart: topology.ts, whose bindings these are. AMQP 0-9-1 §3.1.3, and RabbitMQ's exchange-to-exchange bindings.

import { fieldOf } from '../protocol/field-table.ts';
import { PREDECLARED_EXCHANGES } from '../protocol/predeclared-exchanges.ts';
import { matchesTopic } from '../protocol/topic.ts';
import type { Binding, Queue, Topology } from './topology.ts';

/** Those whose bindings say it all. */
const KNOWN_TYPES: ReadonlySet<string | undefined> = new Set(['direct', 'fanout', 'topic']);
/** Exchanges on one way: bindings may go in circles. */
const LONGEST_WAY = 8;

/** Queues that are known to get what is published there. */
export function queuesReached(topology: Topology, vhost: string, exchange: string, routingKey: string): Queue[] {
  const found = new Set<Queue>();
  if (exchange === '') addQueue(topology, vhost, routingKey, found);
  else follow(topology, vhost, exchange, routingKey, found, LONGEST_WAY);
  return [...found];
}

/** Whether it is certain that no queue gets what is published there, provided that the whole topology was seen. */
export function leadsNowhere(
  topology: Topology,
  vhost: string,
  exchange: string,
  routingKey: string,
  left = LONGEST_WAY,
): boolean {
  if (exchange === '') return topology.findQueue(vhost, routingKey)?.deleted ?? true;
  const type = exchangeType(topology, vhost, exchange);
  const declared = topology.findExchange(vhost, exchange)?.declared;
  const hasAlternate = declared !== undefined && fieldOf(declared.arguments, 'alternate-exchange') !== undefined;
  if (left === 0 || type === undefined || !KNOWN_TYPES.has(type) || hasAlternate) return false;
  for (const { destination, destinationType, ...binding } of topology.bindingsOf(vhost, exchange)) {
    if (!isTaken(type, binding, routingKey)) continue;
    const goesOn = destinationType === 'exchange';
    if (!goesOn || !leadsNowhere(topology, vhost, destination, routingKey, left - 1)) return false;
  }
  return true;
}

function follow(
  topology: Topology,
  vhost: string,
  exchange: string,
  routingKey: string,
  found: Set<Queue>,
  left: number,
): void {
  const type = exchangeType(topology, vhost, exchange);
  if (left === 0 || type === undefined) return;
  for (const binding of topology.bindingsOf(vhost, exchange)) {
    if (!isTaken(type, binding, routingKey)) continue;
    if (binding.destinationType === 'queue') addQueue(topology, vhost, binding.destination, found);
    else follow(topology, vhost, binding.destination, routingKey, found, left - 1);
  }
}

function addQueue(topology: Topology, vhost: string, name: string, found: Set<Queue>): void {
  const queue = topology.findQueue(vhost, name);
  if (queue && !queue.deleted) found.add(queue);
}

function exchangeType(topology: Topology, vhost: string, name: string): string | undefined {
  return PREDECLARED_EXCHANGES.get(name)?.type ?? topology.findExchange(vhost, name)?.declared?.type;
}

/** Other types than these three depend on more than the routing key. */
function isTaken(type: string, binding: Pick<Binding, 'routingKey'>, routingKey: string): boolean {
  if (type === 'fanout') return true;
  if (type === 'direct') return binding.routingKey === routingKey;
  return type === 'topic' && matchesTopic(binding.routingKey, routingKey);
}
