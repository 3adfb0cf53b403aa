// Heartbeats in real time, with the shortest interval there is; all at once, for each takes seconds.

import { expect, test } from 'vitest';
import { behaviour } from './brokers.ts';
import { together } from './transcript.ts';

const HEARTBEAT = Uint8Array.of(8, 0, 0, 0, 0, 0, 0, 0xce);

behaviour('heartbeats of one second', (broker) => {
  test('are kept both ways', async () => {
    const answers = await together({
      'a client that says nothing': async () => {
        const socket = await broker.openSocket({ heartbeat: 1 });
        const from = Date.now();
        const said = await socket.rest();
        const seconds = (Date.now() - from) / 1000;
        // Two intervals without a byte, found out at the next look.
        if (seconds < 1.9 || seconds > 10) return `lost after ${seconds} s`;
        // Heartbeats come meanwhile, and no connection.close.
        if (said.length < 2 || said.some(({ type }) => type !== 'heartbeat')) return JSON.stringify(said);
        return 'lost';
      },
      'a client that sends heartbeats': async () => {
        const client = await broker.connect({ heartbeat: 1 });
        for (let beats = 0; beats < 8; beats++) {
          await new Promise((resolve) => setTimeout(resolve, 500));
          client.socket.send(HEARTBEAT);
        }
        await (await client.channel()).sync();
        return client.heartbeats >= 2 ? 'kept' : `${client.heartbeats} heartbeats`;
      },
      'a client that sends something else': async () => {
        const channel = await broker.channel({ heartbeat: 1 });
        for (let calls = 0; calls < 8; calls++) {
          await new Promise((resolve) => setTimeout(resolve, 500));
          await channel.sync();
        }
        return 'kept';
      },
      'a client that wants none': async () => {
        const client = await broker.connect({ heartbeat: 0 });
        const channel = await client.channel();
        await new Promise((resolve) => setTimeout(resolve, 4000));
        await channel.sync();
        return client.heartbeats === 0 ? 'kept' : `${client.heartbeats} heartbeats`;
      },
      'a client that is lost': async () => {
        const client = await broker.connect({ heartbeat: 1 });
        const channel = await client.channel();
        const witness = await broker.channel();
        const queue = await witness.queue({ exclusive: false, auto_delete: true });
        witness.publish({ routingKey: queue });
        await witness.sync();
        await channel.get(queue, false);
        await witness.consume(queue, { no_ack: true });
        return (await witness.next('basic.deliver')).arguments.redelivered ? 'gives back' : 'keeps';
      },
    });
    expect(answers).toEqual({
      'a client that says nothing': 'lost',
      'a client that sends heartbeats': 'kept',
      'a client that sends something else': 'kept',
      'a client that wants none': 'kept',
      'a client that is lost': 'gives back',
    });
  });
});
