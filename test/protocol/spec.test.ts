// The spec table against two witnesses: facts written down here, and amqplib's definitions, generated from RabbitMQ's own.

import { describe, expect, it } from 'vitest';
import {
  BASIC_PROPERTIES,
  classNameById,
  METHOD_KEYS,
  METHODS,
  methodById,
  methodByKey,
  methodByName,
} from '../../src/protocol/method-table.ts';
import { type ClassSpec, REPLY_CODES, SPEC } from '../../src/protocol/spec.ts';
import { amqplibDefs, amqplibName, camelCase } from './amqplib.ts';

const defs = amqplibDefs;

describe('the spec table', () => {
  it('has the classes of AMQP 0-9-1 and RabbitMQ', () => {
    expect(Object.entries(SPEC).map(([name, { id }]) => `${id} ${name}`)).toEqual([
      '10 connection',
      '20 channel',
      '30 access',
      '40 exchange',
      '50 queue',
      '60 basic',
      '85 confirm',
      '90 tx',
    ]);
  });

  it.each([
    [
      'connection',
      'start 10, start-ok 11, secure 20, secure-ok 21, tune 30, tune-ok 31, open 40, open-ok 41, close 50, ' +
        'close-ok 51, blocked 60, unblocked 61, update-secret 70, update-secret-ok 71',
    ],
    ['channel', 'open 10, open-ok 11, flow 20, flow-ok 21, close 40, close-ok 41'],
    ['access', 'request 10, request-ok 11'],
    ['exchange', 'declare 10, declare-ok 11, delete 20, delete-ok 21, bind 30, bind-ok 31, unbind 40, unbind-ok 51'],
    [
      'queue',
      'declare 10, declare-ok 11, bind 20, bind-ok 21, purge 30, purge-ok 31, delete 40, delete-ok 41, ' +
        'unbind 50, unbind-ok 51',
    ],
    [
      'basic',
      'qos 10, qos-ok 11, consume 20, consume-ok 21, cancel 30, cancel-ok 31, publish 40, return 50, deliver 60, ' +
        'get 70, get-ok 71, get-empty 72, ack 80, reject 90, recover-async 100, recover 110, recover-ok 111, nack 120',
    ],
    ['confirm', 'select 10, select-ok 11'],
    ['tx', 'select 10, select-ok 11, commit 20, commit-ok 21, rollback 30, rollback-ok 31'],
  ])('has the methods of class %s', (className, methods) => {
    const spec: ClassSpec = SPEC[className as keyof typeof SPEC];
    expect(
      Object.entries(spec.methods)
        .map(([name, { id }]) => `${name} ${id}`)
        .join(', '),
    ).toBe(methods);
  });

  it('names only replies that exist, in the same class, sent by the other side', () => {
    for (const method of METHODS) {
      for (const reply of method.spec.replies ?? []) {
        const answer = methodByName(`${method.className}.${reply}`);
        expect(answer, `${method.name} → ${reply}`).toBeDefined();
        const sides = [method.spec.from, answer?.spec.from];
        expect(sides.includes('either') ? 'ok' : new Set(sides).size === 2 ? 'ok' : sides).toBe('ok');
      }
    }
  });

  it('gives every method that ends in -ok or get-empty to some request', () => {
    const replies = new Set(
      METHODS.flatMap((method) => (method.spec.replies ?? []).map((r) => `${method.className}.${r}`)),
    );
    const answers = METHODS.map(({ name }) => name).filter((name) => /-ok$|get-empty$/.test(name));
    expect(answers.filter((name) => !replies.has(name))).toEqual([]);
  });

  it('knows which methods carry content', () => {
    expect(METHODS.filter(({ spec }) => spec.content).map(({ name }) => name)).toEqual([
      'basic.publish',
      'basic.return',
      'basic.deliver',
      'basic.get-ok',
    ]);
  });

  it('reserves only arguments that exist', () => {
    for (const { name, spec } of METHODS) {
      for (const reserved of spec.reserved ?? []) expect(Object.keys(spec.arguments), name).toContain(reserved);
    }
  });
});

describe('the spec table and amqplib', () => {
  const oracle = Object.entries(defs.ids).map(([name, id]) => ({ name, info: defs.info(id) }));

  it('have the same methods under the same ids', () => {
    const ours = METHODS.map((method) => `${amqplibName(method.name)} ${method.classId}.${method.methodId}`);
    const theirs = oracle
      .filter(({ info }) => info.methodId !== undefined)
      .map(({ name, info }) => `${name} ${info.classId}.${info.methodId}`);
    expect(ours.sort()).toEqual(theirs.sort());
  });

  it.each(METHODS.map((method) => [method.name, method] as const))('agree on the arguments of %s', (name, method) => {
    const info = defs.info(defs.ids[amqplibName(name)]!);
    expect(method.fields.map((field) => `${camelCase(field.name)}: ${field.domain}`)).toEqual(
      info.args.map((argument) => `${argument.name}: ${argument.type}`),
    );
  });

  it('agree on the content properties', () => {
    const info = defs.info(defs.ids['BasicProperties']!);
    expect(info.id).toBe(SPEC.basic.id);
    expect(BASIC_PROPERTIES.map((field) => `${camelCase(field.name)}: ${field.domain}`)).toEqual(
      info.args.map((argument) => `${argument.name}: ${argument.type}`),
    );
  });

  it('agree on the reply codes', () => {
    const ours = Object.entries(REPLY_CODES).map(
      ([code, { name }]) => `${name.toUpperCase().replaceAll('-', '_')} ${code}`,
    );
    const theirs = Object.entries(defs.constants)
      .filter(([name]) => !name.startsWith('FRAME_') || name === 'FRAME_ERROR')
      .map(([name, code]) => `${name} ${code}`);
    expect(ours.sort()).toEqual(theirs.sort());
  });
});

describe('reply codes', () => {
  it('close what AMQP 0-9-1 §1.6 says: soft errors a channel, hard errors the connection', () => {
    const channel = Object.entries(REPLY_CODES).filter(([, { scope }]) => scope === 'channel');
    expect(channel.map(([code]) => Number(code))).toEqual([311, 312, 313, 403, 404, 405, 406]);
  });
});

describe('the method table', () => {
  it('finds every method by ids, by key and by name', () => {
    for (const method of METHODS) {
      expect(methodById(method.classId, method.methodId)).toBe(method);
      expect(methodByKey(method.classId * 128 + method.methodId)).toBe(method);
      expect(methodByName(method.name)).toBe(method);
      expect(METHODS[method.index]).toBe(method);
      expect(classNameById(method.classId)).toBe(method.className);
    }
  });

  it('finds nothing under any other ids', () => {
    let found = 0;
    for (let key = 0; key < METHOD_KEYS; key++) if (methodById(key >> 7, key & 127)) found++;
    expect(found).toBe(METHODS.length);
    for (const [classId, methodId] of [
      [60, 128],
      [60, 168],
      [128, 0],
      [65535, 65535],
      [59, 168],
    ] as const) {
      expect(methodById(classId, methodId), `${classId}.${methodId}`).toBeUndefined();
    }
    expect(methodByName('basic.constructor')).toBeUndefined();
    expect(classNameById(61)).toBeUndefined();
  });
});
