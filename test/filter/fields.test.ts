// The field table against the specification and against Wireshark: all that there is can be asked for.

import { describe, expect, it } from 'vitest';
import { FIELDS, fieldByName } from '../../src/filter/fields.ts';
import { parseFilter } from '../../src/filter/filter.ts';
import { BASIC_PROPERTIES, METHODS } from '../../src/protocol/method-table.ts';
import { SPEC } from '../../src/protocol/spec.ts';
import { run } from '../rig/process.ts';
import { filterError } from './traffic.ts';

const ARGUMENTS = [...new Set(METHODS.flatMap(({ fields }) => fields.map(({ name }) => name)))];

describe('the field table', () => {
  it('gives each name and alias to one field', () => {
    const names = FIELDS.flatMap(({ name, aliases }) => [name, ...aliases]);
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
  });

  it('has every argument of every method', () => {
    for (const name of ARGUMENTS) {
      const field = fieldByName(`arguments.${name}`);
      expect(field, name).toBeDefined();
      expect(fieldByName(`amqp.method.arguments.${name}`), name).toBe(field);
    }
  });

  it('has every content property', () => {
    for (const { name } of BASIC_PROPERTIES) {
      const field = fieldByName(`properties.${name}`);
      expect(field, name).toBeDefined();
      expect(fieldByName(`amqp.method.properties.${name}`), name).toBe(field);
    }
  });

  it('gives short names to facts first, then to arguments, then to properties', () => {
    expect(fieldByName('routing_key')).toBe(fieldByName('arguments.routing_key'));
    expect(fieldByName('content_type')).toBe(fieldByName('properties.content_type'));
    expect(fieldByName('type')?.summary).toMatch(/kind of record/);
    expect(fieldByName('arguments.type')?.where).toBe('exchange.declare');
    expect(fieldByName('properties.type')?.where).toBe('content header');
    expect(fieldByName('queue')).not.toBe(fieldByName('arguments.queue'));
    expect(fieldByName('cluster_id')).toBe(fieldByName('properties.cluster_id'));
    expect(fieldByName('known_hosts')).toBeUndefined();
    expect(fieldByName('arguments.known_hosts')?.summary).toMatch(/reserved/);
  });

  it('says of each argument which methods have it', () => {
    expect(fieldByName('redelivered')?.where).toBe('basic.deliver, basic.get-ok');
  });

  it('takes every method and class as a name of its own', () => {
    for (const name of [...METHODS.map((method) => method.name), ...Object.keys(SPEC)]) {
      expect(() => parseFilter(`${name} && !${name}`), name).not.toThrow();
    }
  });
});

describe("Wireshark's fields", () => {
  it('are understood, or refused with a message that says so', async () => {
    const names = (await run('tshark', ['-G', 'fields']))
      .split('\n')
      .map((line) => line.split('\t'))
      .filter(([kind, , name]) => kind === 'F' && name?.startsWith('amqp.'))
      .map(([, , name]) => name!);
    expect(names.length).toBeGreaterThan(100);
    const known = names.filter((name) => fieldByName(name));
    for (const name of names) {
      if (fieldByName(name)) expect(() => parseFilter(name), name).not.toThrow();
      else expect(filterError(() => parseFilter(name)).reason).toContain(`Wireshark's ${name} has no counterpart`);
    }
    const lacking = [
      ...ARGUMENTS.map((name) => `arguments.${name}`),
      ...BASIC_PROPERTIES.map(({ name }) => `properties.${name}`),
    ]
      .map((name) => `amqp.method.${name}`)
      .filter((name) => !known.includes(name));
    // What RabbitMQ added to AMQP 0-9-1, and Wireshark shows without a name.
    expect(lacking).toEqual(['amqp.method.arguments.new_secret']);
  });
});
