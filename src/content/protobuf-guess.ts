// Protocol Buffers without a schema: field numbers, and for each value the likeliest reading of its wire type.
// Counterpart: protobuf-message.ts, which has the schema.
// Invariant: a byte is looked at no more often than messages may be nested, and fields are counted, in guesses that fail
// too: time is bounded on any bytes.

import { hasControls, textOf } from './charset.ts';
import { type BodyValue, DecodeError, LimitError } from './decoder.ts';
import { END_GROUP, FIXED32, FIXED64, LENGTH, ProtobufReader, START_GROUP, VARINT } from './protobuf-reader.ts';
import type { ValueBudget } from './value-budget.ts';

/** Deeper guesses are left as bytes. */
const DEEPEST_GUESS = 32;
/** Floats beyond this size are rather integers or other bits. */
const LARGEST_FLOAT = 1e12;
const SMALLEST_FLOAT = 1e-6;
/** Real schemas number their fields from 1; a guess with higher numbers is rather none. */
const LARGEST_LIKELY_FIELD = 1000;
/** Chance makes shorter ones. */
const SHORTEST_LIKELY = 4;
const SHORTEST_TEXT = 3;

/** By field number, in order of appearance; a number that comes twice has a list. */
export type GuessedMessage = ReadonlyMap<string, BodyValue>;

/** Reads the whole as one message. Throws DecodeError. */
export function guessMessage(bytes: Uint8Array, budget: ValueBudget): GuessedMessage {
  return messageOf(new ProtobufReader(bytes, budget), 0, undefined);
}

/** Whether the bytes are a message, and hardly by chance: whole, low field numbers, no groups, and text in it. */
export function looksLikeMessage(bytes: Uint8Array, budget: ValueBudget): boolean {
  if (bytes.length < SHORTEST_LIKELY) return false;
  const reader = new ProtobufReader(bytes, budget);
  let hasText = false;
  while (reader.at < reader.end) {
    const { field, wire } = reader.tag();
    if (field > LARGEST_LIKELY_FIELD || wire === START_GROUP) return false;
    if (wire === LENGTH) hasText = isMeantText(reader) || hasText;
    else skip(reader, wire);
  }
  return hasText;
}

function isMeantText(reader: ProtobufReader): boolean {
  const piece = reader.piece();
  if (piece.length < SHORTEST_TEXT) return false;
  const value = guessPiece(reader.within(piece), 0);
  if (value instanceof Map)
    return [...value.values()].flat().some((member) => typeof member === 'string' && member.length >= SHORTEST_TEXT);
  return typeof value === 'string';
}

/** Adds to what a field number already has. */
export function addTo(message: Map<string, BodyValue>, repeated: Set<string>, name: string, value: BodyValue): void {
  const before = message.get(name);
  if (!message.has(name)) message.set(name, value);
  else if (repeated.has(name)) (before as BodyValue[]).push(value);
  else {
    repeated.add(name);
    message.set(name, [before, value]);
  }
}

function messageOf(reader: ProtobufReader, depth: number, group: number | undefined): Map<string, BodyValue> {
  const message = new Map<string, BodyValue>();
  const repeated = new Set<string>();
  while (reader.at < reader.end) {
    const { field, wire } = reader.tag();
    if (wire === END_GROUP) {
      if (field === group) return message;
      throw new DecodeError(`has the end of a group at byte ${reader.at} that did not begin`);
    }
    addTo(message, repeated, String(field), guessValue(reader, field, wire, depth));
  }
  if (group !== undefined) throw new DecodeError(`lacks the end of group ${group}`);
  return message;
}

/** A value of that wire type. Throws DecodeError. */
export function guessValue(reader: ProtobufReader, field: number, wire: number, depth: number): BodyValue {
  switch (wire) {
    case VARINT:
      return reader.varint();
    case FIXED64:
      return floatOr(reader, reader.f64(), 8, () => reader.i64());
    case FIXED32:
      return floatOr(reader, reader.f32(), 4, () => reader.i32());
    case LENGTH:
      return guessPiece(reader.within(reader.piece()), depth);
    case START_GROUP:
      if (depth >= DEEPEST_GUESS) throw new DecodeError(`nested more than ${DEEPEST_GUESS} deep`);
      return messageOf(reader, depth + 1, field);
    default:
      throw new DecodeError(`has the unknown wire type ${wire} at byte ${reader.at}`);
  }
}

/** Text, else a message, else bytes: a message of one short text may look like text with a line break before it. */
function guessPiece(reader: ProtobufReader, depth: number): BodyValue {
  const piece = reader.bytes;
  const text = textOrUndefined(piece);
  if (text !== undefined && !/[\n\r\t\f]/.test(text)) return text;
  if (piece.length > 1 && depth < DEEPEST_GUESS) {
    try {
      return messageOf(reader, depth + 1, undefined);
    } catch (error) {
      if (error instanceof LimitError) throw error;
      // It is no message.
    }
  }
  return text ?? piece;
}

function textOrUndefined(piece: Uint8Array): string | undefined {
  try {
    const text = textOf(piece, undefined, false);
    return hasControls(text) || text.includes('\x1b') ? undefined : text;
  } catch {
    return undefined;
  }
}

/** The float, if it looks like one that somebody meant; else the integer of the same bytes. */
function floatOr(reader: ProtobufReader, float: number, width: number, integer: () => BodyValue): BodyValue {
  const size = Math.abs(float);
  if (float === 0 || (size >= SMALLEST_FLOAT && size <= LARGEST_FLOAT)) return float;
  reader.at -= width;
  return integer();
}

function skip(reader: ProtobufReader, wire: number): void {
  if (wire === VARINT) reader.varint();
  else if (wire === FIXED64) reader.take(8);
  else if (wire === FIXED32) reader.take(4);
  else throw new DecodeError(`has the unknown wire type ${wire} at byte ${reader.at}`);
}
