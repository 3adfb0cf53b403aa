// Bytes as lines of offset, hex and ASCII, sixteen a line, as hexdump -C and Wireshark show them.

const BYTES_PER_LINE = 16;
const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** The lines of `bytes[start, end)`; offsets count from `start`. */
export function* hexDump(bytes: Uint8Array, start: number, end: number): Generator<string> {
  const digits = Math.max(4, (end - start - 1).toString(16).length);
  for (let at = start; at < end; at += BYTES_PER_LINE) {
    const stop = Math.min(at + BYTES_PER_LINE, end);
    let hex = '';
    let ascii = '';
    for (let i = at; i < at + BYTES_PER_LINE; i++) {
      if (i - at === BYTES_PER_LINE / 2) hex += ' ';
      hex += i < stop ? ` ${HEX[bytes[i]!]}` : '   ';
      if (i < stop) ascii += asciiOf(bytes[i]!);
    }
    yield `${(at - start).toString(16).padStart(digits, '0')} ${hex}  ${ascii}`;
  }
}

function asciiOf(byte: number): string {
  return byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '·';
}
