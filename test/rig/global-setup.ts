// Runs once around a whole vitest run: offers test files the shared RabbitMQ over a small HTTP server.
// Counterpart: shared-rabbitmq.ts asks it.
// Invariant: the broker starts at most once, and only if a test asks for it.

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestProject } from 'vitest/node';
import { type RabbitMq, SHARED_PLUGINS, startRabbitMq } from './rabbitmq.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** The base URL of the rig's server. Missing when vitest runs without test/vitest.config.ts. */
    rig: string | undefined;
  }
}

export async function setup(project: TestProject): Promise<() => Promise<void>> {
  let rabbit: Promise<RabbitMq> | undefined;
  const server = createServer((_request, response) => {
    rabbit ??= startRabbitMq({ plugins: SHARED_PLUGINS });
    rabbit.then(
      (address) => response.end(JSON.stringify(address)),
      (error: unknown) => response.writeHead(500).end(String(error)),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  project.provide('rig', `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  return async () => {
    server.close();
    server.closeAllConnections();
    await rabbit?.then(
      async (running) => await running.stop(),
      () => {},
    );
  };
}
