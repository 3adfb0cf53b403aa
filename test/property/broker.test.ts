// The embedded broker against a model of a broker: random sequences of commands, the same deliveries in the same order,
// the same errors, the same counts; and nothing is left when all is over.

import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type Broker, createBroker } from '../../src/broker/broker.ts';
import { type Command, rivalries, sequences } from '../broker/model/command.ts';
import { MemoryLink } from '../broker/model/memory-link.ts';
import { Player } from '../broker/model/transcript.ts';
import { MemoryClient, settle } from '../rig/memory-client.ts';
import { VirtualClock } from '../rig/virtual-clock.ts';

/** What all messages that the broker holds cost. */
function costOf(broker: Broker): number {
  let cost = 0;
  for (const { queues } of broker.vhosts.values()) {
    for (const queue of queues.values()) for (const message of queue.messages()) cost += message.cost;
  }
  for (const { channels } of broker.connections) {
    for (const { deliveries } of channels.values())
      for (const [, { message }] of deliveries.entries()) cost += message.cost;
  }
  return cost;
}

function expectConsistency(broker: Broker, player: Player): void {
  for (const [name, { ready, unsettled, consumers }] of player.model.queues) {
    const queue = broker.vhosts.get('/')!.queues.get(player.model.nameOf(name))!;
    expect([queue.readyCount, queue.unsettledCount, queue.consumers.size]).toEqual([
      ready.length,
      unsettled,
      consumers.length,
    ]);
    const bytes = [...queue.messages()].reduce((sum, { bodySize }) => sum + bodySize, 0);
    expect(queue.byteCount).toBeGreaterThanOrEqual(bytes);
  }
}

async function play(commands: readonly Command[], ending: 'clean' | 'vanish' | 'close'): Promise<void> {
  const clock = new VirtualClock();
  const lines: string[] = [];
  const broker = await createBroker({ clock, log: (line) => lines.push(line) });
  const ownTimers = clock.pending;
  const client = await MemoryClient.open(broker, { heartbeat: 10 });
  const player = new Player(new MemoryLink(client), '');
  await player.start();
  for (const command of commands) await player.play(command);
  expectConsistency(broker, player);
  if (commands.every((command) => command.do !== 'tx')) expect(broker.memory.used).toBe(costOf(broker));
  if (ending === 'clean') await player.clean();
  if (ending === 'close') client.call(0, 'connection.close', { reply_code: 200 });
  client.vanish();
  await settle();
  const vhost = broker.vhosts.get('/')!;
  for (const queue of vhost.queues.values()) {
    expect([queue.unsettledCount, queue.consumers.size, queue.owner]).toEqual([0, 0, undefined]);
  }
  expect(broker.memory.used).toBe(costOf(broker));
  for (const queue of [...vhost.queues.values()]) vhost.deleteQueue(queue);
  expect([broker.memory.used, broker.connections.size, clock.pending]).toEqual([0, 0, ownTimers]);
  expect(lines.filter((line) => line.includes('at '))).toEqual([]);
}

it('does what the model does, whatever the commands', async () => {
  const property = fc.asyncProperty(
    fc.oneof(sequences(60), rivalries(40)),
    fc.constantFrom('clean', 'vanish', 'close'),
    play,
  );
  await fc.assert(property, { numRuns: Number(process.env.RUNS ?? 400), seed: Number(process.env.SEED ?? 1) });
});
