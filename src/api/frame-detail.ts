// GET /api/frames/:id: one record whole: its event, its fields with their places, its bytes; what it has to do with
// others, and the body that it is part of.
// Secrets are masked in the log itself, so `raw` holds none; frame-fields.ts redacts them in the tree.

import { Cursor } from '../log/cursor.ts';
import type { FrameLog } from '../log/frame-log.ts';
import { base64 } from '../log/json-value.ts';
import { KIND_NOTE } from '../log/runs.ts';
import { REDACTED } from '../protocol/secrets.ts';
import { ApiError } from './api-error.ts';
import { boundedEventOf, LARGEST_SHOWN } from './bounded-event.ts';
import { findingJson } from './finding-json.ts';
import { frameBodyJson } from './frame-body-json.ts';
import { recordFields } from './frame-fields.ts';
import type { FrameJson } from './json.ts';
import { linksJson } from './links-json.ts';
import { checkParameters, pathNumber } from './query.ts';
import { type ApiContext, jsonReply, type Reply, type RouteRequest } from './route.ts';

/** Throws ApiError 400 for what is no id, 404 for a record that is gone or has not come yet. */
export async function frameDetail(context: ApiContext, { id: text, query }: RouteRequest): Promise<Reply> {
  checkParameters(query, []);
  const { log } = context;
  const id = parseId(log, text);
  const record = recordJson(log, id);
  const body = await frameBodyJson(log, id, context.schemas);
  return jsonReply<FrameJson>({ v: 1, ...record, ...meaningJson(context, id), body });
}

function recordJson(log: FrameLog, id: number): Pick<FrameJson, 'event' | 'fields' | 'raw' | 'raw_truncated'> {
  const cursor = new Cursor(log, id);
  cursor.next();
  const { bytes, start, end, withheld } = cursor;
  const event = boundedEventOf(cursor, log.showSecrets);
  const fields = recordFields(cursor, log.showSecrets);
  if (cursor.kind === KIND_NOTE) return { event, fields };
  const shown = Math.min(end, start + LARGEST_SHOWN);
  const raw = withheld ? REDACTED : base64(bytes, start, shown);
  return { event, fields, raw, ...(shown < end ? { raw_truncated: true } : {}) };
}

/** What the session knows of the record. */
function meaningJson({ session }: ApiContext, id: number): Pick<FrameJson, 'links' | 'findings'> {
  if (!session) return {};
  const findings = session.findings
    .list()
    .filter(({ evidence, lastEvidence }) => evidence.includes(id) || lastEvidence.includes(id));
  return {
    links: linksJson(session.links.of(id)),
    findings: findings.length > 0 ? findings.map(findingJson) : undefined,
  };
}

function parseId(log: FrameLog, text: string): number {
  const id = pathNumber(text, 'the id of a record');
  const { firstId, nextId } = log;
  if (id >= nextId) throw new ApiError(404, `record ${id} has not come yet: the next one will be ${nextId}`);
  if (id < 1) throw new ApiError(404, 'there is no record 0: ids begin at 1');
  if (id < firstId) throw new ApiError(404, `record ${id} is gone: the log's oldest is now ${firstId}`);
  return id;
}
