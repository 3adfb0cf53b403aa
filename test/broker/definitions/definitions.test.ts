// Definitions in and out: what RabbitMQ exports is read, applied, collected and written again.

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { applyDefinitions } from '../../../src/broker/definitions/apply.ts';
import { collectDefinitions } from '../../../src/broker/definitions/collect.ts';
import { formatJson } from '../../../src/broker/definitions/exact-json.ts';
import {
  formatDefinitions,
  managementDefinitions,
  managementVhostDefinitions,
} from '../../../src/broker/definitions/format.ts';
import { parseDefinitions } from '../../../src/broker/definitions/parse.ts';
import { ConfigError } from '../../../src/errors.ts';
import { MemoryBroker } from './memory-broker.ts';

const PRODUCT = { rabbitVersion: '3.10.8', name: 'RabbitMQ', version: '3.10.8' };

function fixture(name: string): string {
  return readFileSync(new URL(`../../../fixtures/definitions/${name}.json`, import.meta.url), 'utf8');
}

function brokerWith(text: string): MemoryBroker {
  const broker = new MemoryBroker();
  applyDefinitions(parseDefinitions(text), broker);
  return broker;
}

describe('the export of rabbitmqctl', () => {
  const broker = brokerWith(fixture('rabbitmqctl-3.10'));

  it('brings users who can log in', () => {
    for (const [name, password] of [
      ['guest', 'guest'],
      ['alice', 'wonderland'],
      ['carol', 's3cret'],
    ] as const) {
      expect(broker.access.authenticate(name, password).user?.name).toBe(name);
    }
    expect(broker.access.authenticate('nopass', '').user).toBeUndefined();
    expect(broker.access.users.get('alice')).toMatchObject({
      tags: ['monitoring', 'policymaker'],
      limits: { 'max-connections': 7 },
    });
  });

  it('brings policies and operator policies, though their definitions are lists of pairs', () => {
    expect(broker.policyTable.match('shop', 'classic', 'new').definition).toEqual({
      'max-length': 3,
      'message-ttl': 1000,
      overflow: 'reject-publish',
      expires: 900_000,
    });
    expect(broker.queueLimit('shop')).toBe(100);
    expect(broker.parameterTable.globalValue('colour')).toEqual({ shade: 'blue' });
  });

  it('brings arguments with their types', () => {
    const queue = broker.queues().find(({ name }) => name === 'new');
    expect(queue?.arguments).toContainEqual(['x-big', { type: 'l', value: 9007199254740993n }]);
    expect(queue?.arguments).toContainEqual(['x-whole', { type: 'd', value: 1 }]);
  });

  it('is written again as it was, but for objects that RabbitMQ 3.10 writes as lists', () => {
    const written = formatDefinitions(collectDefinitions(broker), PRODUCT);
    const expected = fixture('rabbitmqctl-3.10')
      .replaceAll('"limits":[]', '"limits":{}')
      .replace('[["max-queues",100]]', '{"max-queues":100}')
      .replace('[["expires",900000],["max-length",3]]', '{"expires":900000,"max-length":3}')
      .replace('[["shade","blue"]]', '{"shade":"blue"}');
    expect(written).toBe(expected);
  });
});

describe('the export of the management API', () => {
  it('is written again as it was', () => {
    const broker = brokerWith(fixture('management-3.10'));
    expect(formatJson(managementDefinitions(collectDefinitions(broker), PRODUCT))).toBe(fixture('management-3.10'));
  });

  it('of one virtual host is put into the one that is named', () => {
    const broker = new MemoryBroker();
    const definitions = parseDefinitions(fixture('management-vhost-3.10'), { vhost: 'other' });
    broker.putVhost({ name: 'other', description: '', tags: [] });
    applyDefinitions(definitions, broker);
    const written = managementVhostDefinitions(collectDefinitions(broker, 'other'), PRODUCT);
    expect(formatJson(written)).toBe(fixture('management-vhost-3.10').replaceAll('"vhost":"shop"', '"vhost":"other"'));
  });

  it('of one virtual host is read with a default for those entries that name none', () => {
    const { queues } = parseDefinitions('{"queues":[{"name":"a"},{"name":"b","vhost":"shop"}]}', { defaultVhost: '/' });
    expect(queues.map(({ vhost }) => vhost)).toEqual(['/', 'shop']);
  });
});

