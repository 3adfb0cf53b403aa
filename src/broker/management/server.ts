// The management API: RabbitMQ's HTTP API over the broker, metrics for Prometheus, and a page to look at. On plain
// node:http; loaded only when asked for.
// Invariants: every request passes the check of its Host, then of its method, then of who asks, before its body is read;
// what fails here never touches the broker.

import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { formatAddress, type ListenAddress, listenError } from '../../net/address.ts';
import type { Broker } from '../broker.ts';
import { formatJson } from '../definitions/exact-json.ts';
import { authorize, claimedName } from './authorization.ts';
import { HostCheck } from './host-check.ts';
import { HttpError, notThere } from './http-error.ts';
import { Management } from './management.ts';
import { allowedMethods, ManagementRequest, type Method, type Reply, type Route, RouteTable } from './route.ts';
import { ROUTES } from './routes.ts';

const OPTION = '--management';
/** Names in paths may have 255 characters of up to 12 bytes each, twice. */
const MAX_HEADER_SIZE = 16_384;
/** In ms; imports of definitions are the longest requests. */
const REQUEST_TIMEOUT = 60_000;
const MAX_CONNECTIONS = 1000;

const HEADERS = {
  'Cache-Control': 'no-cache',
  'Content-Security-Policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
  Vary: 'origin',
  'X-Content-Type-Options': 'nosniff',
};

export interface ManagementOptions {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  /** Takes lines that an operator reads: who was refused, what failed. By default the broker's log. */
  readonly log?: (line: string) => void;
}

export interface ManagementServer {
  readonly address: ListenAddress;
  /** `http://127.0.0.1:15672` */
  readonly url: string;
  /** Ends all requests. */
  close(): Promise<void>;
}

/** Starts to listen. Rejects with ConfigError or AmqpSpyError if it cannot listen there. */
export async function startManagement(broker: Broker, options: ManagementOptions): Promise<ManagementServer> {
  const server = createServer({ maxHeaderSize: MAX_HEADER_SIZE, requestTimeout: REQUEST_TIMEOUT });
  server.maxConnections = MAX_CONNECTIONS;
  const address = await listen(server, options);
  const management = new Management(broker, { protocol: 'http', ...address });
  const log = options.log ?? ((line: string) => broker.log(line));
  // From here on only accepting can fail (no file descriptor left): that client's loss, not the broker's.
  server.on('error', (error) => log(`management: cannot accept: ${error.message}`));
  const service = new Service(management, new HostCheck(options.host), log);
  server.on('request', (request, response) => void service.serve(request, response));
  return {
    address,
    url: `http://${formatAddress(address)}`,
    async close() {
      management.close();
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

async function listen(server: Server, { host, port }: ManagementOptions): Promise<ListenAddress> {
  try {
    server.listen({ host, port });
    await once(server, 'listening');
  } catch (error) {
    throw listenError(OPTION, { host, port }, error as NodeJS.ErrnoException);
  }
  return { host, port: (server.address() as AddressInfo).port };
}

class Service {
  readonly #management: Management;
  readonly #hosts: HostCheck;
  readonly #log: (line: string) => void;
  readonly #routes = new RouteTable(ROUTES);

  constructor(management: Management, hosts: HostCheck, log: (line: string) => void) {
    this.#management = management;
    this.#hosts = hosts;
    this.#log = log;
  }

  async serve(message: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      send(message, response, await this.#answer(message));
    } catch (error) {
      send(message, response, this.#refuse(error));
    }
    // What nobody read of the request must not be taken for the next one.
    if (!message.complete) message.resume();
  }

  async #answer(message: IncomingMessage): Promise<Reply> {
    this.#hosts.check(message);
    const { pathname, searchParams } = parseTarget(message);
    const found = this.#routes.find(pathname);
    if (!found) throw notThere();
    const { route } = found;
    if (message.method === 'OPTIONS') return { status: 200, headers: { Allow: allowedMethods(route) } };
    const answer = route[methodOf(message)];
    if (!answer) throw new HttpError(405, undefined, '', { Allow: allowedMethods(route) });
    const who = this.#authorize(message, found);
    return await answer(this.#management, new ManagementRequest(message, found.parameters, searchParams, who));
  }

  #authorize(message: IncomingMessage, found: { route: Route; parameters: Readonly<Record<string, string>> }) {
    const management = this.#management;
    if (found.route.audience === 'anyone') return authorize(management.broker, message, found);
    try {
      const who = authorize(management.broker, message, found);
      management.loginsSucceeded++;
      return who;
    } catch (error) {
      const name = claimedName(message);
      if (name !== undefined) {
        management.loginsFailed++;
        this.#log(`management: HTTP access denied: user '${name}' - ${(error as Error).message}`);
      }
      throw error;
    }
  }

  #refuse(error: unknown): Reply {
    if (error instanceof HttpError) {
      const { status, headers } = error;
      if (error.error === undefined) return { status, headers };
      const body = formatJson({ error: error.error, reason: error.reason });
      return { status, headers, contentType: 'application/json', body };
    }
    this.#management.broker.defect(error);
    const reason = error instanceof Error ? error.message : String(error);
    const body = formatJson({ error: 'internal_server_error', reason });
    return { status: 500, contentType: 'application/json', body };
  }
}

function parseTarget({ url = '' }: IncomingMessage): { pathname: string; searchParams: URLSearchParams } {
  if (!url.startsWith('/')) throw new HttpError(400, 'bad_request', 'expected a path as request target');
  // Not by the URL class: it would resolve `..` and `.`, which are names that queues may have.
  const [pathname = '', ...query] = url.split('?');
  return { pathname, searchParams: new URLSearchParams(query.join('?')) };
}

function methodOf({ method = '' }: IncomingMessage): Method {
  return (method === 'HEAD' ? 'get' : method.toLowerCase()) as Method;
}

function send(message: IncomingMessage, response: ServerResponse, reply: Reply): void {
  if (response.headersSent) return void response.destroy();
  const { status, headers, contentType, body = '' } = reply;
  response.writeHead(status, {
    ...HEADERS,
    ...headers,
    ...(contentType !== undefined && { 'Content-Type': contentType }),
    ...(status !== 204 && { 'Content-Length': Buffer.byteLength(body) }),
  });
  response.end(message.method === 'HEAD' ? undefined : body);
}
