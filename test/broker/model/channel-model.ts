// What the model keeps of a channel and of an exchange. Counterpart: broker-model.ts, which does everything with them.

import type { ModelConsumer, ModelQueue, Place } from './queue-model.ts';

export interface Binding {
  readonly queue: ModelQueue;
  readonly key: string;
}

export interface ModelExchange {
  readonly type: 'direct' | 'fanout';
  bindings: Binding[];
}

export class ModelChannel {
  readonly number: number;
  mode: 'plain' | 'confirm' | 'tx' = 'plain';
  prefetch = 0;
  nextTag = 1;
  published = 0;
  unsettled: [tag: number, place: Place][] = [];
  consumers = new Map<string, ModelConsumer>();
  publishes: (() => void)[] = [];
  settlements: { readonly how: 'ack' | 'requeue' | 'reject'; readonly entries: [number, Place][] }[] = [];

  constructor(number: number) {
    this.number = number;
  }
}
