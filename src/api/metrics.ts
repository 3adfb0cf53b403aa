// GET /metrics: counts of the traffic and of the spy itself in Prometheus' text format.
// Read off the log when asked, so they cost the traffic nothing; prom-client is loaded with the first request.

import type { Registry } from 'prom-client';
import type { FrameLog } from '../log/frame-log.ts';
import { CLIENT_TO_SERVER, directionName, SERVER_TO_CLIENT } from '../protocol/frame.ts';
import type { ConnectionTable } from '../session/connection-table.ts';
import type { Session } from '../session/session.ts';
import type { Reply } from './route.ts';
import { SessionMetrics } from './session-metrics.ts';
import type { Stream } from './stream.ts';

type PromClient = typeof import('prom-client');

export interface MetricsSources {
  readonly log: FrameLog;
  readonly connections: ConnectionTable;
  readonly session: Session | undefined;
  readonly stream: Stream;
}

export class Metrics {
  readonly #sources: MetricsSources;
  readonly #session: SessionMetrics | undefined;
  #registry: Promise<Registry> | undefined;

  constructor(sources: MetricsSources) {
    this.#sources = sources;
    this.#session = sources.session && new SessionMetrics(sources.session);
  }

  async reply(): Promise<Reply> {
    this.#registry ??= makeRegistry(this.#sources);
    const registry = await this.#registry;
    const body = `${await registry.metrics()}${this.#session?.text() ?? ''}`;
    return { contentType: registry.contentType, body };
  }
}

async function makeRegistry(sources: MetricsSources): Promise<Registry> {
  const prom = await import('prom-client');
  const registry = new prom.Registry();
  addTraffic(prom, registry, sources.log);
  addState(prom, registry, sources);
  prom.collectDefaultMetrics({ register: registry });
  return registry;
}

function addTraffic({ Counter }: PromClient, registry: Registry, log: FrameLog): void {
  const registers = [registry];
  const labelNames = ['direction', 'method'] as const;
  new Counter({
    name: 'amqp_spy_frames_total',
    help: 'Frames that passed, by method (header, body and heartbeat for frames that are none).',
    labelNames,
    registers,
    collect() {
      this.reset();
      for (const { direction, name, frames } of log.traffic.counts()) this.inc({ direction, method: name }, frames);
    },
  });
  new Counter({
    name: 'amqp_spy_bytes_total',
    help: 'Bytes of these frames, whole frames.',
    labelNames,
    registers,
    collect() {
      this.reset();
      for (const { direction, name, bytes } of log.traffic.counts()) this.inc({ direction, method: name }, bytes);
    },
  });
  new Counter({
    name: 'amqp_spy_opaque_bytes_total',
    help: 'Bytes that passed and were no AMQP 0-9-1.',
    labelNames: ['direction'] as const,
    registers,
    collect() {
      this.reset();
      for (const direction of [CLIENT_TO_SERVER, SERVER_TO_CLIENT] as const) {
        this.inc({ direction: directionName(direction) }, log.traffic.opaqueBytes[direction]!);
      }
    },
  });
}

function addState({ Counter, Gauge }: PromClient, registry: Registry, sources: MetricsSources): void {
  const { log, connections, stream } = sources;
  const registers = [registry];
  const counter = (name: string, help: string, value: () => number): void => {
    new Counter({
      name,
      help,
      registers,
      collect() {
        this.reset();
        this.inc(value());
      },
    });
  };
  const gauge = (name: string, help: string, value: () => number): void => {
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(value());
      },
    });
  };
  gauge('amqp_spy_connections_open', 'Connections open now.', () => connections.open);
  counter('amqp_spy_connections_opened_total', 'Connections ever opened.', () => connections.opened);
  gauge('amqp_spy_log_first_id', 'Id of the oldest record that the log still holds.', () => log.firstId);
  gauge('amqp_spy_log_next_id', 'Id that the next record gets.', () => log.nextId);
  gauge('amqp_spy_subscribers', 'WebSocket subscribers.', () => stream.subscribers);
  gauge('amqp_spy_subscribers_buffered_bytes', 'Bytes that wait for slow subscribers.', () => stream.buffered);
  counter('amqp_spy_missed_total', 'Records that subscribers were too slow for.', () => stream.missed);
}
