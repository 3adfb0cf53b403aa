// Definitions that this project writes, imported into a real RabbitMQ: it takes them, and exports the same.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { applyDefinitions } from '../../../src/broker/definitions/apply.ts';
import { collectDefinitions } from '../../../src/broker/definitions/collect.ts';
import { formatDefinitions } from '../../../src/broker/definitions/format.ts';
import { parseDefinitions } from '../../../src/broker/definitions/parse.ts';
import { type RabbitMq, startRabbitMq } from '../../rig/rabbitmq.ts';
import { MemoryBroker } from './memory-broker.ts';

const PRODUCT = { rabbitVersion: '3.10.8', name: 'amqp-spy', version: '1' };

let rabbitMq: RabbitMq;
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'amqp-spy-definitions-'));
  rabbitMq = await startRabbitMq();
});

afterAll(async () => {
  await rabbitMq.stop();
  rmSync(folder, { recursive: true });
});

it('a RabbitMQ takes what is written here, lets the users in, and exports it again', async () => {
  const fixture = new URL('../../../fixtures/definitions/rabbitmqctl-3.10.json', import.meta.url);
  const broker = new MemoryBroker();
  applyDefinitions(parseDefinitions(readFileSync(fixture, 'utf8')), broker);
  broker.access.putUser({ name: 'dave', password: 'pässword', tags: ['management'] });
  const written = formatDefinitions(collectDefinitions(broker), PRODUCT);
  const [imported, exported] = [path.join(folder, 'in.json'), path.join(folder, 'out.json')];
  writeFileSync(imported, written);

  await rabbitMq.ctl('import_definitions', imported);
  await rabbitMq.ctl('export_definitions', exported);

  expect(await rabbitMq.ctl('authenticate_user', 'dave', 'pässword')).toContain('Success');
  expect(canonical(readFileSync(exported, 'utf8'))).toEqual(canonical(written));
});

/** Read back, in one order: RabbitMQ lists things in the order of its tables. */
function canonical(text: string): unknown {
  const lists = Object.entries(parseDefinitions(text)) as [string, readonly unknown[]][];
  return Object.fromEntries(lists.map(([name, items]) => [name, items.map(textOf).sort()]));
}

function textOf(item: unknown): string {
  return JSON.stringify(item, (_, value: unknown) => (typeof value === 'bigint' ? `${value}n` : sortedKeys(value)));
}

function sortedKeys(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
