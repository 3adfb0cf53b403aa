// Exchanges: list, look, declare, delete, publish.

import type { BasicProperties } from '../../../protocol/method-table.ts';
import { BASIC_PROPERTIES } from '../../../protocol/method-table.ts';
import type { Exchange } from '../../exchange/exchange.ts';
import { asClient, explainMessaging } from '../as-client.ts';
import { badRequest, type HttpError } from '../http-error.ts';
import { exchangeJson } from '../json/exchange-json.ts';
import { listSubjects, selectColumns } from '../listing.ts';
import type { LocalChannel, Refusal } from '../local-channel.ts';
import { exchangeName, exchangeOf, vhostsListed, vhostToChange } from '../lookup.ts';
import type { Management } from '../management.ts';
import { booleanField, isObject, type JsonObject, requireKeys } from '../request-body.ts';
import { created, json, type ManagementRequest, noContent, type Reply, type Route } from '../route.ts';
import { tableField } from '../table-field.ts';

export const EXCHANGE_ROUTES: readonly Route[] = [
  { path: '/api/exchanges', audience: 'vhost', get: listExchanges },
  { path: '/api/exchanges/:vhost', audience: 'vhost', get: listExchanges },
  {
    path: '/api/exchanges/:vhost/:exchange',
    audience: 'vhost',
    get: showExchange,
    put: declareExchange,
    delete: deleteExchange,
  },
  { path: '/api/exchanges/:vhost/:exchange/publish', audience: 'vhost', post: publish },
];

function listExchanges(management: Management, request: ManagementRequest): Reply {
  const exchanges = vhostsListed(management, request).flatMap(({ exchanges: all }) => [...all.values()]);
  const telling = {
    brief: ({ name, vhost, type, durable, autoDelete: auto_delete, internal }: Exchange) => ({
      name,
      vhost,
      type: type.name,
      durable,
      auto_delete,
      internal,
    }),
    full: (exchange: Exchange) => exchangeJson(management, exchange),
  };
  return json(listSubjects(exchanges, telling, request.query, { pages: true }));
}

function showExchange(management: Management, request: ManagementRequest): Reply {
  const row = { ...exchangeJson(management, exchangeOf(management, request)), incoming: [], outgoing: [] };
  return json(selectColumns(row, request.query));
}

async function declareExchange(management: Management, request: ManagementRequest): Promise<Reply> {
  const vhost = vhostToChange(management, request);
  const name = exchangeName(request);
  const existed = vhost.exchanges.has(name);
  const body = await request.object();
  const values = {
    exchange: name,
    type: String(body['type'] ?? 'direct'),
    durable: booleanField(body, 'durable') ?? false,
    auto_delete: booleanField(body, 'auto_delete') ?? false,
    internal: booleanField(body, 'internal') ?? false,
    passive: false,
    nowait: false,
    arguments: tableField(body, 'arguments'),
  };
  await asClient(management, request, vhost.name, async (channel) => await channel.call('exchange.declare', values));
  return existed ? noContent() : created();
}

async function deleteExchange(management: Management, request: ManagementRequest): Promise<Reply> {
  const { name, vhost } = exchangeOf(management, request);
  const values = { exchange: name, if_unused: request.query.get('if-unused') === 'true', nowait: false };
  await asClient(management, request, vhost, async (channel) => await channel.call('exchange.delete', values));
  return noContent();
}

interface Publication {
  readonly exchange: string;
  readonly routingKey: string;
  readonly properties: BasicProperties;
  readonly body: Buffer;
}

async function publish(management: Management, request: ManagementRequest): Promise<Reply> {
  const vhost = vhostToChange(management, request);
  const publication = publicationOf(exchangeName(request), await request.object());
  const routed = await asClient(
    management,
    request,
    vhost.name,
    async (channel) => await publishOn(channel, publication),
    explainPublishing,
  );
  return json({ routed });
}

function publicationOf(exchange: string, body: JsonObject): Publication {
  requireKeys(body, ['routing_key', 'properties', 'payload', 'payload_encoding']);
  const { payload, properties, payload_encoding: encoding = null } = body;
  if (typeof payload !== 'string') throw badRequest('payload_not_string');
  return {
    exchange,
    routingKey: String(body['routing_key']),
    properties: propertiesOf(isObject(properties) ? properties : {}),
    body: decodePayload(payload, encoding),
  };
}

function decodePayload(payload: string, encoding: JsonObject[string]): Buffer {
  if (encoding === 'string') return Buffer.from(payload);
  if (encoding !== 'base64') throw badRequest(['unsupported_encoding', encoding ?? null]);
  if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(payload.replace(/\s+/g, ''))) {
    throw badRequest(['not_base64', payload]);
  }
  return Buffer.from(payload, 'base64');
}

/** Unknown names are passed over. Throws HttpError 400. */
function propertiesOf(json: JsonObject): BasicProperties {
  const properties: Record<string, unknown> = {};
  for (const { name, domain } of BASIC_PROPERTIES) {
    const value = json[name];
    if (value === undefined) continue;
    if (name === 'headers') {
      properties[name] = tableField(json, name);
    } else if (domain === 'octet' || domain === 'timestamp') {
      if (!Number.isSafeInteger(value)) throw badRequest(['not_int', name]);
      properties[name] = domain === 'timestamp' ? BigInt(value as number) : value;
    } else {
      if (typeof value !== 'string') throw badRequest(['not_string', name]);
      properties[name] = value;
    }
  }
  return properties as BasicProperties;
}

/** Whether it reached a queue. */
async function publishOn(
  channel: LocalChannel,
  { exchange, routingKey, properties, body }: Publication,
): Promise<boolean> {
  await channel.call('confirm.select', { nowait: false });
  channel.send('basic.publish', { exchange, routing_key: routingKey, mandatory: true, immediate: false });
  channel.sendContent(properties, body);
  const first = await channel.next();
  const routed = first.name !== 'basic.return';
  const confirm = routed ? first : await channel.next();
  if (confirm.name === 'basic.nack') throw badRequest('rejected Unable to publish message. Check queue limits.');
  return routed;
}

/** A publish is refused after the fact: RabbitMQ tells code and text. */
function explainPublishing(refusal: Refusal): HttpError {
  return refusal.replyCode === 530
    ? explainMessaging(refusal)
    : badRequest(`${refusal.replyCode} ${refusal.replyText}`);
}
