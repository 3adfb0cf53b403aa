// Content header frames' payload (AMQP 0-9-1 §4.2.6.1).
//
//   +----------+--------+-----------+----------------+------------+
//   | class id | weight | body size | property flags | properties |
//   +----------+--------+-----------+----------------+------------+
//      short     short    longlong    short, more if    those whose
//                (zero)               bit 0 is set      flag is set

import { ProtocolError } from '../errors.ts';
import { type ByteReader, payloadReader } from './byte-reader.ts';
import { ByteWriter } from './byte-writer.ts';
import { decodeFields, encodeFields, type FieldRange, type FieldValues } from './fields.ts';
import { encodeFrame, FRAME_HEADER } from './frame.ts';
import { BASIC_PROPERTIES, type BasicProperties, type Field } from './method-table.ts';

/** Bit 0 of a flag word: another word follows. */
const CONTINUED = 1;
/** Property flags per word, from bit 15 down. */
const FLAGS_PER_WORD = 15;
/** Class basic; the one class whose content RabbitMQ carries. */
export const CLASS_BASIC = 60;

/** Where the body size stands in the payload. */
const BODY_SIZE_AT = 4;
const BODY_SIZE_END = 12;

export interface ContentHeader {
  readonly classId: number;
  readonly weight: number;
  readonly bodySize: bigint;
  readonly properties: BasicProperties;
}

/**
 * Decodes a content header frame's payload `bytes[start, end)`. Flag words that continue are followed; a flag that
 * stands for no property of class basic is an error, for its value could not be skipped.
 * Throws ProtocolError 502, or 501 for another class.
 */
export function decodeContentHeader(
  bytes: Uint8Array,
  start = 0,
  end = bytes.length,
  ranges?: FieldRange[],
): ContentHeader {
  const reader = payloadReader(bytes, start, end);
  const classId = reader.u16();
  if (classId !== CLASS_BASIC) {
    throw new ProtocolError(501, `expected a content header of class 60, found ${classId}`, { offset: start });
  }
  const weight = reader.u16();
  const bodySize = reader.u64();
  ranges?.push(
    { name: 'weight', domain: 'short', start: start + 2, end: start + 4 },
    { name: 'body_size', domain: 'longlong', start: start + 4, end: start + 12 },
  );
  const properties = decodeFields(reader, presentProperties(reader), ranges);
  if (reader.at < end) {
    throw new ProtocolError(502, `${end - reader.at} bytes left over after the properties`, { offset: reader.at });
  }
  return { classId, weight, bodySize, properties: properties as BasicProperties };
}

/**
 * The body size that a content header's payload `bytes[start, end)` claims, in bytes, whatever follows it; 0 if it is cut
 * before that. Exact up to 2^53.
 */
export function claimedBodySize(bytes: Uint8Array, start: number, end: number): number {
  if (end - start < BODY_SIZE_END) return 0;
  let size = 0;
  for (let at = start + BODY_SIZE_AT; at < start + BODY_SIZE_END; at++) size = size * 256 + bytes[at]!;
  return size;
}

function presentProperties(reader: ByteReader): Field[] {
  const present: Field[] = [];
  let word: number;
  let index = 0;
  do {
    word = reader.u16();
    for (let bit = FLAGS_PER_WORD; bit > 0; bit--, index++) {
      if ((word & (1 << bit)) === 0) continue;
      const property = BASIC_PROPERTIES[index];
      if (!property) {
        throw new ProtocolError(502, `property flag ${index} stands for no property`, { offset: reader.at - 2 });
      }
      present.push(property);
    }
  } while (word & CONTINUED);
  return present;
}

/** Encodes a content header frame's payload; `bodySize` in bytes. */
export function encodeContentHeader(bodySize: bigint, properties: BasicProperties): Uint8Array {
  const values = properties as FieldValues;
  const present = BASIC_PROPERTIES.filter(({ name }) => values[name] !== undefined);
  const writer = new ByteWriter();
  writer.u16(CLASS_BASIC);
  writer.u16(0);
  writer.u64(bodySize);
  writer.u16(present.reduce((flags, property) => flags | (1 << (15 - BASIC_PROPERTIES.indexOf(property))), 0));
  encodeFields(writer, present, values);
  return writer.finish();
}

/** A whole content header frame. */
export function encodeContentHeaderFrame(channel: number, bodySize: bigint, properties: BasicProperties): Uint8Array {
  return encodeFrame(FRAME_HEADER, channel, encodeContentHeader(bodySize, properties));
}
