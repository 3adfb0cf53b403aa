// What the answers of the management API speak about: the broker, and what only the API knows.

import { hostname } from 'node:os';
import type { Broker } from '../broker.ts';
import { NodeFigures } from './node-figures.ts';
import { Rates } from './rates.ts';

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
  /** What owns the rates of the broker as a whole. */
  readonly totals = {};

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
