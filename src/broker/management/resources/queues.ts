// Queues: list, look, declare, delete, purge, get.

import type { Queue } from '../../queue/queue.ts';
import { asClient, explainMessaging } from '../as-client.ts';
import { badRequest } from '../http-error.ts';
import { type Encoding, messageJson } from '../json/message-json.ts';
import { basicQueueJson, briefQueueJson, queueDetailJson, queueJson, queueLengths } from '../json/queue-json.ts';
import { list, listSubjects, type Row, selectColumns } from '../listing.ts';
import type { LocalChannel } from '../local-channel.ts';
import { queueOf, vhostsListed, vhostToChange } from '../lookup.ts';
import type { Management } from '../management.ts';
import { booleanField, integerField, type JsonObject, requireKeys } from '../request-body.ts';
import { created, json, type ManagementRequest, noContent, type Reply, type Route } from '../route.ts';
import { tableField } from '../table-field.ts';

export const QUEUE_ROUTES: readonly Route[] = [
  { path: '/api/queues', audience: 'vhost', get: listQueues },
  { path: '/api/queues/:vhost', audience: 'vhost', get: listQueues },
  { path: '/api/queues/:vhost/:queue', audience: 'vhost', get: showQueue, put: declareQueue, delete: deleteQueue },
  { path: '/api/queues/:vhost/:queue/contents', audience: 'vhost', delete: purgeQueue },
  { path: '/api/queues/:vhost/:queue/get', audience: 'vhost', post: getMessages },
  { path: '/api/queues/:vhost/:queue/actions', audience: 'administrator', post: actOnQueue },
];

function listQueues(management: Management, request: ManagementRequest): Reply {
  const { query } = request;
  const queues = vhostsListed(management, request).flatMap(({ queues: all }) => [...all.values()]);
  const bare = query.get('disable_stats') === 'true';
  const totals = query.get('enable_queue_totals') === 'true';
  if (!bare) {
    const telling = {
      brief: (queue: Queue) => briefQueueJson(management, queue),
      full: (queue: Queue) => queueJson(management, queue),
    };
    return json(listSubjects(queues, telling, query, { pages: true }));
  }
  const rows = queues.map(
    (queue): Row => ({ ...basicQueueJson(management, queue), ...(totals ? queueLengths(queue) : {}) }),
  );
  return json(list(rows, query, { pages: true }));
}

function showQueue(management: Management, request: ManagementRequest): Reply {
  const queue = queueOf(management, request);
  const bare = request.query.get('disable_stats') === 'true';
  const row = bare ? basicQueueJson(management, queue) : queueDetailJson(management, queue);
  return json(selectColumns(row, request.query));
}

const LONGEST_NAME = 255;

async function declareQueue(management: Management, request: ManagementRequest): Promise<Reply> {
  const name = request.parameter('queue');
  const size = Buffer.byteLength(name);
  if (size > LONGEST_NAME) throw badRequest(`queue should be less than 255 bytes, actually was ${size}\n`);
  const vhost = vhostToChange(management, request);
  const existed = vhost.queues.has(name);
  const body = await request.object();
  const values = {
    queue: name,
    durable: booleanField(body, 'durable') ?? false,
    auto_delete: booleanField(body, 'auto_delete') ?? false,
    exclusive: false,
    passive: false,
    nowait: false,
    arguments: tableField(body, 'arguments'),
  };
  await asClient(management, request, vhost.name, async (channel) => await channel.call('queue.declare', values));
  return existed ? noContent() : created();
}

async function deleteQueue(management: Management, request: ManagementRequest): Promise<Reply> {
  const { name, vhost } = queueOf(management, request);
  const values = {
    queue: name,
    if_unused: request.query.get('if-unused') === 'true',
    if_empty: request.query.get('if-empty') === 'true',
    nowait: false,
  };
  await asClient(management, request, vhost.name, async (channel) => await channel.call('queue.delete', values));
  return noContent();
}

async function purgeQueue(management: Management, request: ManagementRequest): Promise<Reply> {
  const { name: queue, vhost } = queueOf(management, request);
  await asClient(
    management,
    request,
    vhost.name,
    async (channel) => await channel.call('queue.purge', { queue, nowait: false }),
  );
  return noContent();
}

const ACK_MODES = ['ack_requeue_true', 'ack_requeue_false', 'reject_requeue_true', 'reject_requeue_false'] as const;

/** How messages are taken from a queue to be shown. */
interface Taking {
  readonly count: number;
  readonly mode: (typeof ACK_MODES)[number];
  readonly encoding: Encoding;
  /** Bytes of the body to show. */
  readonly truncate: number | undefined;
}

async function getMessages(management: Management, request: ManagementRequest): Promise<Reply> {
  const vhost = vhostToChange(management, request);
  const queue = request.parameter('queue');
  const taking = takingOf(await request.object());
  const rows = await asClient(
    management,
    request,
    vhost.name,
    async (channel) => await take(channel, queue, taking),
    explainMessaging,
  );
  return json(rows.map((row) => selectColumns(row, request.query)));
}

function takingOf(body: JsonObject): Taking {
  requireKeys(body, ['ackmode', 'count', 'encoding']);
  const mode = ACK_MODES.find((known) => known === body['ackmode']);
  if (!mode) throw badRequest(`Unsupported ackmode. Please use one of ${ACK_MODES.join(', ')}.`);
  const count = integerField(body, 'count');
  const { encoding } = body;
  if (encoding !== 'auto' && encoding !== 'base64') {
    throw badRequest('Unsupported encoding. Please use auto or base64.');
  }
  const truncate = body['truncate'] === undefined ? undefined : integerField(body, 'truncate');
  return { count, mode, encoding, truncate };
}

async function take(channel: LocalChannel, queue: string, taking: Taking): Promise<Row[]> {
  const rows: Row[] = [];
  const tags: bigint[] = [];
  // Those that stay are given back when all have been shown, else the first would be shown again and again.
  while (rows.length !== taking.count) {
    const got = await channel.call('basic.get', { queue, no_ack: taking.mode === 'ack_requeue_false' });
    if (got.name === 'basic.get-empty') break;
    tags.push(got.arguments['delivery_tag'] as bigint);
    rows.push(messageJson(got, taking.encoding, taking.truncate));
  }
  if (taking.mode !== 'ack_requeue_false') {
    const requeue = taking.mode !== 'reject_requeue_false';
    for (const tag of tags) channel.send('basic.reject', { delivery_tag: tag, requeue });
  }
  return rows;
}

async function actOnQueue(management: Management, request: ManagementRequest): Promise<Reply> {
  queueOf(management, request);
  const body = await request.object();
  requireKeys(body, ['action']);
  const { action = null } = body;
  // About mirrors, of which there are none.
  if (action === 'sync' || action === 'cancel_sync') return noContent();
  throw badRequest(['unknown', action]);
}
