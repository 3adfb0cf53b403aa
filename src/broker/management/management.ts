// What the answers of the management API speak about: the broker, and what only the API knows.

import type { Broker } from '../broker.ts';
import { NodeFigures } from './node-figures.ts';
import { type Counters, Rates } from './rates.ts';

/** Something that listens, as the API shows it. */
export interface ListenerInfo {
  /** `amqp`, `amqp/ssl`, `http`. */
  readonly protocol: string;
  readonly host: string;
  readonly port: number;
}

export class Management {
  readonly broker: Broker;
  readonly rates: Rates;
  readonly figures = new NodeFigures();
  /** When the API began, ms since the epoch. */
  readonly startedAt: number;
  /** Its own listener. */
  readonly listener: ListenerInfo;
  /** Figures of the node as they were last read. */
  gauges: Counters = {};
  /** Logins by HTTP. */
  loginsSucceeded = 0;
  loginsFailed = 0;

  constructor(broker: Broker, listener: ListenerInfo) {
    this.broker = broker;
    this.rates = new Rates(broker.clock);
    this.startedAt = broker.clock.now();
    this.listener = listener;
  }

  close(): void {
    this.rates.reset();
  }
}