describe('reading', () => {
  it('passes over what it does not know, and takes what is left out as usual', () => {
    const text = '{"new_in_5_0":[1],"queues":[{"vhost":"/","name":"q","colour":"blue"}],"bindings":[]}';
    expect(parseDefinitions(text).queues).toEqual([
      { vhost: '/', name: 'q', durable: true, autoDelete: false, arguments: [] },
    ]);
  });

  it('takes users by password or by hash, and tags in both forms', () => {
    const users = [
      { name: 'a', password: 'p', tags: 'administrator, monitoring' },
      { name: 'b', password_hash: 'AAAA', tags: ['x'], limits: [] },
      { name: 'c', tags: '' },
    ];
    expect(parseDefinitions(JSON.stringify({ rabbit_version: '3.5.7', users })).users).toEqual([
      { name: 'a', password: 'p', tags: ['administrator', 'monitoring'], limits: {} },
      {
        name: 'b',
        passwordHash: 'AAAA',
        hashingAlgorithm: 'rabbit_password_hashing_md5',
        tags: ['x'],
        limits: {},
      },
      { name: 'c', tags: [], limits: {} },
    ]);
  });

  it('takes what virtual hosts of RabbitMQ 4 say of themselves', () => {
    const metadata = { description: 'd', tags: ['t'], default_queue_type: 'quorum' };
    const text = JSON.stringify({
      vhosts: [
        { name: 'v', metadata },
        { name: 'w', tags: 'a,b', description: 'e' },
      ],
    });
    expect(parseDefinitions(text).vhosts).toEqual([
      { name: 'v', description: 'd', tags: ['t'], defaultQueueType: 'quorum' },
      { name: 'w', description: 'e', tags: ['a', 'b'] },
    ]);
  });

  it.each([
    ['{"queues":[{},', 'line 1, column 15: expected a value, found the end of the text'],
    ['{\n "queues": [,]\n}', 'line 2, column 13: expected a value, found ","'],
    ['[]', 'definitions: expected an object, found []'],
    ['{"queues":{}}', 'queues: expected an array, found {}'],
    ['{"queues":[1]}', 'queues[0]: expected an object, found 1'],
    ['{"queues":[{"vhost":"/"}]}', 'queues[0].name: expected a string, found nothing'],
    ['{"queues":[{"name":"q"}]}', 'queues[0].vhost: expected a string, found nothing'],
    ['{"queues":[{"vhost":"/","name":"q","durable":"yes"}]}', 'queues[0].durable: expected true or false, found "yes"'],
    [
      '{"queues":[{"vhost":"/","name":"q","arguments":{"x-message-ttl":null}}]}',
      'queues[0].arguments.x-message-ttl: expected a value, found null, which arguments cannot have',
    ],
    ['{"queues":[{"vhost":"/","name":"q","arguments":[1]}]}', 'queues[0].arguments: expected an object, found [1]'],
    [
      '{"queues":[{"vhost":"/","name":"q","type":"odd"}]}',
      'queues[0].type: expected "classic" or "quorum" or "stream", found "odd"',
    ],
    [
      '{"users":[{"name":"a","tags":[],"password":"x","password_hash":"AAAA"}]}',
      'users[0].password: expected either password or password_hash, found "x"',
    ],
    ['{"users":[{"name":"a","tags":[1]}]}', 'users[0].tags[0]: expected a string, found 1'],
    ['{"users":[{"name":"a"}]}', 'users[0].tags: expected an array of strings, or a string with commas, found nothing'],
    ['{"users":[{"name":"a","tags":"","password_hash":"?"}]}', 'users[0].password_hash: expected base64, found "?"'],
  ])('refuses %s', (text, message) => {
    expect(messageOf(() => parseDefinitions(text))).toBe(message);
  });

  it('names the file, where it has a name', () => {
    expect(messageOf(() => parseDefinitions('{"queues":[1]}', { file: 'defs.json' }))).toBe(
      'defs.json: queues[0]: expected an object, found 1',
    );
  });
});

describe('applying', () => {
  const vhosts = [{ name: '/' }];

  it('goes by RabbitMQ’s order, and leaves out RabbitMQ’s own names', () => {
    const of = (name: string) => ({ vhost: '/', name });
    const broker = brokerWith(
      JSON.stringify({
        bindings: [
          { vhost: '/', source: 'x', destination: 'q', destination_type: 'queue' },
          { vhost: '/', source: 'x', destination: 'amq.gen-1', destination_type: 'queue' },
        ],
        queues: [of('q'), of('amq.gen-1')],
        parameters: [{ ...of('limits'), component: 'vhost-limits', value: {} }],
        policies: [{ ...of('p'), pattern: '.*', definition: { expires: 1 } }],
        global_parameters: [{ name: 'g', value: 1 }],
        exchanges: [
          { ...of('x'), type: 'direct' },
          { ...of('amq.topic'), type: 'topic' },
          { ...of(''), type: 'direct' },
        ],
        topic_permissions: [{ user: 'u', vhost: '/', exchange: 'x', write: '', read: '' }],
        permissions: [{ user: 'u', vhost: '/', configure: '', write: '', read: '' }],
        vhosts,
        users: [{ name: 'u', tags: '' }],
      }),
    );
    expect(broker.steps).toEqual([
      'user u',
      'vhost /',
      'permission u',
      'topic permission u',
      'exchange x',
      'global parameter g',
      'policy p',
      'parameter limits',
      'queue q',
      'binding x q',
    ]);
  });

  it.each([
    [
      { vhosts, queues: [{ vhost: '/', name: 'q', arguments: { 'x-wrong': 1 } }] },
      "queues[0]: PRECONDITION_FAILED - invalid arg 'x-wrong'",
    ],
    [
      { vhosts, policies: [{ vhost: '/', name: 'p', pattern: '', definition: {} }] },
      'policies[0]: Validation failed\n\nno policy provided\n',
    ],
    [
      { permissions: [{ user: 'u', vhost: '/', configure: '', write: '', read: '' }] },
      'permissions[0]: User u does not exist',
    ],
  ])('says where it stopped: %j', (definitions, message) => {
    expect(messageOf(() => brokerWith(JSON.stringify(definitions)))).toBe(message);
  });

  it('stops before more queues than the virtual host may have', () => {
    const broker = new MemoryBroker();
    broker.parameterTable.set({ vhost: '/', component: 'vhost-limits', name: 'limits', value: { 'max-queues': 1 } });
    const queues = ['a', 'b'].map((name) => ({ vhost: '/', name }));
    expect(messageOf(() => applyDefinitions(parseDefinitions(JSON.stringify({ vhosts, queues })), broker))).toBe(
      'queues: Adding 2 queue(s) to virtual host "/" would exceed the limit of 1 queue(s).\n\n' +
        'This virtual host currently has 0 queue(s) defined.\n\nImport aborted!',
    );
    expect(broker.queues()).toEqual([]);
  });
});

function messageOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.message;
  }
  throw new Error('nothing was refused');
}
