// The rabbitmqadmin script of RabbitMQ 3.10, in all its verbs, against RabbitMQ and against the embedded broker: it prints the
// same and ends with the same exit code. The script comes from the running RabbitMQ.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import amqplib from 'amqplib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { finished, startProcess } from '../../rig/process.ts';
import { type Pair, type Side, startPair } from './pair.ts';

let pair: Pair;
let folder: string;

beforeAll(async () => {
  pair = await startPair();
  folder = mkdtempSync(path.join(tmpdir(), 'amqp-spy-rabbitmqadmin-'));
  const script = await fetch(`http://127.0.0.1:${pair.rabbitMq.port}/cli/rabbitmqadmin`);
  writeFileSync(path.join(folder, 'rabbitmqadmin'), await script.text());
});

afterAll(async () => {
  await pair?.stop();
  rmSync(folder, { recursive: true, force: true });
});

interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  /** The last line, which says what is wrong; before it may stand a traceback. */
  readonly error: string;
}

async function admin(side: Side, args: readonly string[], input = ''): Promise<Outcome> {
  const script = path.join(folder, 'rabbitmqadmin');
  const child = startProcess('/usr/bin/python3', [script, '-H', '127.0.0.1', '-P', `${side.port}`, ...args], {
    input: { data: input },
  });
  const { code, stdout, stderr } = await finished(child);
  return { code, stdout: steady(stdout, side), error: steady(stderr, side).trim().split('\n').at(-1) ?? '' };
}

/** Without what differs from broker to broker; of the same length where tables are drawn. */
function steady(text: string, side: Side): string {
  return text
    .replaceAll(side.node, 'NODE')
    .replace(/[A-Za-z0-9+/]{48}/g, '#'.repeat(48))
    .replace(/~[\w-]{6}\b/g, '~hashed');
}

/** Runs the same against both brokers; gives what RabbitMQ answered, once that is clear to be the same. */
async function same(args: readonly string[], input?: string): Promise<Outcome> {
  const [expected, found] = await Promise.all([admin(pair.rabbitMq, args, input), admin(pair.embedded, args, input)]);
  expect(found, args.join(' ')).toEqual(expected);
  return expected;
}

/** One command line each; `'…'` keeps blanks. */
async function all(commands: string): Promise<void> {
  for (const command of commands.trim().split('\n')) {
    await same(
      [...command.trim().matchAll(/'([^']*)'|((?:[^\s']|'[^']*')+)/g)].map(([whole]) => whole.replaceAll("'", '')),
    );
  }
}

