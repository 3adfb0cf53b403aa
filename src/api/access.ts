// Who may speak to the API. Loopback keeps other machines out; Host and Origin keep out web pages that the user's browser
// has open (DNS rebinding, cross-site requests and WebSockets); beyond loopback a token is needed on top.
// Invariant: every request passes here first, WebSocket upgrades included.

import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { isLoopback } from '../net/address.ts';
import { ApiError } from './api-error.ts';

export interface AccessRules {
  /** Where the API was told to listen. */
  readonly host: string;
  /** The port that Host must name with it, with a name of loopback, or with the address that was connected to. */
  readonly port: number;
  /** Other names by which the API may be called, as behind a reverse proxy; with any port. */
  readonly names: readonly string[];
  readonly token: string | undefined;
}

interface Host {
  readonly name: string;
  readonly port: number;
}

export class Access {
  readonly #host: string;
  readonly #port: number;
  readonly #names: ReadonlySet<string>;
  readonly #token: string | undefined;

  constructor(rules: AccessRules) {
    this.#host = rules.host.toLowerCase();
    this.#port = rules.port;
    this.#names = new Set(rules.names.map((name) => name.toLowerCase()));
    this.#token = rules.token;
  }

  /** Throws ApiError 403 for a wrong Host or Origin, 401 for a missing or wrong token. */
  check(request: IncomingMessage, query: URLSearchParams): void {
    const { host, origin } = request.headers;
    if (!this.#isOurHost(host, request.socket.localAddress)) {
      throw new ApiError(403, `the Host header names '${host ?? ''}', which is not this server`);
    }
    if (origin !== undefined && hostOfOrigin(origin) !== host?.toLowerCase()) {
      throw new ApiError(403, `pages of '${origin}' may not use this API: only its own pages may`);
    }
    if (this.#token !== undefined) checkToken(this.#token, tokenOf(request, query));
  }

  #isOurHost(header: string | undefined, localAddress = ''): boolean {
    const host = parseHost(header ?? '');
    if (!host) return false;
    if (this.#names.has(host.name)) return true;
    if (host.port !== this.#port) return false;
    return isLoopback(host.name) || host.name === this.#host || host.name === plainAddress(localAddress);
  }
}

function parseHost(header: string): Host | undefined {
  const match = /^(?:\[([0-9a-f:.]+)\]|([^\s:/?#@[\]\\]+))(?::(\d{1,5}))?$/i.exec(header);
  if (!match) return undefined;
  return { name: (match[1] ?? match[2]!).toLowerCase(), port: match[3] === undefined ? 80 : Number(match[3]) };
}

function hostOfOrigin(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).host : undefined;
}

/** An IPv4 address as such where the socket shows it inside IPv6. */
function plainAddress(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/, '');
}

function tokenOf(request: IncomingMessage, query: URLSearchParams): string | undefined {
  const { authorization } = request.headers;
  if (authorization === undefined) return query.get('token') ?? undefined;
  return /^Bearer +(\S+)$/i.exec(authorization)?.[1];
}

function checkToken(expected: string, given: string | undefined): void {
  // Digests have one length, so that the comparison takes the same time for every guess.
  if (given !== undefined && timingSafeEqual(digest(expected), digest(given))) return;
  const how = given === undefined ? 'a token is needed: ' : 'wrong token; expected ';
  throw new ApiError(401, `${how}'Authorization: Bearer <token>', or ?token=<token>`, { 'WWW-Authenticate': 'Bearer' });
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
