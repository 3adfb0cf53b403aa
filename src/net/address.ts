// Where to listen and where to connect, as people write it: `5673`, `0.0.0.0:5673`, `[::1]:5673`, `localhost`,
// `amqp://host:port`, `amqps://host`, and comma-separated lists of upstreams, tried in order.

import { isIPv6 } from 'node:net';
import { AmqpSpyError, ConfigError } from '../errors.ts';

export interface ListenAddress {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
}

export interface UpstreamAddress {
  readonly host: string;
  readonly port: number;
  readonly tls: boolean;
}

/** Everything binds here unless told otherwise. */
export const LOOPBACK = '127.0.0.1';
/** Where the API listens, unless told otherwise. */
export const API_PORT = 15673;
/** IANA: amqp, amqps. */
const AMQP_PORT = 5672;
const AMQPS_PORT = 5671;

/** Parses `[host:]port`. `option` is named in the error. */
export function parseListenAddress(option: string, text: string): ListenAddress {
  const { host, port } = splitHostPort(option, text.trim());
  if (port === undefined) throw new ConfigError(option, `expected [host:]port, found '${hideCredentials(text)}'`);
  return { host: host ?? LOOPBACK, port };
}

/** Between upstreams; a comma may also stand in a URL's password. */
const SEPARATOR = /,(?=\s*amqps?:\/\/)|,(?!(?:(?!,\s*amqps?:\/\/).)*@)/i;

/** Parses one or more upstreams, separated by commas. */
export function parseUpstreams(option: string, text: string): UpstreamAddress[] {
  return text.split(SEPARATOR).map((part) => parseUpstream(option, part.trim()));
}

function parseUpstream(option: string, text: string): UpstreamAddress {
  if (text.includes('://')) return parseUrl(option, text);
  const { host, port } = splitHostPort(option, text);
  return {
    host: host ?? LOOPBACK,
    port: port === undefined ? AMQP_PORT : port || invalidPort(option, '0'),
    tls: false,
  };
}

function parseUrl(option: string, text: string): UpstreamAddress {
  let url: URL;
  let host: string;
  try {
    url = new URL(text);
    host = unbracket(decodeURIComponent(url.hostname));
  } catch {
    // No cause: Node's error holds the URL, credentials and all.
    const shown = hideCredentials(text);
    throw new ConfigError(option, `expected amqp://host:port or amqps://host:port, found '${shown}'`);
  }
  if (url.protocol !== 'amqp:' && url.protocol !== 'amqps:') {
    throw new ConfigError(option, `expected an amqp:// or amqps:// URL, found ${url.protocol}//`);
  }
  const tls = url.protocol === 'amqps:';
  const port = url.port === '' ? (tls ? AMQPS_PORT : AMQP_PORT) : Number(url.port) || invalidPort(option, url.port);
  if (host === '') throw new ConfigError(option, `expected a host in '${hideCredentials(text)}'`);
  return { host, port, tls };
}

/** `5672` is a port, `host` a host, `host:5672` and `[::1]:5672` both; bare IPv6 addresses are hosts. */
function splitHostPort(option: string, text: string): { host?: string; port?: number } {
  if (/^\d+$/.test(text)) return { port: parsePort(option, text) };
  if (isIPv6(text)) return { host: text };
  const match = /^(\[[^\]]+\]|[^\s:/@[\]]+)(?::(\d+))?$/.exec(text);
  const host = match && unbracket(match[1]!);
  if (!host || (host !== match[1] && !isIPv6(host))) {
    throw new ConfigError(option, `expected [host:]port, found '${hideCredentials(text)}'`);
  }
  return match[2] === undefined ? { host } : { host, port: parsePort(option, match[2]) };
}

function parsePort(option: string, text: string): number {
  const port = Number(text);
  return port <= 65535 ? port : invalidPort(option, text);
}

function invalidPort(option: string, text: string): never {
  throw new ConfigError(option, `expected a port from 1 to 65535, found ${text}`);
}

function unbracket(host: string): string {
  return host.startsWith('[') ? host.slice(1, -1) : host;
}

function hideCredentials(text: string): string {
  return text.replace(/^(.*?:\/\/)?.*@/s, '$1…@');
}

/** `127.0.0.1:5672`, `[::1]:5672` */
export function formatAddress(address: { readonly host: string; readonly port: number }): string {
  return address.host.includes(':') ? `[${address.host}]:${address.port}` : `${address.host}:${address.port}`;
}

/** Whether nobody but this machine can reach the address. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host) || host === '::ffff:127.0.0.1';
}

/** What went wrong with binding, in words; `option` is the one to change. */
export function listenError(option: string, address: ListenAddress, error: NodeJS.ErrnoException): AmqpSpyError {
  const where = formatAddress(address);
  switch (error.code) {
    case 'EADDRINUSE':
      return new AmqpSpyError(
        'ERR_ADDRESS_IN_USE',
        `${option}: ${where} is in use by another program; choose another port`,
      );
    case 'EACCES':
      return new AmqpSpyError(
        'ERR_ADDRESS',
        `${option}: no permission to listen on ${where}; choose a port above 1023`,
      );
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return new ConfigError(option, `${address.host} is not an address of this machine`);
    default:
      return new AmqpSpyError('ERR_ADDRESS', `${option}: cannot listen on ${where}: ${error.message}`);
  }
}
