// The one RabbitMQ that all test files of a run share. It starts when the first test asks for it.
// Counterpart: global-setup.ts, which owns it; rabbitmq.ts for a test that needs one to itself.
// Invariant: files run at the same time, so a test uses queue names of its own and leaves the broker as it was.

import { inject } from 'vitest';
import { type RabbitMqAddress, rabbitMqCtl, SHARED_PLUGINS, startRabbitMq } from './rabbitmq.ts';

export interface SharedRabbitMq extends RabbitMqAddress {
  /** Runs rabbitmqctl (about 0.6 s) and gives its output. */
  ctl(...args: string[]): Promise<string>;
}

let mine: Promise<SharedRabbitMq> | undefined;

/**
 * The shared RabbitMQ. Call it in `beforeAll`.
 * @throws Error with the broker's log if it does not start.
 */
export async function sharedRabbitMq(): Promise<SharedRabbitMq> {
  mine ??= find();
  return await mine;
}

async function find(): Promise<SharedRabbitMq> {
  const rig = inject('rig');
  // vitest was started without test/vitest.config.ts
  if (rig === undefined) return await startRabbitMq({ plugins: SHARED_PLUGINS });
  const response = await fetch(`${rig}/rabbitmq`);
  if (!response.ok) throw new Error(await response.text());
  const address = (await response.json()) as RabbitMqAddress;
  return { ...address, ctl: async (...args) => await rabbitMqCtl(address, ...args) };
}
