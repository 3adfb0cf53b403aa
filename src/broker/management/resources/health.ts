// Health checks: 200 and `{"status":"ok"}`, or 503 and what is wrong.

import type { ExactJson } from '../../definitions/exact-json.ts';
import { asClient, explainMessaging } from '../as-client.ts';
import { badRequest, notThere } from '../http-error.ts';
import { listeners } from '../json/node-json.ts';
import type { Row } from '../listing.ts';
import { vhostOf } from '../lookup.ts';
import type { Management } from '../management.ts';
import { json, type ManagementRequest, type Reply, type Route } from '../route.ts';

export const HEALTH_ROUTES: readonly Route[] = [
  { path: '/api/aliveness-test/:vhost', audience: 'vhost', get: testAliveness },
  { path: '/api/healthchecks/node', audience: 'user', get: checkAlarms },
  { path: '/api/healthchecks/node/:node', audience: 'user', get: checkNode },
  { path: '/api/health/checks/alarms', audience: 'user', get: checkAlarms },
  { path: '/api/health/checks/local-alarms', audience: 'user', get: checkAlarms },
  {
    path: '/api/health/checks/certificate-expiration/:within/:unit',
    audience: 'user',
    get: checkCertificates,
  },
  { path: '/api/health/checks/port-listener/:port', audience: 'user', get: checkPort },
  { path: '/api/health/checks/protocol-listener/:protocol', audience: 'user', get: checkProtocol },
  { path: '/api/health/checks/virtual-hosts', audience: 'user', get: () => ok() },
  { path: '/api/health/checks/node-is-mirror-sync-critical', audience: 'user', get: singleNode },
  // Of RabbitMQ 4.
  { path: '/api/health/checks/is-in-service', audience: 'user', get: () => ok() },
  { path: '/api/health/checks/ready-to-serve-clients', audience: 'user', get: () => ok() },
  { path: '/api/health/checks/below-node-connection-limit', audience: 'user', get: () => ok() },
  { path: '/api/health/checks/metadata-store/initialized', audience: 'user', get: () => ok() },
  { path: '/api/health/checks/node-is-quorum-critical', audience: 'user', get: singleNode },
];

function ok(details: Row = {}): Reply {
  return json({ status: 'ok', ...details });
}

function failed(reason: string, details: Row = {}): Reply {
  return json({ status: 'failed', reason, ...details }, 503);
}

/** There is no other node that could be missed. */
function singleNode(): Reply {
  return ok({ reason: 'single node cluster' });
}

const TEST_QUEUE = 'aliveness-test';

/** A message goes in and comes out. The queue stays, for the next time. */
async function testAliveness(management: Management, request: ManagementRequest): Promise<Reply> {
  const vhost = vhostOf(management, request);
  const got = await asClient(
    management,
    request,
    vhost.name,
    async (channel) => {
      const flags = { passive: false, durable: false, exclusive: false, auto_delete: false, nowait: false };
      await channel.call('queue.declare', { queue: TEST_QUEUE, ...flags, arguments: [] });
      channel.send('basic.publish', { exchange: '', routing_key: TEST_QUEUE, mandatory: false, immediate: false });
      channel.sendContent({}, Buffer.from('test_message'));
      return await channel.call('basic.get', { queue: TEST_QUEUE, no_ack: true });
    },
    explainMessaging,
  );
  return got.name === 'basic.get-ok' ? ok() : failed('aliveness-test queue is empty');
}

function checkNode(management: Management, request: ManagementRequest): Reply {
  if (request.parameter('node') !== management.broker.name) throw notThere();
  return checkAlarms(management);
}

function checkAlarms({ broker }: Management): Reply {
  const resources = [broker.memory.alarmed && 'memory', broker.storeFull && 'disk'].filter((name) => name !== false);
  if (resources.length === 0) return ok();
  const alarms = resources.map((resource): ExactJson => ({ node: broker.name, resource }));
  return failed('There are alarms in effect in the cluster', { alarms });
}

/** In days. */
const UNITS: Readonly<Record<string, number>> = { days: 1, weeks: 7, months: 365 / 12, years: 365 };
const DAY_MS = 86_400_000;

function checkCertificates(management: Management, request: ManagementRequest): Reply {
  const within = request.parameter('within');
  const unit = UNITS[request.parameter('unit').toLowerCase()];
  if (!/^[+-]?\d+$/.test(within)) throw badRequest('Invalid expiration value.');
  if (unit === undefined) {
    throw badRequest('Time unit not recognised. Supported units: days, weeks, months, years.');
  }
  const limit = management.broker.clock.now() + Number(within) * unit * DAY_MS;
  const expired = management.broker.listeners.flatMap(({ address, certificateExpiry: expiry }): Row[] => {
    if (expiry === undefined || expiry >= limit) return [];
    const { name: node } = management.broker;
    const { host: interface_, port } = address;
    const certfile_expires_on = [timeText(expiry)];
    return [
      { node, protocol: 'amqp/ssl', interface: interface_, port, certfile_expires_on, cacertfile_expires_on: [] },
    ];
  });
  return expired.length === 0 ? ok() : failed('Certificates expiring', { expired });
}

/** `2026-12-22 6:00:13`, in UTC. */
function timeText(ms: number): string {
  return new Date(ms).toISOString().replace('T0', ' ').replace('T', ' ').slice(0, -'.000Z'.length);
}

function checkPort(management: Management, request: ManagementRequest): Reply {
  const text = request.parameter('port');
  if (!/^[+-]?\d+$/.test(text)) throw badRequest('Invalid port');
  const port = Number(text);
  const ports = [...new Set(listeners(management).map((listener) => listener.port))];
  return ports.includes(port) ? ok({ port }) : failed('No active listener', { missing: port, ports });
}

function checkProtocol(management: Management, request: ManagementRequest): Reply {
  const protocol = normalProtocol(request.parameter('protocol').toLowerCase());
  const protocols = listeners(management).map((listener) => listener.protocol);
  return protocols.includes(protocol)
    ? ok({ protocol })
    : failed('No active listener', { missing: protocol, protocols });
}

/** The names by which a protocol may be asked for. */
function normalProtocol(name: string): string {
  if (/^amqp(091|0\.9\.1|0-9-1|0_9_1|10|1\.0|1-0|1_0)$/.test(name)) return 'amqp';
  if (name === 'amqps') return 'amqp/ssl';
  if (/^(http1|http1\.1|http_api|management|management_ui|ui)$/.test(name)) return 'http';
  if (name === 'cli' || name === 'distribution') return 'clustering';
  return name;
}
