// Which publish a confirm settles, and which deliveries an ack: the session's answers beside tshark's.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openRecording } from '../../src/cli/recording.ts';
import { startSpy } from '../../src/spy.ts';
import { startCapture } from '../rig/capture.ts';
import { type RabbitMq, startRabbitMq } from '../rig/rabbitmq.ts';
import { type ComparedLinks, compareLinks, readSession, spyLinks } from './settlement-links.ts';
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
  return [...links].sort(([one], [other]) => one - other).map(([, settled]) => settled.length);
}

/** How many records settle something, by method. */
function byMethod({ methodOf }: ComparedLinks, ids: Iterable<number>): Record<string, number> {
  const found: Record<string, number> = {};
  for (const id of ids) found[methodOf.get(id)!] = (found[methodOf.get(id)!] ?? 0) + 1;
  return found;
}

describe.each([
  ['a capture by tcpdump', captured, (): number => broker.port],
  ['a recording', recorded, (): number => AMQP_PORT],
] as const)('of %s', (_, file, port) => {
  let links: ComparedLinks;

  beforeAll(async () => {
    links = await compareLinks(file, port(), readSession(file, port()));
  });

  it('the session knows every settlement that tshark knows', () => {
    const differing = [...links.tshark].filter(([id, packets]) => `${links.spy.get(id)}` !== `${packets}`);
    console.log(byMethod(links, links.tshark.keys()), byMethod(links, links.spy.keys()));for (const [id, p] of differing) console.log(id, links.methodOf.get(id), 'T', p.join(), 'S', links.spy.get(id)?.join(), links.settledBy.get(id)?.join());
    for (const [id, p] of links.spy) if (!links.tshark.has(id)) console.log('EXTRA', id, links.methodOf.get(id), p.join());
    expect(differing.map(([id, packets]) => ({ id, tshark: packets, spy: links.spy.get(id) }))).toEqual([]);
    console.log(byMethod(links, links.tshark.keys()), byMethod(links, links.spy.keys()));
  });

  it('tells of a settlement from both of its ends', () => {
    console.log(links.settledBy.size, live.length);
  });
});
