// More bytes than anyone between two peers will hold, for tests of peers that do not read.
// Counterpart: Peer.stall, which makes one such.

import type { Peer } from './peer.ts';

/** Bytes that tell where they stand. */
export function numbered(size: number, salt: number): Buffer {
  const bytes = Buffer.allocUnsafe(size);
  for (let at = 0; at + 4 <= size; at += 4) bytes.writeUInt32LE((at ^ salt) >>> 0, at);
  return bytes;
}

/** Writes until the socket takes no more: the kernel's buffers and the spy's are full all the way. */
export async function fill(writer: Peer, salt: number): Promise<Buffer> {
  const sent: Buffer[] = [];
  for (let stalled = 0; stalled < 20; ) {
    const piece = numbered(64 << 10, salt + sent.length);
    sent.push(piece);
    writer.say(piece);
    const before = writer.socket.bytesWritten - writer.socket.writableLength;
    for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
    const after = writer.socket.bytesWritten - writer.socket.writableLength;
    stalled = after === before && writer.socket.writableLength > 0 ? stalled + 1 : 0;
  }
  return Buffer.concat(sent);
}
