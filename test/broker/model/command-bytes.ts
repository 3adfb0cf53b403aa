// What the commands of the model tests send. Counterpart: broker-model.ts, which knows what they mean at that moment.

import type { ArgumentsOf, MethodName } from '../../../src/protocol/method-table.ts';
import { encodeCall } from '../../rig/amqp-socket.ts';
import { encodePublication } from '../../rig/memory-client.ts';
import { CONSUMED, type Command, type QueueKind, queueArguments } from './command.ts';

/** What the bytes of a command depend on. */
export interface Situation {
  /** The name on the broker. */
  nameOf(name: string): string;
  /** How the queue was declared; undefined: it is not. */
  kindOf(queue: string): QueueKind | undefined;
  isServedLater(queue: string): boolean;
  hasExchange(name: string): boolean;
  knowsTag(channel: number, tag: string): boolean;
  /** The delivery tag that `which` means. */
  tagOf(channel: number, which: number, multiple: boolean): number;
  /** The next message's id. */
  newId(): string;
}

/** Undefined: the command makes no sense now. */
export function commandBytes(command: Command, situation: Situation): Uint8Array | undefined {
  const { channel } = command;
  const call = <M extends MethodName>(method: M, values: Partial<ArgumentsOf<M>> = {}) =>
    encodeCall(channel, method, values);
  const queue = 'queue' in command ? situation.nameOf(command.queue) : '';
  const exchange = 'exchange' in command ? command.exchange && situation.nameOf(command.exchange) : '';
  switch (command.do) {
    case 'open':
      return call('channel.open');
    case 'close':
      return call('channel.close', { reply_code: 200, reply_text: 'bye' });
    case 'declare':
      return declaration(command, situation.kindOf(command.queue) ?? command.kind, false, situation);
    case 'declare-otherwise': {
      const kind = situation.kindOf(command.queue);
      return kind && declaration(command, kind, true, situation);
    }
    case 'passive':
      return call('queue.declare', { queue, passive: true });
    case 'purge':
      return call('queue.purge', { queue });
    case 'delete':
      return call('queue.delete', { queue, if_unused: command.ifUnused, if_empty: command.ifEmpty });
    case 'exchange':
      return call('exchange.declare', { exchange, type: command.type });
    case 'delete-exchange':
      return call('exchange.delete', { exchange, if_unused: command.ifUnused });
    case 'bind':
      return call('queue.bind', { queue, exchange, routing_key: command.key });
    case 'unbind':
      return call('queue.unbind', { queue, exchange, routing_key: command.key });
    case 'publish':
      return publications(command, situation);
    case 'qos':
      return call('basic.qos', { prefetch_count: command.count });
    case 'consume':
      // RabbitMQ takes what a consumer of that tag settles late for settled by its namesake, who then gets too much.
      return situation.knowsTag(channel, command.tag) ? undefined : consumption(command, situation);
    case 'cancel':
      // RabbitMQ gives the successor of a single active consumer nothing until something else happens to the queue.
      if (situation.isServedLater(CONSUMED[channel]!)) return undefined;
      return call('basic.cancel', { consumer_tag: command.tag });
    case 'get':
      return call('basic.get', { queue, no_ack: command.noAck });
    case 'ack':
    case 'nack': {
      const { multiple, requeue } = command;
      const values = { delivery_tag: BigInt(situation.tagOf(channel, command.which, multiple)), multiple };
      return command.do === 'ack' ? call('basic.ack', values) : call('basic.nack', { ...values, requeue });
    }
    case 'reject': {
      const delivery_tag = BigInt(situation.tagOf(channel, command.which, false));
      return call('basic.reject', { delivery_tag, requeue: command.requeue });
    }
    case 'recover':
      return call('basic.recover', { requeue: true });
    case 'confirm':
      return call('confirm.select');
    case 'tx':
      return call('tx.select');
    case 'commit':
      return call('tx.commit');
    case 'rollback':
      return call('tx.rollback');
  }
}

function declaration(
  { channel, queue }: Command & { queue: string },
  kind: QueueKind,
  otherwise: boolean,
  situation: Situation,
): Uint8Array {
  return encodeCall(channel, 'queue.declare', {
    queue: situation.nameOf(queue),
    exclusive: kind.exclusive === true,
    auto_delete: (kind.autoDelete === true) !== otherwise,
    arguments: queueArguments(kind, (name) => situation.nameOf(name)),
  });
}

function consumption(command: Command & { do: 'consume' }, situation: Situation): Uint8Array {
  return encodeCall(command.channel, 'basic.consume', {
    queue: situation.nameOf(CONSUMED[command.channel]!),
    consumer_tag: command.tag,
    no_ack: command.noAck,
    exclusive: command.exclusive,
    arguments: command.priority === 0 ? [] : [['x-priority', { type: 'I', value: command.priority }]],
  });
}

function publications(command: Command & { do: 'publish' }, situation: Situation): Uint8Array | undefined {
  const { channel, exchange, queue, key, count, priority, mandatory } = command;
  // What follows a refused publication would be one on a closed channel.
  if (exchange !== '' && !situation.hasExchange(exchange) && count > 1) return undefined;
  const values =
    exchange === ''
      ? { routing_key: situation.nameOf(queue), mandatory }
      : { exchange: situation.nameOf(exchange), routing_key: key, mandatory };
  return Buffer.concat(
    Array.from({ length: count }, () => encodePublication(channel, values, situation.newId(), { priority })),
  );
}
