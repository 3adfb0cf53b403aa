// The options of the live command: what commander parsed, as text, made into SpyOptions.
// Every wrong value ends here as a ConfigError that names its option.

import type { Command } from 'commander';
import { ConfigError } from '../errors.ts';
import { parseDelay } from '../faults/delay.ts';
import type { FaultSpec } from '../faults/registry.ts';
import { LARGEST_LOG_SIZE, SMALLEST_LOG_SIZE } from '../log/record-store.ts';
import { API_PORT, type ListenAddress, parseListenAddress, parseUpstreams } from '../net/address.ts';
import type { UpstreamTls } from '../proxy/upstream.ts';
import type { SpyOptions } from '../spy.ts';
import {
  addBrokerOptions,
  type BrokerOptionValues,
  parseBrokerOptions,
  refuseBrokerOptions,
} from './broker-options.ts';
import { parseByteSize } from './byte-size.ts';
import { addServerTlsOptions, parseServerTls, type ServerTlsValues } from './server-tls-options.ts';

/** What commander hands over. */
export interface SpyOptionValues extends BrokerOptionValues, ServerTlsValues {
  readonly listen: string;
  readonly upstream?: string;
  /** false: --no-api. */
  readonly api: string | false;
  readonly apiToken?: string;
  readonly upstreamCa?: string;
  readonly upstreamCert?: string;
  readonly upstreamKey?: string;
  readonly upstreamServername?: string;
  readonly insecureUpstream?: true;
  readonly record?: string;
  readonly delay?: string;
  readonly dropHeartbeats?: string;
  readonly seed?: string;
  readonly logSize: string;
  readonly showSecrets?: true;
}

/** Declares the options on the live command. */
export function addSpyOptions(command: Command): Command {
  command
    .optionsGroup('Proxy:')
    .option('-l, --listen <[host:]port>', 'where clients connect', '5673')
    .option(
      '-u, --upstream <address>',
      'the broker: [host:]port, amqp://… or amqps://…; several, separated by commas, are tried in order (default: the spy brings its own)',
    );
  addBrokerOptions(command, 'Its own broker (without --upstream):');
  return addServerTlsOptions(command)
    .optionsGroup('TLS towards the broker (amqps:// upstreams):')
    .option('--upstream-ca <file>', 'trust this authority (PEM) instead of those of the system')
    .option('--upstream-cert <file>', 'show this certificate to the broker (PEM)')
    .option('--upstream-key <file>', 'its private key (PEM)')
    .option('--upstream-servername <name>', 'name to ask for (SNI) and to verify')
    .option('--insecure-upstream', "do not verify the broker's certificate")
    .optionsGroup('Faults:')
    .option('--delay <duration>', 'delay every frame in each direction, order kept: 50ms, or 50ms±20ms with jitter')
    .option('--drop-heartbeats <who>', 'swallow the heartbeats that the client, the server or both send')
    .option('--seed <number>', 'seed of all that is random, to repeat a run')
    .optionsGroup('Log and outputs:')
    .option('--record <file>', 'record what passes as pcapng, which Wireshark opens')
    .option('--api <[host:]port>', 'HTTP and WebSocket API', String(API_PORT))
    .option('--no-api', 'no API')
    .option('--api-token <token>', 'token that the API asks for (made up if needed and not given)')
    .option('--log-size <size>', 'bound of the frame log in memory', '256MiB')
    .option('--show-secrets', 'show passwords and tokens, in every output');
}

/** Checks and converts the values, reading the certificate files. Rejects with ConfigError. */
export async function parseSpyOptions(values: SpyOptionValues): Promise<SpyOptions> {
  const upstreams = values.upstream === undefined ? [] : parseUpstreams('--upstream', values.upstream);
  if (upstreams.length > 0) refuseBrokerOptions(values);
  const tls = await parseServerTls(values);
  return {
    listen: parseListenAddress('--listen', values.listen),
    ...(upstreams.length > 0 ? { upstreams } : { broker: await parseBrokerOptions(values) }),
    ...(tls && { tls }),
    upstreamTls: await parseUpstreamTls(
      values,
      upstreams.some((address) => address.tls),
    ),
    faults: parseFaults(values),
    seed: parseSeed(values.seed),
    logSize: parseByteSize('--log-size', values.logSize, SMALLEST_LOG_SIZE, LARGEST_LOG_SIZE),
    showSecrets: values.showSecrets ?? false,
  };
}

/** Where the API listens; undefined: nowhere. */
export function parseApiAddress(values: SpyOptionValues): ListenAddress | undefined {
  if (values.api === false && values.apiToken !== undefined)
    throw new ConfigError('--api-token', 'there is no API with --no-api');
  return values.api === false ? undefined : parseListenAddress('--api', values.api);
}

function parseFaults(values: SpyOptionValues): FaultSpec[] {
  const faults: FaultSpec[] = [];
  if (values.delay !== undefined) faults.push({ kind: 'delay', options: parseDelay('--delay', values.delay) });
  const from = values.dropHeartbeats;
  if (from === 'client' || from === 'server' || from === 'both') {
    faults.push({ kind: 'drop-heartbeats', options: { from } });
  } else if (from !== undefined) {
    throw new ConfigError('--drop-heartbeats', `expected client, server or both, found '${from}'`);
  }
  return faults;
}

function parseSeed(text: string | undefined): number {
  if (text === undefined) return Math.floor(Math.random() * 2 ** 32);
  if (!/^\d{1,10}$/.test(text) || Number(text) >= 2 ** 32) {
    throw new ConfigError('--seed', `expected a whole number below 2^32, found '${text}'`);
  }
  return Number(text);
}

async function parseUpstreamTls(values: SpyOptionValues, used: boolean): Promise<UpstreamTls> {
  const { upstreamCa, upstreamCert, upstreamKey, upstreamServername, insecureUpstream } = values;
  const given: readonly [option: string, value: unknown][] = [
    ['--upstream-ca', upstreamCa],
    ['--upstream-cert', upstreamCert],
    ['--upstream-key', upstreamKey],
    ['--upstream-servername', upstreamServername],
    ['--insecure-upstream', insecureUpstream],
  ];
  const first = given.find(([, value]) => value !== undefined);
  if (!first) return {};
  if (!used) throw new ConfigError(first[0], 'goes with an amqps:// upstream, and none is given');
  if ((upstreamCert === undefined) !== (upstreamKey === undefined)) {
    throw new ConfigError('--upstream-cert', 'expected together with --upstream-key');
  }
  const { checkContext, readAuthorities, readPem } = await import('../net/server-tls.ts');
  const options: UpstreamTls = {
    ...(upstreamCa !== undefined && { ca: await readAuthorities('--upstream-ca', upstreamCa) }),
    ...(upstreamCert !== undefined && { cert: await readPem('--upstream-cert', upstreamCert) }),
    ...(upstreamKey !== undefined && { key: await readPem('--upstream-key', upstreamKey) }),
    ...(upstreamServername !== undefined && { servername: upstreamServername }),
    insecure: insecureUpstream ?? false,
  };
  if (upstreamCert !== undefined) checkContext('--upstream-cert', `${upstreamCert} and ${upstreamKey}`, options);
  return options;
}
