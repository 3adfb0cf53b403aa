// Definitions: export and import, of the whole broker or of one virtual host.

import { ConfigError } from '../../../errors.ts';
import { VERSION } from '../../../version.ts';
import { applyDefinitions } from '../../definitions/apply.ts';
import { collectDefinitions } from '../../definitions/collect.ts';
import { managementDefinitions, managementVhostDefinitions } from '../../definitions/format.ts';
import { parseDefinitions } from '../../definitions/parse.ts';
import { RABBITMQ_VERSION } from '../../rabbitmq-version.ts';
import { badRequest, HttpError } from '../http-error.ts';
import { vhostToChange } from '../lookup.ts';
import type { Management } from '../management.ts';
import { readBody } from '../request-body.ts';
import { json, type ManagementRequest, noContent, type Reply, type Route } from '../route.ts';

export const DEFINITION_ROUTES: readonly Route[] = [
  { path: '/api/definitions', audience: 'administrator', get: exportAll, post: importAll },
  { path: '/api/all-configuration', audience: 'administrator', get: exportAll, post: importAll },
  { path: '/api/definitions/:vhost', audience: 'administrator', get: exportVhost, post: importVhost },
];

const PRODUCT = { rabbitVersion: RABBITMQ_VERSION, name: 'amqp-spy', version: VERSION };

function exportAll({ broker }: Management, request: ManagementRequest): Reply {
  return download(json(managementDefinitions(collectDefinitions(broker.definitions), PRODUCT)), request);
}

function exportVhost({ broker }: Management, request: ManagementRequest): Reply {
  const name = request.parameter('vhost');
  if (!broker.vhosts.has(name)) throw badRequest('vhost_not_found');
  return download(json(managementVhostDefinitions(collectDefinitions(broker.definitions, name), PRODUCT)), request);
}

/** `?download=name`: a browser saves it as a file. */
function download(reply: Reply, { query }: ManagementRequest): Reply {
  const name = query.get('download')?.replace(/[^\w.-]/g, '_');
  return name === undefined ? reply : { ...reply, headers: { 'Content-Disposition': `attachment; filename=${name}` } };
}

async function importAll({ broker }: Management, request: ManagementRequest): Promise<Reply> {
  const text = await definitionsText(request);
  refusing(() => applyDefinitions(parseDefinitions(text), broker.definitions));
  return noContent();
}

async function importVhost(management: Management, request: ManagementRequest): Promise<Reply> {
  const text = await definitionsText(request);
  const definitions = refusing(() => parseDefinitions(text, { vhost: request.parameter('vhost') }));
  vhostToChange(management, request);
  refusing(() => applyDefinitions(definitions, management.broker.definitions));
  return noContent();
}

/** The JSON, sent as it is or as the file of a form. Throws HttpError 400, 415. */
async function definitionsText({ message }: ManagementRequest): Promise<string> {
  const contentType = message.headers['content-type'] ?? '';
  const body = await readBody(message);
  if (contentType.startsWith('multipart/form-data')) {
    const form = await new Response(body, { headers: { 'Content-Type': contentType } })
      .formData()
      .catch(() => undefined);
    const file = form?.get('file');
    if (file === undefined || file === null) throw badRequest('failed_to_parse_json');
    return typeof file === 'string' ? file : await file.text();
  }
  if (contentType.startsWith('application/json')) return body.toString();
  throw new HttpError(415);
}

/** Throws HttpError 400 for what is wrong with definitions. */
function refusing<Result>(change: () => Result): Result {
  try {
    return change();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    throw badRequest(/^(definitions|line \d+, column \d+)$/.test(error.path) ? 'failed_to_parse_json' : error.message);
  }
}