describe('rabbitmqadmin', () => {
  it('declares everything', async () => {
    await all(`
      declare vhost name=shop
      declare vhost name=shop tracing=false
      declare user name=ann password=secret tags=management
      declare user name=bob password_hash=yQ4fiJm8kf0BgHnm6O+qg8N+8FBCu/n8j+hX6XLIrOCGeCEn tags=monitoring,policymaker
      declare user name=cat password=secret
      declare permission vhost=shop user=ann configure=.* write=.* read=.*
      declare permission vhost=shop user=nobody configure=.* write=.* read=.*
      -V shop declare exchange name=orders type=topic
      -V shop declare exchange name=orders type=topic durable=false
      -V shop declare exchange name=wrong type=x-nonsense
      -V shop declare exchange name=hidden type=fanout internal=true auto_delete=true durable=false arguments='{"alternate-exchange":"orders"}'
      -V shop declare queue name=new
      -V shop declare queue name=new durable=false
      -V shop declare queue name=paid auto_delete=false durable=true arguments='{"x-max-length":10,"x-dead-letter-exchange":"orders"}'
      -V shop declare queue name=log queue_type=stream
      -V shop declare queue name=safe queue_type=quorum
      -V shop declare queue name=bad arguments='{"x-max-length":-1}'
      -V shop declare queue name=amq.reserved
      -V nowhere declare queue name=new
      -V shop declare binding source=orders destination=new routing_key=order.#
      -V shop declare binding source=orders destination=paid routing_key=order.paid arguments='{"a":1}'
      -V shop declare binding source=orders destination=hidden destination_type=exchange
      -V shop declare binding source=orders destination=missing
      -V shop declare policy name=short pattern=^new definition='{"max-length":100}' priority=2 apply-to=queues
      -V shop declare policy name=wrong pattern=^new definition='{"max-length":-1}'
      -V shop declare operator_policy name=bound pattern=.* definition='{"max-length-bytes":1000000}'
      declare vhost_limit vhost=shop name=max-connections value=20
      declare vhost_limit vhost=shop name=nonsense value=20
      -V shop declare parameter component=vhost-limits name=limits value='{"max-queues":50}'
      -V shop declare parameter component=nothing name=x value='{}'
      declare unknown name=x
      declare queue
    `);
  });

  it('lists everything', async () => {
    await all(`
      list vhosts name description tracing
      -q list vhosts name
      list users
      list users name tags
      list permissions
      list exchanges
      -V shop list exchanges name type durable auto_delete internal arguments.alternate-exchange
      list queues name
      -V shop list queues name durable auto_delete arguments type
      -V nowhere list queues
      -V shop list bindings
      list bindings
      -V shop list bindings source destination_type destination routing_key properties_key
      list policies
      list operator_policies
      list parameters
      list vhost_limits
      list connections name
      list channels name
      list consumers
      -f kvp list nodes name type running
      list unknown
    `);
  });

  it('prints in all its formats, sorted and to any depth', async () => {
    await all(`
      -f tsv -V shop list exchanges name type
      -f long -V shop list exchanges name type
      -f kvp -V shop list exchanges name type
      -f bash -V shop list exchanges name type
      -f pretty_json -V shop list exchanges name type arguments
      -f raw_json -V shop list bindings source destination routing_key
      -f nonsense list exchanges
      -S type -R -V shop list exchanges name type
      -S name -R list queues name
      -d 3 -V shop list policies
      show overview rabbitmq_version object_totals.queues object_totals.exchanges
      -f long show overview management_version rates_mode
      help subcommands
    `);
  });

  it('publishes and gets', async () => {
    await all(`
      -V shop publish exchange=orders routing_key=order.new payload=one
      -V shop publish exchange=orders routing_key=order.paid payload='two words' properties='{"delivery_mode":2,"priority":3,"headers":{"a":1,"b":[true,"x"]}}'
      -V shop publish exchange=orders routing_key=nothing payload=lost
      -V shop publish routing_key=new payload=AAECgA== payload_encoding=base64
      -V shop publish exchange=missing routing_key=x payload=x
      -V shop publish exchange=hidden routing_key=x payload=x
      -V shop publish routing_key=new payload=x properties='{"user_id":"ann"}'
      -V shop get queue=new
      -V shop get queue=new count=5
      -V shop get queue=new count=2 ackmode=reject_requeue_true encoding=base64
      -V shop -f pretty_json get queue=paid count=1 ackmode=ack_requeue_true
      -V shop get queue=new count=1 ackmode=ack_requeue_false
      -V shop get queue=new count=1 ackmode=reject_requeue_false
      -V shop get queue=missing
      -V shop get queue=log
      -V shop get queue=paid count=nonsense
    `);
    await same(['-V', 'shop', 'publish', 'exchange=orders', 'routing_key=order.stdin'], 'from standard input');
    for (const side of [pair.rabbitMq, pair.embedded]) {
      const file = path.join(folder, `payload ${side.name}`);
      await admin(side, ['-V', 'shop', 'get', 'queue=paid', `payload_file=${file}`]);
      expect(readFileSync(file, 'utf8')).toBe('two words');
    }
  });

  it('purges', async () => {
    await all(`
      -V shop purge queue name=new
      -V shop purge queue name=missing
      -V shop get queue=new
    `);
  });

  it('works for users with fewer rights, and refuses them what is not theirs', async () => {
    await all(`
      -u ann -p wrong list queues name
      -u ann -p secret list queues name
      -u ann -p secret list vhosts name
      -u ann -p secret list users
      -u ann -p secret list nodes name
      -u ann -p secret -V / list queues name
      -u ann -p secret -V shop declare queue name=of-ann durable=false
      -u ann -p secret -V shop delete queue name=of-ann
      -u ann -p secret -V shop declare policy name=p pattern=x definition='{"max-length":1}'
      -u ann -p secret declare vhost name=of-ann
      -u bob -p guest list users
      -u bob -p guest list vhosts name
      -u cat -p secret list queues name
    `);
  });

  it('exports what it then imports', async () => {
    const exported = async (side: Side, ...options: string[]) => {
      const file = path.join(folder, `definitions ${side.name}`);
      await admin(side, [...options, 'export', file]);
      return JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
    };
    const keys = (definitions: Record<string, unknown>) => Object.keys(definitions).sort();
    const [expected, found] = [await exported(pair.rabbitMq), await exported(pair.embedded)];
    expect(keys(found)).toEqual(keys(expected));
    const [ofVhost, foundOfVhost] = [
      await exported(pair.rabbitMq, '-V', 'shop'),
      await exported(pair.embedded, '-V', 'shop'),
    ];
    expect(keys(foundOfVhost)).toEqual(keys(ofVhost));
    // Each takes what the other exported.
    const file = path.join(folder, 'definitions RabbitMQ');
    await same(['declare', 'vhost', 'name=copy']);
    await same(['-V', 'copy', 'import', file]);
    await same(['-V', 'copy', 'import', path.join(folder, 'definitions amqp-spy')]);
    await all(`
      -V copy list queues name durable arguments
      -V copy list exchanges name type
      -V copy list bindings
      list policies
      -V nowhere import ${path.join(folder, 'rabbitmqadmin')}
    `);
    writeFileSync(file, 'no JSON');
    await same(['import', file]);
  });

  it('closes connections', async () => {
    for (const side of [pair.rabbitMq, pair.embedded]) {
      const connection = await amqplib.connect(side.uri);
      const closed = new Promise<Error>((resolve) => connection.on('error', () => {}).once('close', resolve));
      let name = '';
      while (name === '') {
        name =
          (await admin(side, ['-q', '-f', 'tsv', 'list', 'connections', 'name'])).stdout.trim().split('\n')[0] ?? '';
        if (name.startsWith('No items')) name = '';
      }
      expect((await admin(side, ['close', 'connection', `name=${name}`])).stdout).toBe('connection closed\n');
      expect((await closed).message).toContain('CONNECTION_FORCED - Closed via management plugin');
    }
    await all('close connection name=nobody');
  });

  it('deletes everything', async () => {
    await all(`
      -V shop delete binding source=orders destination_type=queue destination=new properties_key=order.%23
      -V shop delete binding source=orders destination_type=queue destination=new properties_key=order.%23
      -V shop delete binding source=orders destination_type=exchange destination=hidden
      -V shop delete queue name=new
      -V shop delete queue name=new
      -V shop delete exchange name=orders
      -V shop delete exchange name=amq.direct
      -V shop delete policy name=short
      -V shop delete policy name=short
      -V shop delete operator_policy name=bound
      -V shop delete parameter component=vhost-limits name=limits
      delete vhost_limit vhost=shop name=max-connections
      delete permission vhost=shop user=ann
      delete user name=ann
      delete user name=ann
      delete user name=bob
      delete user name=cat
      delete vhost name=shop
      delete vhost name=shop
      delete vhost name=copy
      list vhosts name
      list users name
      list permissions
      list policies
      list bindings
    `);
  });
});
