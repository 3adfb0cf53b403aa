// consumer_timeout: a channel whose consumer keeps a delivery unsettled for too long is closed, as RabbitMQ does it: so
// that a consumer that hangs does not hold messages for ever.
// Deliveries carry no time: a channel is looked at now and then, and what stood first at the last look and still does is
// as old as that look at least. So a channel is closed late by up to a period, never early.

import type { Broker } from './broker.ts';
import type { Channel } from './channel/channel.ts';
import type { Timer } from './clock.ts';

/** How often channels are looked at, at the least, in ms (RabbitMQ: channel_tick_interval). */
const LONGEST_PERIOD_MS = 60_000;

interface Look {
  /** The delivery tag that stood first, and since when it is known to, ms since the epoch. */
  readonly tag: number;
  readonly since: number;
}

export class ConsumerTimeout {
  readonly #broker: Broker;
  readonly #timeoutMs: number;
  #looks = new Map<Channel, Look>();
  #timer: Timer | undefined;

  /** `timeoutMs` above 0. */
  constructor(broker: Broker, timeoutMs: number) {
    this.#broker = broker;
    this.#timeoutMs = timeoutMs;
    this.#await();
  }

  stop(): void {
    this.#timer?.cancel();
  }

  #await(): void {
    const period = Math.min(LONGEST_PERIOD_MS, this.#timeoutMs / 4);
    this.#timer = this.#broker.clock.after(period, () => {
      this.#look(this.#broker.clock.now());
      this.#await();
    });
  }

  #look(now: number): void {
    const looks = new Map<Channel, Look>();
    for (const { channels } of this.#broker.connections) {
      for (const channel of channels.values()) {
        const tag = channel.deliveries.oldest;
        if (tag === undefined) continue;
        const before = this.#looks.get(channel);
        const look = before?.tag === tag ? before : { tag, since: now };
        if (now - look.since >= this.#timeoutMs) this.#close(channel);
        else looks.set(channel, look);
      }
    }
    this.#looks = looks;
  }

  #close(channel: Channel): void {
    const text =
      `delivery acknowledgement on channel ${channel.number} timed out. Timeout value used: ${this.#timeoutMs} ms. ` +
      'This timeout value can be configured, see consumers doc guide to learn more';
    this.#broker.log(`${channel.connection.name} channel ${channel.number}: ${text}`, 'error');
    channel.close(406, `PRECONDITION_FAILED - ${text}`, 0, 0);
  }
}
