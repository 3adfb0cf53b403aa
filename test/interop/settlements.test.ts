// Which publish a confirm settles, and which deliveries an ack: the session's answers beside tshark's.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openRecording } from '../../src/cli/recording.ts';
import { methodByName } from '../../src/protocol/method-table.ts';
import { startSpy } from '../../src/spy.ts';
import { startCapture } from '../rig/capture.ts';
import { type RabbitMq, startRabbitMq } from '../rig/rabbitmq.ts';
import { type ComparedLinks, compareLinks, type ReadSession, readSession, spyLinks } from './settlement-links.ts';
import { settleAll } from './settlement-scenario.ts';

const AMQP_PORT = 5672;
const folder = mkdtempSync(path.join(tmpdir(), 'amqp-spy-settlements-'));
const captured = path.join(folder, 'captured.pcap');
const recorded = path.join(folder, 'recorded.pcapng');
let broker: RabbitMq;
/** How many each settling record settles, in the order of these, as the live session had it. */
let live: number[];

beforeAll(async () => {
  broker = await startRabbitMq();
  const { host, port } = broker;
  const capture = await startCapture(port, captured);
  const spy = await startSpy({ listen: { host, port: 0 }, upstreams: [{ host, port, tls: false }] });
  const recording = openRecording(recorded, spy.log);
  await settleAll(spy.address.port);
  await spy.close();
  live = counts(spyLinks(spy.session));
  recording.close();
  await capture.stop();
});

afterAll(async () => {
  await broker?.stop();
  rmSync(folder, { recursive: true, force: true });
});

function counts(links: ReadonlyMap<number, readonly number[]>): number[] {
  return [...links.values()].map((settled) => settled.length).sort((one, other) => one - other);
}

describe.each([
  ['a capture by tcpdump', captured, (): number => broker.port],
  ['a recording', recorded, (): number => AMQP_PORT],
] as const)('of %s', (_, file, portOf) => {
  let read: ReadSession;
  let links: ComparedLinks;

  beforeAll(async () => {
    read = readSession(file, portOf());
    links = await compareLinks(file, portOf(), read);
  });

  it('the session knows every settlement that tshark knows, and what a rollback undid', () => {
    const { tshark, spy } = links;
    expect(tshark.size).toBeGreaterThan(60);
    const differing = [...tshark].filter(([id, packets]) => `${spy.get(id)}` !== `${packets}`);
    // For tshark the ack before the rollback counts, and leaves one less to the one after it.
    expect(differing.map(([id, packets]) => [packets.length, spy.get(id)?.length ?? 0])).toEqual([
      [1, 0],
      [3, 4],
    ]);
  });

  it('the session knows what tshark misses: an ack of all that there is', () => {
    const { tshark, spy } = links;
    const more = [...spy.keys()].filter((id) => !tshark.has(id));
    expect(more.map((id) => read.argumentsOf(id))).toEqual([{ delivery_tag: 0n, multiple: true }]);
    expect(spy.get(more[0]!)!.length).toBeGreaterThan(20);
  });

  it('the session knows the same as live', () => {
    expect(counts(links.settledBy)).toEqual(live);
  });

  it('each settlement is told from both of its ends', () => {
    const { links: told } = read.session;
    for (const [by, settled] of links.settledBy) {
      expect({ by, ...told.of(by) }).toMatchObject({ by, answers: settled[0], settles: settled.length });
      for (const id of settled) expect({ id, ...told.of(id) }).toMatchObject({ id, answeredBy: by });
    }
  });

  it('each reply is linked to its method, and each delivery and return to its publish, without exception', () => {
    const { methodOf } = links;
    const pairs = new Set<string>();
    for (const [id, method] of methodOf) {
      const { answers } = read.session.links.of(id) ?? {};
      const isAnswer = /-ok$|get-empty|basic\.(deliver|return)/.test(method);
      if (isAnswer) pairs.add(`${answers === undefined ? 'nothing' : methodOf.get(answers)} → ${method}`);
    }
    const calls = new Set([...methodOf.values()].filter((name) => methodByName(name)!.spec.replies));
    const replies = [...calls].filter((name) => name !== 'basic.get').map((name) => `${name} → ${name}-ok`);
    const gets = ['basic.get → basic.get-ok', 'basic.get → basic.get-empty'];
    const messages = ['basic.publish → basic.deliver', 'basic.publish → basic.return'];
    expect([...pairs].sort()).toEqual([...replies, ...gets, ...messages].sort());
  });
});
