// IP addresses as text and as four 32-bit words, IPv4 in its IPv6-mapped form (RFC 4291 §2.5.5.2).
// Counterparts: TcpSegment reads words off the wire, PcapngWriter puts them there.
// Invariant: formatAddress(parseAddress(text)) is the canonical form (RFC 5952) of the same address.

/** Four words, most significant first. */
export type AddressWords = readonly [number, number, number, number];

const MAPPED = 0xffff;

/** Whether the address is an IPv4 one. */
export function isIpv4(w0: number, w1: number, w2: number): boolean {
  return w0 === 0 && w1 === 0 && w2 === MAPPED;
}

/** Writes an address: dotted for IPv4, RFC 5952 for IPv6. */
export function formatAddress(w0: number, w1: number, w2: number, w3: number): string {
  if (isIpv4(w0, w1, w2)) return `${w3 >>> 24}.${(w3 >>> 16) & 0xff}.${(w3 >>> 8) & 0xff}.${w3 & 0xff}`;
  const groups = [w0, w1, w2, w3].flatMap((word) => [word >>> 16, word & 0xffff]);
  const zeros = longestZeros(groups);
  const hex = (part: number[]) => part.map((group) => group.toString(16)).join(':');
  if (zeros.length < 2) return hex(groups);
  return `${hex(groups.slice(0, zeros.at))}::${hex(groups.slice(zeros.at + zeros.length))}`;
}

/** The first of the longest runs of zero groups. */
function longestZeros(groups: number[]): { at: number; length: number } {
  let best = { at: 0, length: 0 };
  for (let at = 0; at < groups.length; at++) {
    let length = 0;
    while (groups[at + length] === 0) length++;
    if (length > best.length) best = { at, length };
    at += length;
  }
  return best;
}

/** Reads an IPv4 or IPv6 address; a zone (`fe80::1%eth0`) is left aside. Undefined if the text is no IP address. */
export function parseAddress(text: string): AddressWords | undefined {
  const address = text.replace(/%.*$/, '');
  if (!address.includes(':')) {
    const word = parseIpv4(address);
    return word === undefined ? undefined : [0, 0, MAPPED, word];
  }
  const halves = address.split('::');
  if (halves.length > 2) return undefined;
  const head = parseGroups(halves[0]!);
  const tail = halves.length === 2 ? parseGroups(halves[1]!) : [];
  if (head === undefined || tail === undefined) return undefined;
  const missing = 8 - head.length - tail.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined;
  const g = [...head, ...new Array<number>(missing).fill(0), ...tail];
  return [pair(g[0]!, g[1]!), pair(g[2]!, g[3]!), pair(g[4]!, g[5]!), pair(g[6]!, g[7]!)];
}

function pair(high: number, low: number): number {
  return (high << 16) | low;
}

function parseIpv4(text: string): number | undefined {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text);
  if (match === null) return undefined;
  let word = 0;
  for (const part of match.slice(1)) {
    if (Number(part) > 255) return undefined;
    word = (word << 8) | Number(part);
  }
  return word;
}

/** The 16-bit groups of one side of `::`; the last one may be an IPv4 address. */
function parseGroups(text: string): number[] | undefined {
  if (text === '') return [];
  const groups: number[] = [];
  const parts = text.split(':');
  for (const [index, part] of parts.entries()) {
    if (part.includes('.') && index === parts.length - 1) {
      const word = parseIpv4(part);
      if (word === undefined) return undefined;
      groups.push(word >>> 16, word & 0xffff);
    } else {
      if (!/^[0-9a-fA-F]{1,4}$/.test(part)) return undefined;
      groups.push(Number.parseInt(part, 16));
    }
  }
  return groups;
}
