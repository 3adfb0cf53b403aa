// The exchanges that every virtual host has from the start: those of AMQP 0-9-1 §3.1.3, and RabbitMQ's own.

/** By name; internal ones are not for clients to publish to. */
export const PREDECLARED_EXCHANGES: ReadonlyMap<string, { readonly type: string; readonly internal?: true }> = new Map([
  ['', { type: 'direct' }],
  ['amq.direct', { type: 'direct' }],
  ['amq.fanout', { type: 'fanout' }],
  ['amq.headers', { type: 'headers' }],
  ['amq.match', { type: 'headers' }],
  ['amq.rabbitmq.trace', { type: 'topic', internal: true }],
  ['amq.topic', { type: 'topic' }],
]);
