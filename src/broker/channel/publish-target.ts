// Where a basic.publish goes. Publishers repeat themselves: as long as the arguments are the same bytes, and neither the
// topology nor permissions have changed, what was found out for the last message holds for the next.

import { ByteReader } from '../../protocol/byte-reader.ts';
import type { BrokerConnection } from '../connection/connection.ts';
import { undecodable } from '../connection/frame-error.ts';
import type { Exchange } from '../exchange/exchange.ts';
import type { Message } from '../message/message.ts';
import type { Queue } from '../queue/queue.ts';
import { ReplyError } from '../reply-error.ts';
import { resourceText } from '../term-text.ts';

const MANDATORY = 1;
const IMMEDIATE = 2;
/** The arguments of basic.publish are at most: ticket, two short strings, bits. */
const LONGEST_ARGUMENTS = 2 + 256 + 256 + 1;

export class PublishTarget {
  exchange!: Exchange;
  routingKey = '';
  mandatory = false;
  readonly #connection: BrokerConnection;
  readonly #arguments = new Uint8Array(LONGEST_ARGUMENTS);
  #size = -1;
  #topology = -1;
  #access = -1;
  /** The queues of the last message without headers that ask for more. */
  #queues: readonly Queue[] | undefined;

  constructor(connection: BrokerConnection) {
    this.#connection = connection;
  }

  /** Reads the arguments `bytes[start, end)`. Throws ReplyError for what may not be published to. */
  set(bytes: Uint8Array, start: number, end: number): void {
    const { vhost, permits } = this.#connection;
    if (this.#topology === vhost.version && this.#access === permits.version && this.#isSame(bytes, start, end)) return;
    this.#size = -1;
    this.#queues = undefined;
    const reader = new ByteReader(bytes, start, end);
    reader.take(2);
    const exchangeName = reader.shortstr();
    const routingKey = reader.shortstr();
    const bits = reader.u8();
    if (reader.at !== end) throw undecodable(bytes, start, end);
    if ((bits & IMMEDIATE) !== 0) throw new ReplyError(540, 'immediate=true');
    permits.check('write', 'exchange', exchangeName);
    const exchange = vhost.exchange(exchangeName);
    if (exchange.internal) {
      throw new ReplyError(403, `cannot publish to internal ${resourceText('exchange', exchangeName, vhost.name)}`);
    }
    if (exchange.type.name === 'topic') permits.checkTopic('write', exchangeName, routingKey);
    this.exchange = exchange;
    this.routingKey = routingKey;
    this.mandatory = (bits & MANDATORY) !== 0;
    this.#topology = vhost.version;
    this.#access = permits.version;
    this.#size = end - start;
    for (let i = 0; i < this.#size; i++) this.#arguments[i] = bytes[start + i]!;
  }

  /** The queues of a message that nothing but exchange and routing key directs. */
  queuesOf(message: Message): readonly Queue[] {
    const { vhost } = this.#connection;
    if (this.#queues !== undefined && this.#topology === vhost.version) return this.#queues;
    const queues = vhost.router.route(this.exchange, message);
    if (this.#topology === vhost.version && vhost.router.routesByKey(this.exchange)) this.#queues = queues;
    return queues;
  }

  #isSame(bytes: Uint8Array, start: number, end: number): boolean {
    const size = end - start;
    if (size !== this.#size) return false;
    const known = this.#arguments;
    for (let i = 0; i < size; i++) if (known[i] !== bytes[start + i]) return false;
    return true;
  }
}
