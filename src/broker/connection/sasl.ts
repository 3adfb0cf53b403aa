// SASL mechanisms: what a client's response says of who it is. PLAIN (RFC 4616), AMQPLAIN (RabbitMQ: a field table without
// its length) and EXTERNAL (the name is the certificate's).

import { ByteReader } from '../../protocol/byte-reader.ts';
import { decodeTable, type FieldTable, fieldOf } from '../../protocol/field-table.ts';
import { decodeText } from '../../protocol/text.ts';
import { ReplyError } from '../reply-error.ts';

export interface Credentials {
  readonly name: string;
  /** undefined: somebody else has vouched for the name. */
  readonly password: string | undefined;
}

/** Throws ReplyError for a response that says nothing, or a mechanism that there is not. */
export function credentialsOf(mechanism: string, response: Uint8Array, certificateName?: string): Credentials {
  switch (mechanism) {
    case 'PLAIN':
      return plain(response);
    case 'AMQPLAIN':
      return amqplain(response);
    case 'EXTERNAL':
      if (certificateName !== undefined) return { name: certificateName, password: undefined };
  }
  throw new ReplyError(503, `unknown authentication mechanism '${mechanism}'`);
}

function plain(response: Uint8Array): Credentials {
  const userAt = response.indexOf(0) + 1;
  const passwordAt = response.indexOf(0, userAt) + 1;
  if (userAt !== 1 || passwordAt === 0 || response.includes(0, passwordAt)) {
    throw new ReplyError(502, 'response to PLAIN authentication is not valid');
  }
  return {
    name: decodeText(response, userAt, passwordAt - 1),
    password: decodeText(response, passwordAt, response.length),
  };
}

function amqplain(response: Uint8Array): Credentials {
  const table = tableOf(response);
  const login = fieldOf(table, 'LOGIN');
  const password = fieldOf(table, 'PASSWORD');
  if (login?.type === 'S' && password?.type === 'S') return { name: login.value, password: password.value };
  throw new ReplyError(502, `AMQPLAIN auth info should contain LOGIN and PASSWORD as long strings`);
}

function tableOf(entries: Uint8Array): FieldTable {
  const bytes = new Uint8Array(entries.length + 4);
  new DataView(bytes.buffer).setUint32(0, entries.length);
  bytes.set(entries, 4);
  return decodeTable(new ByteReader(bytes));
}
