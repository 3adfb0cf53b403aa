// Every field of a record and where it stands in its bytes, as a tree: what a hex view shows.
// Counterpart of protocol/fields.ts and field-ranges.ts, which know the places.
// Invariant: the leaves, in order, are all of the record's bytes (bits share their octet; a tree that is too large says
// how many entries it omits; what does not decode is one leaf, `undecoded`).

import { ProtocolError } from '../errors.ts';
import type { Cursor } from '../log/cursor.ts';
import { methodNameOf } from '../log/frame-event.ts';
import { KIND_FRAMES, KIND_NOTE, KIND_PROTOCOL_HEADER } from '../log/runs.ts';
import { decodeContentHeader } from '../protocol/content-header.ts';
import type { FieldRange } from '../protocol/fields.ts';
import { FRAME_HEADER, FRAME_METHOD, FRAME_PREFIX_SIZE } from '../protocol/frame.ts';
import { decodeMethod } from '../protocol/method.ts';
import { BASIC_PROPERTIES } from '../protocol/method-table.ts';
import { REDACTED, secretArgument } from '../protocol/secrets.ts';
import { LARGEST_SHOWN } from './bounded-event.ts';
import { type FieldNode, FieldTree } from './field-tree.ts';

/** Octets of a word of property flags. */
const FLAG_WORD_SIZE = 2;

/** The fields of the record that the cursor shows; none for a note. */
export function recordFields(cursor: Cursor, showSecrets: boolean): FieldNode[] {
  const tree = new FieldTree(cursor.bytes, cursor.start);
  const { start, end } = cursor;
  switch (cursor.kind) {
    case KIND_NOTE:
      return [];
    case KIND_FRAMES:
      return frameFields(tree, cursor, showSecrets);
    case KIND_PROTOCOL_HEADER:
      return [
        tree.leaf(
          'protocol',
          'bytes',
          start,
          start + 4,
          String.fromCharCode(...cursor.bytes.subarray(start, start + 4)),
        ),
        ...['id', 'major', 'minor', 'revision'].map((name, i) => tree.unsigned(name, 'octet', start + 4 + i)),
      ];
    default:
      return [tree.leaf('payload', 'bytes', start, end)];
  }
}

function frameFields(tree: FieldTree, cursor: Cursor, showSecrets: boolean): FieldNode[] {
  const { start, payloadStart, payloadEnd, end } = cursor;
  if (end - start < FRAME_PREFIX_SIZE) return [tree.leaf('undecoded', 'bytes', start, end)];
  const nodes = [
    tree.unsigned('type', 'octet', start),
    tree.unsigned('channel', 'short', start + 1),
    tree.unsigned('size', 'long', start + 3),
  ];
  const size = payloadEnd - payloadStart;
  if (cursor.frameType === FRAME_METHOD && size >= 4) {
    nodes.push(...methodFields(tree, cursor, showSecrets));
  } else if (cursor.frameType === FRAME_HEADER && size >= 2) {
    nodes.push(...headerFields(tree, cursor));
  } else if (size > 0) {
    nodes.push(tree.leaf('payload', 'bytes', payloadStart, payloadEnd));
  }
  if (!cursor.cut) nodes.push(tree.unsigned('frame_end', 'octet', payloadEnd));
  return nodes;
}

function methodFields(tree: FieldTree, cursor: Cursor, showSecrets: boolean): FieldNode[] {
  const { bytes, payloadStart: start, payloadEnd: end } = cursor;
  const secret = showSecrets ? undefined : secretArgument(methodNameOf(cursor));
  const ranges = rangesOf(end - start, (found) => decodeMethod(bytes, start, end, found));
  return [
    tree.unsigned('class_id', 'short', start),
    tree.unsigned('method_id', 'short', start + 2),
    ...ranges.map((range) => tree.field(range, range.name === secret ? REDACTED : undefined)),
    ...undecoded(tree, ranges.at(-1)?.end ?? start + 4, end),
  ];
}

function headerFields(tree: FieldTree, cursor: Cursor): FieldNode[] {
  const { bytes, payloadStart: start, payloadEnd: end } = cursor;
  const ranges = rangesOf(end - start, (found) => decodeContentHeader(bytes, start, end, found));
  const nodes = [tree.unsigned('class_id', 'short', start)];
  let at = start + 2;
  for (const range of ranges) {
    nodes.push(tree.field(range));
    at = range.end;
    if (range.name === 'body_size') {
      const flags = propertyFlags(tree, bytes, at, end);
      nodes.push(...flags);
      at += flags.length * FLAG_WORD_SIZE;
    }
  }
  nodes.push(...undecoded(tree, at, end));
  return nodes;
}

/** The fields that decode, up to the first that does not. */
function rangesOf(size: number, decode: (ranges: FieldRange[]) => unknown): FieldRange[] {
  const ranges: FieldRange[] = [];
  if (size > LARGEST_SHOWN) return ranges;
  try {
    decode(ranges);
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
  }
  return ranges;
}

/** The flag words from `start` on; the lowest bit of each says that another follows (AMQP 0-9-1 §4.2.6.1). */
function propertyFlags(tree: FieldTree, bytes: Uint8Array, start: number, end: number): FieldNode[] {
  const nodes: FieldNode[] = [];
  for (let at = start, more = true; more && at + FLAG_WORD_SIZE <= end; at += FLAG_WORD_SIZE) {
    const word = (bytes[at]! << 8) | bytes[at + 1]!;
    const names: string[] = [];
    for (let bit = 15; bit > 0; bit--) {
      const index = nodes.length * 15 + 15 - bit;
      if (word & (1 << bit)) names.push(BASIC_PROPERTIES[index]?.name ?? `flag ${index}`);
    }
    nodes.push(tree.leaf('property_flags', 'flags', at, at + FLAG_WORD_SIZE, names));
    more = (word & 1) === 1;
  }
  return nodes;
}

function undecoded(tree: FieldTree, start: number, end: number): FieldNode[] {
  return start < end ? [tree.leaf('undecoded', 'bytes', start, end)] : [];
}
