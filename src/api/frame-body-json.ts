// The decoded body of a frame's message as the API shows it. Counterpart of frame-body.ts, which gathers it.
// The decoders are loaded with the first body that is asked for. Invariant: bounded; the raw bytes are in the frames.

import type { Schemas } from '../content/decoder.ts';
import type { FrameLog } from '../log/frame-log.ts';
import { type FrameBody, frameBody } from './frame-body.ts';
import type { FrameBodyJson } from './json.ts';

/** Bytes that a layer may unpack to. */
const MAX_UNPACKED = 2 << 20;
/** Larger values are left out of the answer, in characters of JSON. */
const LARGEST_JSON = 8 << 20;

/** Undefined for a record that is no part of a message with a body. */
export async function frameBodyJson(log: FrameLog, id: number, schemas?: Schemas): Promise<FrameBodyJson | undefined> {
  const found = frameBody(log, id);
  if (!found || found.header.bodySize === 0n) return undefined;
  const { decodeBody } = await import('../content/decode-body.ts');
  const { bodyJson } = await import('../content/body-json.ts');
  const { HOST_CODECS } = await import('./host-codecs.ts');
  const { bytes, header, isWhole } = found;
  const decoded = decodeBody(bytes, header.properties, {
    routingKey: routingKeyOf(found),
    truncated: !isWhole,
    maxOutput: MAX_UNPACKED,
    codecs: HOST_CODECS,
    schemas,
  });
  const place = { of: found.id, size: bytes.length };
  const json = bodyJson(decoded);
  if (JSON.stringify(json).length <= LARGEST_JSON) return { ...place, ...json };
  const { decoder, kind, layers, notes } = decoded;
  return { ...place, decoder, kind, layers, complete: false, notes: [...notes, 'too large to be shown here'] };
}

function routingKeyOf({ method }: FrameBody): string | undefined {
  const { routing_key } = method.arguments as { readonly routing_key?: string };
  return routing_key;
}
