// What a connection goes through without its client's doing: heartbeats, a memory alarm, and an administrator who ends it.
// Counterpart: oracle.test.ts. No scenario, for it needs the broker to itself.

import { once } from 'node:events';
import { connect } from 'amqplib';
import type { RabbitMq } from '../../rig/rabbitmq.ts';
import type { LogEvents } from '../log-events.ts';

/** Resolves once the log holds heartbeats of both sides, connection.blocked, unblocked and close from the server. */
export async function beatsAndBlocks(uri: string, broker: RabbitMq, log: LogEvents): Promise<void> {
  const connection = await connect(`${uri}?heartbeat=1`);
  connection.on('error', () => {});
  const beats = log.until((events) => {
    const senders = events.map((event) => (event.type === 'heartbeat' ? event.direction : undefined));
    return senders.includes('client-to-server') && senders.includes('server-to-client', 0);
  });
  const channel = await connection.createChannel();
  await broker.ctl('set_vm_memory_high_watermark', '0.0000001');
  const blocked = once(connection, 'blocked');
  channel.publish('', 'nowhere', Buffer.from('held back'));
  await blocked;
  const unblocked = once(connection, 'unblocked');
  await broker.ctl('set_vm_memory_high_watermark', '0.8');
  await unblocked;
  await beats;
  const closed = once(connection, 'close');
  await broker.ctl('close_all_connections', 'enough');
  await closed;
}
