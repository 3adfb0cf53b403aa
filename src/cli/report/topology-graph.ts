// Topology as a graph: who publishes to which exchange, where that leads, and who consumes. Made from what the session
// knows; dot.ts and mermaid.ts write it.
// Invariant: texts are visible text, not escaped for any language; an edge's ends are nodes of the same group.

import { type JsonObject, jsonTable } from '../../log/json-value.ts';
import { type FieldTable, fieldOf } from '../../protocol/field-table.ts';
import type { Connection } from '../../session/connection-table.ts';
import type { Consumer } from '../../session/consumer.ts';
import type { Session } from '../../session/session.ts';
import type { Binding, Exchange, Queue } from '../../session/topology.ts';
import { jsonText } from '../details.ts';
import { connectionLabel } from '../layout.ts';
import { shortenTo } from '../line.ts';
import { visibleText } from '../visible-text.ts';
import type { DirectUse } from './direct-use.ts';

/** Binding keys that an edge names; the rest is counted. */
const MOST_KEYS = 5;
const LONGEST_KEY = 60;
const LONGEST_NAME = 120;

export type NodeKind = 'producer' | 'exchange' | 'queue' | 'consumer';

export interface GraphNode {
  /** Of letters and digits alone, its own in the whole graph. */
  readonly id: string;
  readonly kind: NodeKind;
  readonly lines: readonly string[];
  /** It was deleted. */
  readonly gone: boolean;
}

export interface GraphEdge {
  readonly from: string;
  readonly to: string;
  readonly label: string;
  /** It is not there by a binding of its own: dead letters, alternates, the default exchange. */
  readonly implied: boolean;
  /** It is there no more. */
  readonly gone: boolean;
}

/** What one virtual host has. */
export interface GraphGroup {
  readonly vhost: string;
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
}

/** One group a virtual host, in the order in which they were met. */
export function topologyGraph(session: Session, direct: DirectUse): GraphGroup[] {
  const { exchanges, queues } = session.topology;
  const vhosts = new Set([...exchanges.values(), ...queues.values()].map(({ vhost }) => vhost));
  return [...vhosts].map((vhost, index) => new GroupMaker(session, vhost, `v${index}`).make(direct));
}

class GroupMaker {
  readonly #session: Session;
  readonly #vhost: string;
  readonly #prefix: string;
  readonly #nodes = new Map<string, GraphNode>();
  /** Labels by the two ends and what kind of edge it is. */
  readonly #edges = new Map<string, Omit<GraphEdge, 'label'> & { readonly labels: Set<string> }>();

  constructor(session: Session, vhost: string, prefix: string) {
    this.#session = session;
    this.#vhost = vhost;
    this.#prefix = prefix;
  }

