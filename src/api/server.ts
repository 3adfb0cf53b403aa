// The API: an HTTP server on plain node:http (quicker to load than any framework, for a dozen routes) and the WebSocket
// stream on the same port. Invariants: every request passes the access check; no answer is cached, framed or sniffed;
// what fails here never touches the traffic.

import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse, STATUS_CODES } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Schemas } from '../content/decoder.ts';
import type { FrameLog } from '../log/frame-log.ts';
import { formatAddress, isLoopback, LOOPBACK, listenError } from '../net/address.ts';
import type { ConnectionTable } from '../session/connection-table.ts';
import type { Session } from '../session/session.ts';
import { Access } from './access.ts';
import { ApiError } from './api-error.ts';
import { Metrics } from './metrics.ts';
import { type ApiContext, findRoute, type Reply } from './route.ts';
import { ROUTES } from './routes.ts';
import { STREAM_PATH, Stream } from './stream.ts';

const OPTION = '--api';
/** Real requests are far below; all in bytes and ms. */
const MAX_HEADER_SIZE = 8192;
const HEADERS_TIMEOUT = 10_000;
const REQUEST_TIMEOUT = 30_000;
/** Each may hold an answer of some MB. */
const MAX_CONNECTIONS = 1000;
const PING_MS = 30_000;
const TOKEN_BYTES = 24;

const SECURITY_HEADERS = {
  'Cache-Control': 'no-store',
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
};

export interface ApiOptions {
  /** 127.0.0.1 by default. */
  readonly host?: string;
  /** 0: any free port. */
  readonly port: number;
  readonly log: FrameLog;
  readonly connections: ConnectionTable;
  /** Knows what the traffic means. Without it the API speaks of frames only: other routes answer 501. */
  readonly session?: Session;
  /** For bodies in formats that do not describe themselves. */
  readonly schemas?: Schemas;
  /** Asked of every request, if given; made up if the API is bound beyond loopback without one. */
  readonly token?: string;
  /** Further names by which the API may be called (Host header), as behind a reverse proxy. */
  readonly names?: readonly string[];
  /** A subscriber that leaves a ping unanswered for this long is gone; 30 s by default. */
  readonly pingMs?: number;
}

export interface Api {
  /** `http://127.0.0.1:15673`, without the token. */
  readonly url: string;
  /** What requests must bring along; undefined on loopback, unless one was given. */
  readonly token: string | undefined;
  /** Says goodbye to subscribers and ends all requests. */
  close(): Promise<void>;
}

/** Starts to listen. Rejects with AmqpSpyError if it cannot listen there. */
export async function startApi(options: ApiOptions): Promise<Api> {
  const { log, connections, session, schemas } = options;
  const host = options.host ?? LOOPBACK;
  const server = createServer({
    maxHeaderSize: MAX_HEADER_SIZE,
    headersTimeout: HEADERS_TIMEOUT,
    requestTimeout: REQUEST_TIMEOUT,
  });
  server.maxConnections = MAX_CONNECTIONS;
  server.setTimeout(REQUEST_TIMEOUT);
  const { address, port } = await listen(server, host, options.port);
  // From here on only accepting can fail (no file descriptor left): that client's loss, not the spy's.
  server.on('error', () => {});
  const token = options.token ?? (isLoopback(address) ? undefined : randomBytes(TOKEN_BYTES).toString('base64url'));
  const access = new Access({ host, port, token, names: options.names ?? [] });
  const stream = new Stream({ log, connections, session, pingMs: options.pingMs ?? PING_MS });
  const metrics = new Metrics({ log, connections, session, stream });
  const context = { log, connections, session, schemas, stream, metrics, startedAt: performance.now() };
  server.on('request', (request, response) => void serve(context, access, request, response));
  server.on('upgrade', (request, socket, head) => void upgrade(stream, access, request, socket, head));
  let closing: Promise<void> | undefined;
  return {
    url: `http://${formatAddress({ host: reachable(address), port })}`,
    token,
    close() {
      closing ??= shut(server, stream);
      return closing;
    },
  };
}

async function shut(server: Server, stream: Stream): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  await stream.close();
  server.closeAllConnections();
  await closed;
}

async function listen(server: Server, host: string, port: number): Promise<AddressInfo> {
  try {
    server.listen({ host, port });
    await once(server, 'listening');
  } catch (error) {
    throw listenError(OPTION, { host, port }, error as NodeJS.ErrnoException);
  }
  return server.address() as AddressInfo;
}

/** Where to reach an API that listens on all addresses. */
function reachable(address: string): string {
  return address === '0.0.0.0' ? LOOPBACK : address === '::' ? '::1' : address;
}

function parseTarget(request: IncomingMessage): URL {
  const target = request.url ?? '';
  const text = `http://api${target}`;
  if (!target.startsWith('/') || !URL.canParse(text)) throw new ApiError(400, 'expected a path as request target');
  return new URL(text);
}

async function serve(
  context: ApiContext,
  access: Access,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    const { pathname, searchParams } = parseTarget(request);
    access.check(request, searchParams);
    const found = findRoute(ROUTES, pathname);
    if (!found) throw new ApiError(404, `there is no ${pathname}; GET / lists what there is`);
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      throw new ApiError(405, `${pathname} answers GET, not ${request.method}`, { Allow: 'GET, HEAD' });
    }
    send(response, await found.route.answer(context, { query: searchParams, id: found.id }));
  } catch (error) {
    refuse(response, asApiError(error));
  }
}

function send(response: ServerResponse, { contentType, body }: Reply): void {
  const headers = { 'Content-Type': contentType, 'Content-Length': Buffer.byteLength(body) };
  response.writeHead(200, { ...SECURITY_HEADERS, ...headers });
  response.end(body);
}

function refuse(response: ServerResponse, error: ApiError): void {
  if (response.headersSent) return void response.destroy();
  response.writeHead(error.status, refusalHeaders(error));
  response.end(error.body);
}

async function upgrade(
  stream: Stream,
  access: Access,
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
): Promise<void> {
  // What goes wrong with the peer ends in its 'close'.
  socket.on('error', () => {});
  try {
    const { pathname, searchParams } = parseTarget(request);
    access.check(request, searchParams);
    if (pathname !== STREAM_PATH)
      throw new ApiError(404, `no WebSocket at ${pathname}; there is one at ${STREAM_PATH}`);
    await stream.upgrade(request, socket, head, searchParams);
  } catch (error) {
    refuseUpgrade(socket, asApiError(error));
  }
}

function refuseUpgrade(socket: Duplex, error: ApiError): void {
  const headers = Object.entries({ ...refusalHeaders(error), Connection: 'close' });
  const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  socket.end(`HTTP/1.1 ${error.status} ${STATUS_CODES[error.status]}\r\n${lines}\r\n${error.body}`);
}

function refusalHeaders(error: ApiError): { readonly [name: string]: string | number } {
  return {
    ...SECURITY_HEADERS,
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': Buffer.byteLength(error.body),
    ...error.headers,
  };
}

function asApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  return new ApiError(500, error instanceof Error ? error.message : String(error));
}
