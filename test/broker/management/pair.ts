// Two brokers side by side: RabbitMQ with its management and Prometheus plugins, and the embedded broker with its management
// API. The same is asked of both, and the answers are compared.
// Invariant: each pair is its file's own, since management sees everything that is in a broker.

import { createBroker } from '../../../src/broker/broker.ts';
import { startManagement } from '../../../src/broker/management/server.ts';
import { freePorts } from '../../rig/ports.ts';
import { startRabbitMq } from '../../rig/rabbitmq.ts';

export interface Answer {
  readonly status: number;
  /** JSON where it is such, else text. */
  readonly body: unknown;
  readonly headers: Headers;
}

export interface Ask {
  /** `PUT /api/queues/%2F/q` */
  readonly request: string;
  readonly body?: string | undefined;
  /** `user:password`; guest by default, null: none. */
  readonly login?: string | null;
  readonly headers?: Readonly<Record<string, string>>;
}

/** One broker of the pair. */
export class Side {
  readonly name: 'RabbitMQ' | 'amqp-spy';
  readonly node: string;
  readonly amqpPort: number;
  readonly port: number;
  readonly metricsPort: number;

  constructor(name: Side['name'], node: string, ports: { amqp: number; http: number; metrics: number }) {
    this.name = name;
    this.node = node;
    this.amqpPort = ports.amqp;
    this.port = ports.http;
    this.metricsPort = ports.metrics;
  }

  get uri(): string {
    return `amqp://guest:guest@127.0.0.1:${this.amqpPort}`;
  }

  async ask({ request, body, login = 'guest:guest', headers = {} }: Ask): Promise<Answer> {
    const [method = '', path = ''] = request.split(' ');
    const response = await fetch(`http://127.0.0.1:${this.port}${path}`, {
      method,
      redirect: 'manual',
      headers: {
        ...(login !== null && { Authorization: `Basic ${Buffer.from(login).toString('base64')}` }),
        ...(body !== undefined && { 'Content-Type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body }),
    });
    const text = await response.text();
    return { status: response.status, body: parsed(text), headers: response.headers };
  }

  /** The body of what `GET /api/…` answers. */
  // biome-ignore lint/suspicious/noExplicitAny: whatever JSON it is
  async get(path: string): Promise<any> {
    return (await this.ask({ request: `GET /api/${path}` })).body;
  }

  async metrics(path = '/metrics'): Promise<string> {
    return await (await fetch(`http://127.0.0.1:${this.metricsPort}${path}`)).text();
  }
}

export interface Pair {
  readonly rabbitMq: Side;
  readonly embedded: Side;
  stop(): Promise<void>;
}

export async function startPair(): Promise<Pair> {
  const [http = 0, metrics = 0] = await freePorts(2);
  const [rabbitMq, embedded] = await Promise.all([
    startRabbitMq({
      plugins: ['rabbitmq_management', 'rabbitmq_prometheus'],
      config: [
        `management.tcp.port = ${http}`,
        'management.tcp.ip = 127.0.0.1',
        `prometheus.tcp.port = ${metrics}`,
        'prometheus.tcp.ip = 127.0.0.1',
        // Statistics come when asked for, not five seconds later.
        'collect_statistics_interval = 100',
      ],
    }),
    startEmbedded(),
  ]);
  return {
    rabbitMq: new Side('RabbitMQ', rabbitMq.nodeName, { amqp: rabbitMq.port, http, metrics }),
    embedded: embedded.side,
    async stop() {
      await Promise.all([rabbitMq.stop(), embedded.stop()]);
    },
  };
}

export interface EmbeddedSide {
  readonly side: Side;
  stop(): Promise<void>;
}

export async function startEmbedded(): Promise<EmbeddedSide> {
  const broker = await createBroker();
  const { port: amqp } = await broker.listen({ host: '127.0.0.1', port: 0 });
  const management = await startManagement(broker, { host: '127.0.0.1', port: 0 });
  const { port: http } = management.address;
  return {
    side: new Side('amqp-spy', broker.name, { amqp, http, metrics: http }),
    async stop() {
      await management.close();
      await broker.close();
    },
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
