// A binding: from an exchange to a queue or another exchange, under a routing key and arguments.

import { ByteWriter } from '../../protocol/byte-writer.ts';
import { encodeTable, type FieldTable } from '../../protocol/field-table.ts';

/** What a binding leads to. Queues and exchanges are destinations. */
export interface Destination {
  readonly kind: 'queue' | 'exchange';
  readonly name: string;
}

export interface Binding {
  /** Name of the source exchange. */
  readonly source: string;
  readonly destination: Destination;
  readonly routingKey: string;
  readonly arguments: FieldTable;
}

/** Two bindings of one exchange are the same if these are: RabbitMQ compares destination, routing key and arguments. */
export function bindingKey({ destination, routingKey, arguments: table }: Omit<Binding, 'source'>): string {
  return `${destination.kind}\0${destination.name}\0${routingKey}\0${tableKey(table)}`;
}

/** The arguments as text that is equal for tables with equal entries, in whatever order they came. */
function tableKey(table: FieldTable): string {
  if (table.length === 0) return '';
  const writer = new ByteWriter();
  encodeTable(
    writer,
    [...table].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)),
  );
  return Buffer.from(writer.finish()).toString('latin1');
}
