import { it } from 'vitest';
import { BROKERS, unique } from '../behaviour/brokers.ts';
import type { Command } from './command.ts';
import { Player } from './transcript.ts';
import { WireLink } from './wire-link.ts';
import { AmqpClient } from '../../rig/amqp-client.ts';
const start: Command[] = [
  { do: 'open', channel: 1 }, { do: 'open', channel: 3 },
  { do: 'declare', channel: 1, queue: 'q1', kind: { singleActive: true } },
  { do: 'qos', channel: 1, count: 2 },
  { do: 'consume', channel: 1, tag: 'c1', noAck: false, exclusive: false, priority: 0 },
  { do: 'consume', channel: 3, tag: 'c2', noAck: false, exclusive: false, priority: 0 },
  { do: 'publish', channel: 1, exchange: '', queue: 'q1', key: 'a', count: 4, priority: 0, mandatory: false },
];
const ends: Record<string, Command[]> = {
  cancel: [{ do: 'cancel', channel: 1, tag: 'c1' }],
  close: [{ do: 'close', channel: 1 }],
};
for (const kind of BROKERS) for (const [name, end] of Object.entries(ends)) it(`${kind.name} ${name}`, async () => {
  const broker = await kind.start();
  const { socket } = await AmqpClient.handshake({ port: broker.port });
  const player = new Player(new WireLink(socket), unique('model'));
  await player.start();
  for (const command of [...start, ...end]) await player.play(command);
});
