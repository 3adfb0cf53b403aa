// What the broker says of itself in connection.start: RabbitMQ's capabilities and version under its own name.

import { arch, platform } from 'node:os';
import type { FieldTable, FieldValue } from '../../protocol/field-table.ts';
import { VERSION } from '../../version.ts';
import { RABBITMQ_VERSION } from '../rabbitmq-version.ts';

const text = (value: string): FieldValue => ({ type: 'S', value });
const yes: FieldValue = { type: 't', value: true };

const CAPABILITIES = [
  'publisher_confirms',
  'exchange_exchange_bindings',
  'basic.nack',
  'consumer_cancel_notify',
  'connection.blocked',
  'consumer_priorities',
  'authentication_failure_close',
  'per_consumer_qos',
  'direct_reply_to',
];

export function serverProperties(clusterName: string): FieldTable {
  return [
    ['capabilities', { type: 'F', value: CAPABILITIES.map((name) => [name, yes] as const) }],
    ['cluster_name', text(clusterName)],
    ['copyright', text('amqp-spy contributors')],
    ['information', text(`amqp-spy ${VERSION}, licensed under the MIT license`)],
    ['platform', text(`Node.js ${process.versions.node} on ${platform()} ${arch()}`)],
    ['product', text('amqp-spy')],
    // Clients ask by it what they may expect.
    ['version', text(RABBITMQ_VERSION)],
  ];
}
