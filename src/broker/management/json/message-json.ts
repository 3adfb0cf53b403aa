// A message as the management API shows it to who gets it from a queue.

import { isUtf8 } from 'node:buffer';
import type { BasicProperties } from '../../../protocol/method-table.ts';
import { fromFieldTable } from '../../definitions/arguments.ts';
import type { ExactJson } from '../../definitions/exact-json.ts';
import type { Row } from '../listing.ts';
import type { Command } from '../local-channel.ts';

/** `auto`: as text where it is UTF-8. */
export type Encoding = 'auto' | 'base64';

/** `got` is a basic.get-ok; `truncate` the number of bytes of the body to show. */
export function messageJson({ arguments: got, properties, body }: Command, encoding: Encoding, truncate = -1): Row {
  const shown = truncate < 0 ? body : body.subarray(0, truncate);
  const asText = encoding === 'auto' && isUtf8(shown);
  return {
    payload_bytes: body.length,
    redelivered: got['redelivered'] as boolean,
    exchange: got['exchange'] as string,
    routing_key: got['routing_key'] as string,
    message_count: got['message_count'] as number,
    properties: propertiesJson(properties),
    payload: shown.toString(asText ? 'utf8' : 'base64'),
    payload_encoding: asText ? 'string' : 'base64',
  };
}

function propertiesJson({ headers, ...others }: BasicProperties): ExactJson {
  const json: Record<string, ExactJson> = {};
  for (const [name, value] of Object.entries(others).reverse()) {
    if (value !== undefined) json[name] = typeof value === 'bigint' ? Number(value) : value;
  }
  if (headers !== undefined) json['headers'] = fromFieldTable(headers);
  // RabbitMQ shows none as an empty list.
  return Object.keys(json).length === 0 ? [] : json;
}
