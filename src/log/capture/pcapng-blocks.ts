// The numbers of the pcapng format (draft-ietf-opsawg-pcapng) that reader and writer share.
//
//   block type 4 | total length 4 | body, padded to 4 | total length 4
//
// Invariant: every block is a multiple of four bytes long and says its length at both ends.

export const SECTION_HEADER = 0x0a0d0d0a;
export const INTERFACE_DESCRIPTION = 1;
/** Obsolete, still found in old files. */
export const PACKET = 2;
export const SIMPLE_PACKET = 3;
export const ENHANCED_PACKET = 6;

export const BYTE_ORDER_MAGIC = 0x1a2b3c4d;
/** Type and both lengths. */
export const BLOCK_OVERHEAD = 12;
/** Bytes before the data in an enhanced (or obsolete) packet block: type, length, interface, time, lengths. */
export const PACKET_PREFIX = 28;

export const OPTION_END = 0;
export const OPTION_COMMENT = 1;
export const SECTION_APPLICATION = 4;
export const INTERFACE_NAME = 2;
export const INTERFACE_TIME_RESOLUTION = 9;
export const INTERFACE_TIME_OFFSET = 14;

/** Rounds up to the multiple of four that blocks and options are padded to. */
export function padded(length: number): number {
  return (length + 3) & ~3;
}
