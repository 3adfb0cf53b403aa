// An HTTP server that answers as the API of a spy does, from a snapshot. Counterpart: api-source.ts.

import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import type { TopSnapshot } from '../../../src/cli/top/snapshot.ts';

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

/** Serves until the test is over; resolves with the port. */
export async function serve(handler: Handler): Promise<number> {
  const server = createServer(handler);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

/** Answers with parts of the snapshot; routes that are left out are not found. */
export function apiOf(snapshot: () => TopSnapshot, without: readonly string[] = []): Handler {
  return (request, response) => {
    const { connections, channels, exchanges, queues, bindings, latencies, findings } = snapshot();
    const answers: { readonly [path: string]: object } = {
      '/api/connections': { open: connections.length, opened: connections.length, connections },
      '/api/channels': { v: 1, channels },
      '/api/topology': { v: 1, exchanges, queues, bindings },
      '/api/latency': { v: 1, latencies },
      '/api/findings': { v: 1, findings, counts: {} },
    };
    const path = request.url ?? '';
    const answer = without.includes(path) ? undefined : answers[path];
    if (answer) response.writeHead(200, { Date: new Date(snapshot().time).toUTCString() }).end(JSON.stringify(answer));
    else response.writeHead(404).end(JSON.stringify({ error: 'not-found', message: `there is no ${path}` }));
  };
}
