// The same random sequences against RabbitMQ and the embedded broker, both over a socket: what the model says is what
// both do. Counterpart: broker.test.ts, the same in memory and many more of them.

import fc from 'fast-check';
import { afterEach, it } from 'vitest';
import { BROKERS, unique } from '../broker/behaviour/brokers.ts';
import { type Command, rivalries, sequences } from '../broker/model/command.ts';
import { Player } from '../broker/model/transcript.ts';
import { WireLink } from '../broker/model/wire-link.ts';
import { AmqpClient } from '../rig/amqp-client.ts';
import { destroyAllSockets } from '../rig/amqp-socket.ts';

afterEach(destroyAllSockets);

async function play(port: number, commands: readonly Command[]): Promise<void> {
  const { socket } = await AmqpClient.handshake({ port });
  const player = new Player(new WireLink(socket), unique('model'));
  await player.start();
  try {
    for (const command of commands) await player.play(command);
    await player.clean();
  } finally {
    socket.destroy();
  }
}

/** A single active consumer's successor gets first what that one held. */
const SUCCESSION: readonly Command[] = [
  { do: 'open', channel: 1 },
  { do: 'open', channel: 3 },
  { do: 'declare', channel: 1, queue: 'q1', kind: { singleActive: true } },
  { do: 'qos', channel: 1, count: 2 },
  { do: 'consume', channel: 1, tag: 'c1', noAck: false, exclusive: false, priority: 0 },
  { do: 'consume', channel: 3, tag: 'c2', noAck: false, exclusive: false, priority: 0 },
  { do: 'publish', channel: 1, exchange: '', queue: 'q1', key: 'a', count: 4, priority: 0, mandatory: false },
  { do: 'close', channel: 1 },
];

it.each(BROKERS)('$name does what the model does, whatever the commands', async (kind) => {
  const broker = await kind.start();
  try {
    await play(broker.port, SUCCESSION);
    const property = fc.asyncProperty(fc.oneof(sequences(60), rivalries(40)), (commands) =>
      play(broker.port, commands),
    );
    await fc.assert(property, { numRuns: Number(process.env.RUNS ?? 60), seed: Number(process.env.SEED ?? 7) });
  } finally {
    await broker.stop();
  }
});
