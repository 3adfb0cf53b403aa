// A binding as the management API shows it, and the key by which it is asked for there: the routing key, quoted, and a
// hash of the arguments where there are some.

import { createHash } from 'node:crypto';
import { ByteWriter } from '../../../protocol/byte-writer.ts';
import { encodeTable, type FieldTable } from '../../../protocol/field-table.ts';
import { fromFieldTable } from '../../definitions/arguments.ts';
import type { Destination } from '../../exchange/binding.ts';
import type { Queue } from '../../queue/queue.ts';
import type { VirtualHost } from '../../virtual-host.ts';
import type { Row } from '../listing.ts';

/** A binding, the default exchange's included. */
export interface BindingView {
  readonly vhost: string;
  readonly source: string;
  readonly destination: Pick<Destination, 'kind' | 'name'>;
  readonly routingKey: string;
  readonly arguments: FieldTable;
}

export function bindingJson({ vhost, source, destination, routingKey, arguments: table }: BindingView): Row {
  return {
    source,
    vhost,
    destination: destination.name,
    destination_type: destination.kind,
    routing_key: routingKey,
    arguments: fromFieldTable(table),
    properties_key: propertiesKey(routingKey, table),
  };
}

/** All bindings of a virtual host. */
export function* bindingsOf(vhost: VirtualHost): Generator<BindingView> {
  for (const queue of vhost.queues.values()) yield defaultBinding(vhost.name, queue);
  for (const exchange of vhost.exchanges.values()) {
    for (const binding of exchange.bindings.values()) yield { vhost: vhost.name, ...binding };
  }
}

/** Every queue is bound to the default exchange by its name. */
function defaultBinding(vhost: string, { name }: Pick<Queue, 'name'>): BindingView {
  return { vhost, source: '', destination: { kind: 'queue', name }, routingKey: name, arguments: [] };
}

const NO_KEY = '~';

export function propertiesKey(routingKey: string, table: FieldTable): string {
  const key = routingKey === '' ? NO_KEY : quote(routingKey);
  if (table.length === 0) return key;
  return `${routingKey === '' ? '' : key}${NO_KEY}${argumentsHash(table)}`;
}

/** Unreserved characters as they are, a space as `+`, all else as bytes in hex. */
function quote(text: string): string {
  return encodeURIComponent(text)
    .replaceAll('%20', '+')
    .replace(/[!'()*~]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}

const HASH_SIZE = 4;

function argumentsHash(table: FieldTable): string {
  const writer = new ByteWriter();
  encodeTable(writer, table);
  return createHash('sha256').update(writer.finish()).digest().subarray(0, HASH_SIZE).toString('base64url');
}
