// The node: overview, figures, name, and what tools ask before they begin.

import { VERSION } from '../../../version.ts';
import { assertAdministrator, logIn } from '../authorization.ts';
import { notThere } from '../http-error.ts';
import { nodeJson } from '../json/node-json.ts';
import { overviewJson } from '../json/overview-json.ts';
import { list, selectColumns } from '../listing.ts';
import type { Management } from '../management.ts';
import { readBody, requireKeys } from '../request-body.ts';
import { json, type ManagementRequest, noContent, type Reply, type Route } from '../route.ts';

export const NODE_ROUTES: readonly Route[] = [
  { path: '/api/overview', audience: 'user', get: overview },
  { path: '/api/cluster-name', audience: 'user', get: clusterName, put: setClusterName },
  { path: '/api/nodes', audience: 'monitor', get: listNodes },
  { path: '/api/nodes/:node', audience: 'monitor', get: showNode },
  { path: '/api/nodes/:node/memory', audience: 'monitor', get: showMemory },
  { path: '/api/extensions', audience: 'user', get: () => json([]) },
  { path: '/api/whoami', audience: 'user', get: whoami },
  {
    path: '/api/auth',
    audience: 'anyone',
    get: () => json({ enable_uaa: false, uaa_client_id: '', uaa_location: '' }),
  },
  { path: '/api/auth/attempts/:node', audience: 'monitor', get: loginAttempts },
  { path: '/api/auth/attempts/:node/source', audience: 'monitor', get: () => json([]) },
  { path: '/api/login', audience: 'anyone', post: login },
  { path: '/api/reset', audience: 'administrator', delete: reset },
  { path: '/api/reset/:node', audience: 'administrator', delete: reset },
  { path: '/api/rebalance/queues', audience: 'administrator', post: noContent },
  { path: '/api/feature-flags', audience: 'administrator', get: listFeatureFlags },
  { path: '/api/feature-flags/:name/enable', audience: 'administrator', put: noContent },
  { path: '/api/deprecated-features', audience: 'user', get: () => json([]) },
  { path: '/api/deprecated-features/used', audience: 'user', get: () => json([]) },
];

function overview(management: Management, { who, query }: ManagementRequest): Reply {
  const disableStats = query.get('disable_stats') === 'true';
  const enableQueueTotals = query.get('enable_queue_totals') === 'true';
  return json(selectColumns(overviewJson(management, who, { disableStats, enableQueueTotals }), query));
}

function clusterName({ broker }: Management): Reply {
  return json({ name: broker.clusterName });
}

async function setClusterName({ broker }: Management, request: ManagementRequest): Promise<Reply> {
  assertAdministrator(request.who);
  const body = await request.object();
  requireKeys(body, ['name']);
  broker.clusterName = String(body['name']);
  return noContent();
}

async function listNodes(management: Management, { query }: ManagementRequest): Promise<Reply> {
  return json(list([await nodeJson(management)], query));
}

/** Throws HttpError 404. */
function assertNode({ broker }: Management, request: ManagementRequest): void {
  if ('node' in request.parameters && request.parameter('node') !== broker.name) throw notThere();
}

async function showNode(management: Management, request: ManagementRequest): Promise<Reply> {
  assertNode(management, request);
  return json(selectColumns(await nodeJson(management), request.query));
}

function showMemory(management: Management, request: ManagementRequest): Reply {
  assertNode(management, request);
  const { rss, heapUsed, external } = process.memoryUsage();
  const memory = {
    strategy: 'rss',
    binary: external,
    other_proc: heapUsed,
    total: { rss, allocated: rss, erlang: heapUsed },
  };
  return json({ memory });
}

function whoami(_management: Management, { who: { name, tags } }: ManagementRequest): Reply {
  return json({ name, tags });
}

function loginAttempts(management: Management, request: ManagementRequest): Reply {
  assertNode(management, request);
  const { churn } = management.broker;
  const row = (protocol: string, failed: number, succeeded: number) => ({
    protocol,
    auth_attempts: failed + succeeded,
    auth_attempts_failed: failed,
    auth_attempts_succeeded: succeeded,
  });
  return json([
    row('http', management.loginsFailed, management.loginsSucceeded),
    row('amqp091', churn.loginsFailed, churn.loginsSucceeded),
  ]);
}

/** Anyone may send one. */
const LARGEST_FORM = 10_000;

/** A form's user name and password: whether they are right. */
async function login({ broker }: Management, { message }: ManagementRequest): Promise<Reply> {
  const form = new URLSearchParams((await readBody(message, LARGEST_FORM)).toString());
  const credentials = { name: form.get('username') ?? '', password: form.get('password') ?? '' };
  logIn(broker.access, credentials, message.socket.remoteAddress ?? '');
  return json('ok');
}

function reset(management: Management, request: ManagementRequest): Reply {
  assertNode(management, request);
  management.rates.reset();
  return noContent();
}

/** What RabbitMQ 3.10 can switch on; here it is always on. */
const FEATURE_FLAGS = [
  'classic_mirrored_queue_version',
  'drop_unroutable_metric',
  'empty_basic_get_metric',
  'implicit_default_bindings',
  'maintenance_mode_status',
  'quorum_queue',
  'stream_queue',
  'user_limits',
  'virtual_host_metadata',
];

function listFeatureFlags(_management: Management, { query }: ManagementRequest): Reply {
  const rows = FEATURE_FLAGS.map((name) => ({
    name,
    desc: `always on in amqp-spy ${VERSION}`,
    doc_url: '',
    state: 'enabled',
    stability: 'stable',
    provided_by: 'amqp-spy',
  }));
  return json(list(rows, query));
}
