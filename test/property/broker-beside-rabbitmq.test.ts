// The same random sequences against RabbitMQ and the embedded broker, both over a socket: what the model says is what
// both do. Counterpart: broker.test.ts, the same in memory and many more of them.

import fc from 'fast-check';
import { afterEach, it } from 'vitest';
import { BROKERS, unique } from '../broker/behaviour/brokers.ts';
import { type Command, sequences } from '../broker/model/command.ts';
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

it.each(BROKERS)('$name does what the model does, whatever the commands', async (kind) => {
  const broker = await kind.start();
  try {
    const property = fc.asyncProperty(sequences(60), (commands) => play(broker.port, commands));
    await fc.assert(property, { numRuns: Number(process.env.RUNS ?? 25), seed: Number(process.env.SEED ?? 7) });
  } finally {
    await broker.stop();
  }
});
