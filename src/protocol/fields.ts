// A run of typed fields: the arguments of a method, or the present properties of a content header.
// Counterpart of the `arguments` and `properties` of spec.ts.
// Invariant: consecutive bits share octets, first bit lowest (AMQP 0-9-1 §4.2.5.2).

import { assertNever, ProtocolError } from '../errors.ts';
import type { ByteReader } from './byte-reader.ts';
import type { ByteWriter } from './byte-writer.ts';
import { decodeTable, encodeTable, type FieldTable } from './field-table.ts';
import type { DomainValue, Field } from './method-table.ts';
import type { Domain } from './spec.ts';

export type FieldValues = { [name: string]: DomainValue[Domain] };

/** Where a field stands in the bytes that were decoded: `[start, end)`. */
export interface FieldRange {
  readonly name: string;
  readonly domain: Domain;
  readonly start: number;
  readonly end: number;
  /** For bits: which bit of the octet. */
  readonly bit?: number;
}

/** Decodes the fields in order; appends to `ranges`, if given. Throws ProtocolError 502 that names the field. */
export function decodeFields(reader: ByteReader, fields: readonly Field[], ranges?: FieldRange[]): FieldValues {
  const values: FieldValues = {};
  let bits = 0;
  let bit = 8;
  for (const field of fields) {
    const { name, domain } = field;
    if (domain === 'bit') {
      if (bit === 8) {
        bits = decodeField(reader, 'octet', name) as number;
        bit = 0;
      }
      values[name] = ((bits >> bit) & 1) === 1;
      ranges?.push({ name, domain, start: reader.at - 1, end: reader.at, bit });
      bit++;
    } else {
      bit = 8;
      const start = reader.at;
      values[name] = decodeField(reader, domain, name);
      ranges?.push({ name, domain, start, end: reader.at });
    }
  }
  return values;
}

function decodeField(reader: ByteReader, domain: Exclude<Domain, 'bit'>, name: string): DomainValue[Domain] {
  try {
    switch (domain) {
      case 'octet':
        return reader.u8();
      case 'short':
        return reader.u16();
      case 'long':
        return reader.u32();
      case 'longlong':
      case 'timestamp':
        return reader.u64();
      case 'shortstr':
        return reader.shortstr();
      case 'longstr':
        return reader.longstr();
      case 'table':
        return decodeTable(reader);
      default:
        return assertNever(domain);
    }
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    throw new ProtocolError(error.replyCode, `${name}: ${error.message}`, { offset: error.offset, cause: error });
  }
}

/** Encodes the fields in order. Throws ProtocolError 502 if a value is missing or does not fit. */
export function encodeFields(writer: ByteWriter, fields: readonly Field[], values: FieldValues): void {
  let bits = 0;
  let bit = 0;
  for (const { name, domain } of fields) {
    const value = values[name];
    if (value === undefined) throw new ProtocolError(502, `${name}: expected a ${domain}`, { offset: writer.length });
    if (domain === 'bit') {
      if (bit === 8) {
        writer.u8(bits);
        bits = 0;
        bit = 0;
      }
      if (value) bits |= 1 << bit;
      bit++;
    } else {
      if (bit > 0) writer.u8(bits);
      bits = 0;
      bit = 0;
      encodeField(writer, domain, value);
    }
  }
  if (bit > 0) writer.u8(bits);
}

function encodeField(writer: ByteWriter, domain: Exclude<Domain, 'bit'>, value: DomainValue[Domain]): void {
  switch (domain) {
    case 'octet':
      return writer.u8(value as number);
    case 'short':
      return writer.u16(value as number);
    case 'long':
      return writer.u32(value as number);
    case 'longlong':
    case 'timestamp':
      return writer.u64(value as bigint);
    case 'shortstr':
      return writer.shortstr(value as string);
    case 'longstr':
      return writer.longstr(value as string);
    case 'table':
      return encodeTable(writer, value as FieldTable);
    default:
      assertNever(domain);
  }
}
