import { existsSync, readFileSync } from 'node:fs';
import { connect } from 'amqplib';
import { beforeAll, describe, expect, it } from 'vitest';
import { startRabbitMq } from './rabbitmq.ts';
import { type SharedRabbitMq, sharedRabbitMq } from './shared-rabbitmq.ts';

describe('the shared RabbitMQ', () => {
  let rabbit: SharedRabbitMq;
  beforeAll(async () => {
    rabbit = await sharedRabbitMq();
  });

  it('carries a message over plain TCP', async () => {
    expect(await echo(rabbit.uri)).toBe('hello');
  });

  it('carries a message over TLS, with and without a client certificate', async () => {
    const ca = [readFileSync(rabbit.caFile)];
    expect(await echo(rabbit.tlsUri, { ca })).toBe('hello');
    const cert = readFileSync(rabbit.clientCertFile);
    expect(await echo(rabbit.tlsUri, { ca, cert, key: readFileSync(rabbit.clientKeyFile) })).toBe('hello');
  });

  it('answers rabbitmqctl', async () => {
    expect(await rabbit.ctl('list_vhosts', 'name')).toContain('/');
  });

  it('writes its log where it says', () => {
    expect(readFileSync(rabbit.logFile, 'utf8')).toContain('Server startup complete');
  });
});

describe('a RabbitMQ of its own', () => {
  it('runs beside the shared one and leaves nothing behind', async () => {
    const rabbit = await startRabbitMq({ config: ['heartbeat = 7'] });
    expect(await echo(rabbit.uri)).toBe('hello');
    await rabbit.stop();
    expect(existsSync(rabbit.caFile)).toBe(false);
    expect(() => process.kill(rabbit.pid, 0)).toThrow('ESRCH');
  });
});

async function echo(uri: string, options: object = {}): Promise<string> {
  const connection = await connect(uri, options);
  const channel = await connection.createChannel();
  const { queue } = await channel.assertQueue('', { exclusive: true });
  const received = new Promise<string>((resolve) => {
    void channel.consume(queue, (message) => resolve(`${message?.content}`), { noAck: true });
  });
  channel.sendToQueue(queue, Buffer.from('hello'));
  const text = await received;
  await connection.close();
  return text;
}
