// What a client declares or asks for that RabbitMQ 4 ignores, refuses or is about to refuse. A table.
// Global prefetch has its own: global-qos.ts. Sources: release notes of RabbitMQ 4.0 and 4.3, and its deprecated features.

import { type FieldTable, fieldOf } from '../../protocol/field-table.ts';
import { defineFinding } from '../finding.ts';
import type { MethodEvent } from '../listener.ts';
import { clientKey, clientName, quoted, valueText } from './wording.ts';

interface Feature {
  /** Its name among RabbitMQ's deprecated features, or the argument. */
  readonly id: string;
  /** Whether this request uses it. */
  readonly uses: (values: Values) => boolean;
  /** Goes on after `'invoices' declares queue 'q' `. */
  readonly what: (values: Values) => string;
  readonly fate: string;
  readonly advice: string;
}

interface Values {
  readonly queue: string;
  readonly durable: boolean;
  readonly exclusive: boolean;
  readonly arguments: FieldTable;
}

function argument(name: string, fate: string, advice: string, value?: string): Feature {
  return {
    id: name,
    uses: ({ arguments: table }) => {
      const field = fieldOf(table, name);
      return field !== undefined && (value === undefined || String(field.value) === value);
    },
    what: ({ arguments: table }) => `with ${name}=${valueText(fieldOf(table, name))}`,
    fate,
    advice,
  };
}

const NO_MIRRORS = 'RabbitMQ 4.0 has no mirrored classic queues any more and ignores it';
const QUORUM = 'For a replicated queue declare a quorum queue: x-queue-type=quorum.';
const LAZY = 'classic queues keep messages on disk anyway since RabbitMQ 3.12, and 4.3 refuses the declaration';

const OF_QUEUES: readonly Feature[] = [
  {
    id: 'transient_nonexcl_queues',
    uses: ({ durable, exclusive }) => !durable && !exclusive,
    what: () => 'neither durable nor exclusive',
    fate: 'RabbitMQ 4.3 refuses such queues, unless its deprecated feature transient_nonexcl_queues is permitted',
    advice: 'Declare it durable (with x-expires, if it should go away by itself), or exclusive.',
  },
  argument('x-queue-mode', LAZY, 'Leave x-queue-mode out.'),
  argument('x-queue-version', 'RabbitMQ 4.3 has no version 1 and refuses it', 'Leave x-queue-version out.', '1'),
  argument(
    'x-queue-master-locator',
    'its deprecated feature queue_master_locator goes away in RabbitMQ 4.x',
    'Use x-queue-leader-locator (client-local or balanced).',
  ),
  argument('x-ha-policy', NO_MIRRORS, QUORUM),
  argument('x-ha-policy-params', NO_MIRRORS, QUORUM),
];

const OF_CONSUMERS: readonly Feature[] = [
  argument('x-cancel-on-ha-failover', NO_MIRRORS, 'Leave x-cancel-on-ha-failover out.'),
];

export const deprecatedInRabbitMq4 = defineFinding({
  id: 'deprecated-in-rabbitmq-4',
  severity: 'warning',
  title: 'RabbitMQ 4 takes this away',
  explanation:
    'RabbitMQ 4 has removed what it had called deprecated for years, and goes on doing so. What an older broker takes ' +
    'without a word has no effect any more after an upgrade, or fails with an error when the program starts.',
  advice: 'Change the declaration before the broker is upgraded; a queue must be deleted to be declared otherwise.',
  watch: ({ report }) => {
    const look = (event: MethodEvent, features: readonly Feature[], does: string) => {
      const { connection, channel, request, record, time } = event;
      const values = request?.decoded.arguments as unknown as Values | undefined;
      if (!request || !values) return;
      for (const { id, uses, what, fate, advice } of features) {
        if (!uses(values)) continue;
        report({
          connection,
          channel,
          subject: `${id} ${clientKey(connection)}`,
          text: () => `${clientName(connection)} ${does} ${quoted(nameOf(event, values))} ${what(values)}: ${fate}.`,
          advice,
          evidence: [request.record, record],
          time,
        });
      }
    };
    return {
      method(event) {
        const { name } = event.decoded.method;
        if (name === 'queue.declare-ok') {
          const isPassive = event.request?.decoded.arguments['passive'] === true;
          if (!isPassive) look(event, OF_QUEUES, 'declares queue');
        } else if (name === 'basic.consume-ok') look(event, OF_CONSUMERS, 'consumes from');
      },
    };
  },
});

/** A queue may have got its name from the server. */
function nameOf({ decoded, channel }: MethodEvent, { queue }: Values): string {
  const answered = decoded.arguments['queue'];
  return queue || (typeof answered === 'string' ? answered : (channel?.lastQueue ?? ''));
}
