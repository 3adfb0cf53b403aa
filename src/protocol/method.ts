// Method frames' payload: class id, method id, arguments (AMQP 0-9-1 §4.2.4). Decode and encode, both from the table.

import { ProtocolError } from '../errors.ts';
import { payloadReader } from './byte-reader.ts';
import { ByteWriter } from './byte-writer.ts';
import { decodeFields, encodeFields, type FieldRange, type FieldValues } from './fields.ts';
import { encodeFrame, FRAME_METHOD } from './frame.ts';
import { type ArgumentsOf, type Method, type MethodName, methodById, methodByName } from './method-table.ts';

export interface DecodedMethod {
  readonly method: Method;
  /** By snake_case name, reserved ones included. */
  readonly arguments: FieldValues;
}

/**
 * Decodes a method frame's payload `bytes[start, end)`; appends where each argument stands to `ranges`, if given.
 * Throws ProtocolError: 503 for a method unknown to AMQP 0-9-1 and RabbitMQ, 502 for arguments that do not decode.
 */
export function decodeMethod(bytes: Uint8Array, start = 0, end = bytes.length, ranges?: FieldRange[]): DecodedMethod {
  const reader = payloadReader(bytes, start, end);
  const classId = reader.u16();
  const methodId = reader.u16();
  const method = methodById(classId, methodId);
  if (!method) throw new ProtocolError(503, `unknown method ${classId}.${methodId}`, { offset: start });
  const values = decodeFields(reader, method.fields, ranges);
  if (reader.at < end) {
    throw new ProtocolError(502, `${end - reader.at} bytes left over after the arguments of ${method.name}`, {
      offset: reader.at,
    });
  }
  return { method, arguments: values };
}

/** Encodes a method frame's payload. Reserved arguments may be left out: they are then zero or empty. */
export function encodeMethod<M extends MethodName>(name: M, values: Partial<ArgumentsOf<M>>): Uint8Array {
  const method = methodByName(name);
  const complete: FieldValues = { ...reservedDefaults(method), ...(values as FieldValues) };
  const writer = new ByteWriter();
  writer.u16(method.classId);
  writer.u16(method.methodId);
  encodeFields(writer, method.fields, complete);
  return writer.finish();
}

/** A whole method frame. */
export function encodeMethodFrame<M extends MethodName>(
  channel: number,
  name: M,
  values: Partial<ArgumentsOf<M>>,
): Uint8Array {
  return encodeFrame(FRAME_METHOD, channel, encodeMethod(name, values));
}

function reservedDefaults(method: Method): FieldValues {
  const defaults: FieldValues = {};
  for (const { name, domain, reserved } of method.fields) {
    if (reserved) defaults[name] = domain === 'bit' ? false : domain === 'short' ? 0 : '';
  }
  return defaults;
}
