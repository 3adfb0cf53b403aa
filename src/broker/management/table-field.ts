// AMQP tables in the JSON that the API is given.

import type { FieldTable } from '../../protocol/field-table.ts';
import { ArgumentError, toFieldTable } from '../definitions/arguments.ts';
import { isJsonArray } from '../definitions/exact-json.ts';
import { badRequest } from './http-error.ts';
import { isObject, type JsonObject } from './request-body.ts';

/** The table under a key; empty if absent. Throws HttpError 400. */
export function tableField(body: JsonObject, key: string): FieldTable {
  const value = body[key] ?? {};
  if (isJsonArray(value) && value.length === 0) return [];
  if (!isObject(value)) throw badRequest(['not_a_table', key]);
  try {
    return toFieldTable(value);
  } catch (error) {
    if (!(error instanceof ArgumentError)) throw error;
    throw badRequest(error.message.includes('null') ? 'null_not_allowed' : `${key}${error.path}: ${error.message}`);
  }
}