  make(direct: DirectUse): GraphGroup {
    const { exchanges, queues, bindings, past } = this.#session.topology;
    for (const exchange of exchanges.values()) if (exchange.vhost === this.#vhost) this.#addExchange(exchange);
    for (const queue of queues.values()) if (queue.vhost === this.#vhost) this.#addQueue(queue);
    for (const binding of bindings.values()) this.#addBinding(binding, false);
    for (const binding of past.values()) this.#addBinding(binding, true);
    for (const routingKey of direct.keysOf(this.#vhost)) {
      if (!this.#session.topology.findQueue(this.#vhost, routingKey)) continue;
      this.#edge(this.#exchange(''), this.#queue(routingKey), '', true);
    }
    this.#addConsumers();
    return { vhost: visibleText(this.#vhost), nodes: [...this.#nodes.values()], edges: this.#allEdges() };
  }

  #addBinding(binding: Binding, gone: boolean): void {
    if (binding.vhost !== this.#vhost) return;
    const { source, destination, destinationType, routingKey } = binding;
    const label = [routingKey === '' ? '' : jsonText(routingKey), tableText(binding.arguments)];
    const to = destinationType === 'queue' ? this.#queue(destination) : this.#exchange(destination);
    this.#edge(this.#exchange(source), to, label.filter(Boolean).join(' '), false, gone);
  }

  #addExchange({ name, declared: now, before, deleted, users }: Exchange): void {
    const declared = now ?? before;
    const id = this.#exchange(
      name,
      declared ? [`${declared.type}${declared.durable ? ', durable' : ''}`] : [],
      deleted,
    );
    for (const connection of users) this.#edge(this.#peer('producer', connection), id, '', false);
    if (!declared) return;
    const alternate = textOf(declared.arguments, 'alternate-exchange');
    if (alternate !== undefined) this.#edge(id, this.#exchange(alternate), 'unroutable', true);
  }

  #addQueue({ name, declared: now, before, deleted }: Queue): void {
    const declared = now ?? before;
    const table = declared?.arguments ?? [];
    const type = textOf(table, 'x-queue-type') ?? 'classic';
    const traits = declared && [
      type,
      declared.durable ? 'durable' : 'transient',
      declared.exclusive ? 'exclusive' : '',
      declared.autoDelete ? 'auto-delete' : '',
    ];
    const id = this.#queue(name, traits ? [traits.filter(Boolean).join(', ')] : [], deleted);
    const target = textOf(table, 'x-dead-letter-exchange');
    if (target === undefined) return;
    const key = textOf(table, 'x-dead-letter-routing-key');
    const queue = target === '' && key !== undefined ? this.#session.topology.findQueue(this.#vhost, key) : undefined;
    const label = key === undefined || queue ? 'dead letters' : `dead letters as ${jsonText(key)}`;
    this.#edge(id, queue ? this.#queue(queue.name) : this.#exchange(target), label, true);
  }

  #addConsumers(): void {
    for (const channel of this.#session.channels()) {
      if (channel.connection.vhost !== this.#vhost) continue;
      for (const consumer of channel.consumers.values()) {
        const { queue } = consumer;
        if (queue)
          this.#edge(this.#queue(queue.name), this.#peer('consumer', channel.connection.id), howText(consumer), false);
      }
    }
  }

  #exchange(name: string, traits: readonly string[] = [], gone = false): string {
    const title = name === '' ? 'default exchange' : name;
    return this.#node('exchange', name, [title, ...traits], gone);
  }

  #queue(name: string, traits: readonly string[] = [], gone = false): string {
    return this.#node('queue', name, [name, ...traits], gone);
  }

  /** A program that publishes or consumes: connections of one name are one. */
  #peer(kind: 'producer' | 'consumer', connection: number): string {
    const known: Connection | undefined = this.#session.connections.get(connection);
    const label = known?.name ?? `#${connection}${known ? ` ${connectionLabel(known)}` : ''}`;
    return this.#node(kind, label, [label], false);
  }

  #node(kind: NodeKind, name: string, lines: readonly string[], gone: boolean): string {
    const key = `${kind}\0${name}`;
    const found = this.#nodes.get(key);
    if (found) return found.id;
    const id = `${this.#prefix}${kind}${this.#nodes.size}`;
    const shown = lines.map((line) => shortenTo(visibleText(line), LONGEST_NAME));
    this.#nodes.set(key, { id, kind, lines: gone ? [...shown, 'deleted'] : shown, gone });
    return id;
  }

  #edge(from: string, to: string, label: string, implied: boolean, gone = false): void {
    const key = `${from} ${to} ${implied} ${gone}`;
    const edge = this.#edges.get(key) ?? { from, to, implied, gone, labels: new Set() };
    if (label !== '') edge.labels.add(shortenTo(visibleText(label), LONGEST_KEY));
    this.#edges.set(key, edge);
  }

  #allEdges(): GraphEdge[] {
    return [...this.#edges.values()].map(({ labels, ...edge }) => {
      const shown = [...labels].slice(0, MOST_KEYS);
      if (labels.size > MOST_KEYS) shown.push(`… and ${labels.size - MOST_KEYS} more`);
      return { ...edge, label: shown.join(', ') };
    });
  }
}

function howText({ noAck, prefetch }: Consumer): string {
  if (noAck) return 'no-ack';
  return prefetch > 0 ? `prefetch ${prefetch}` : '';
}

function tableText(table: FieldTable): string {
  if (table.length === 0) return '';
  const json: JsonObject = jsonTable(table);
  return jsonText(json);
}

function textOf(table: FieldTable, name: string): string | undefined {
  const field = fieldOf(table, name);
  return field?.type === 'S' ? field.value : undefined;
}
