// Text messages from server to client as WebSocket frames (RFC 6455 §5.2), many in one buffer and so in one write.
// Counterpart of ws, which does the handshake, the control frames and all that comes in.
//
//   +----------+-------------+---------------------------------+------------+
//   |   0x81   |  length or  | its length in two octets (126)  | text UTF-8 |
//   | FIN text |  126 or 127 | or in eight (127)               |            |
//   +----------+-------------+---------------------------------+------------+

const FIN_TEXT = 0x81;
/** Lengths from here on take two octets, and eight where two do not do. */
const TWO_OCTETS = 126;
const EIGHT_OCTETS = 0x10000;

/** Encodes each payload, which is UTF-8, as one unfragmented, unmasked message. */
export function encodeTextMessages(payloads: readonly Uint8Array[]): Buffer {
  const buffer = Buffer.allocUnsafe(payloads.reduce((sum, { length }) => sum + headSize(length) + length, 0));
  let at = 0;
  for (const payload of payloads) {
    at = writeHead(buffer, at, payload.length);
    buffer.set(payload, at);
    at += payload.length;
  }
  return buffer;
}

function headSize(size: number): number {
  return size < TWO_OCTETS ? 2 : size < EIGHT_OCTETS ? 4 : 10;
}

function writeHead(buffer: Buffer, at: number, size: number): number {
  buffer[at] = FIN_TEXT;
  if (size < TWO_OCTETS) {
    buffer[at + 1] = size;
    return at + 2;
  }
  if (size < EIGHT_OCTETS) {
    buffer[at + 1] = TWO_OCTETS;
    return buffer.writeUInt16BE(size, at + 2);
  }
  buffer[at + 1] = TWO_OCTETS + 1;
  return buffer.writeBigUInt64BE(BigInt(size), at + 2);
}
