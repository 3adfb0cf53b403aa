// A consumer as the management API shows it.

import type { Channel } from '../../channel/channel.ts';
import { fromFieldTable } from '../../definitions/arguments.ts';
import type { Consumer } from '../../queue/consumer.ts';
import type { Row } from '../listing.ts';
import type { Management } from '../management.ts';

export function consumerJson({ broker }: Management, consumer: Consumer): Row {
  const { queue } = consumer;
  // Consumers of the broker are on channels; the queue does not need to know.
  const { connection, number } = consumer.channel as Channel;
  const active = queue.isActive(consumer);
  return {
    arguments: fromFieldTable(consumer.arguments),
    ack_required: !consumer.noAck,
    active,
    activity_status: active ? (queue.settings.singleActiveConsumer ? 'single_active' : 'up') : 'waiting',
    channel_details: {
      connection_name: connection.name,
      name: `${connection.name} (${number})`,
      node: broker.name,
      number,
      peer_host: connection.peer.address,
      peer_port: connection.peer.port,
      user: connection.user.name,
    },
    consumer_tag: consumer.tag,
    exclusive: consumer.exclusive,
    prefetch_count: consumer.prefetch,
    queue: { name: queue.name, vhost: queue.vhost.name },
  };
}
