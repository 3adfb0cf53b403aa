// Where the IP packet begins in a captured packet, for each link type (tcpdump.org/linktypes.html).
// Counterpart of ip.ts, which goes on from there.
// Invariant: no byte behind `end` is read.

const NULL = 0;
const ETHERNET = 1;
/** Raw IP: the value that files use, and those that some systems wrote instead. */
const RAW = 101;
const RAW_BSD = 12;
const RAW_OPENBSD = 14;
const LOOP = 108;
const LINUX_COOKED = 113;
const IPV4 = 228;
const IPV6 = 229;
const LINUX_COOKED_2 = 276;

const ETHERTYPE_IPV4 = 0x0800;
const ETHERTYPE_IPV6 = 0x86dd;
const VLAN_TAG = 4;

/** Whether packets of this link type can be decoded. */
export function isKnownLinkType(linkType: number): boolean {
  switch (linkType) {
    case NULL:
    case ETHERNET:
    case RAW:
    case RAW_BSD:
    case RAW_OPENBSD:
    case LOOP:
    case LINUX_COOKED:
    case IPV4:
    case IPV6:
    case LINUX_COOKED_2:
      return true;
    default:
      return false;
  }
}

/** Offset of the IP header in the packet `bytes[start, end)`, or -1 if it carries no IP. */
export function networkOffset(linkType: number, bytes: Uint8Array, start: number, end: number): number {
  switch (linkType) {
    case ETHERNET:
      return behindEtherType(bytes, start + 12, start + 14, end);
    case LINUX_COOKED:
      return behindEtherType(bytes, start + 14, start + 16, end);
    case LINUX_COOKED_2:
      return behindEtherType(bytes, start, start + 20, end);
    case NULL:
    case LOOP:
      return behindFamily(bytes, start, end);
    case RAW:
    case RAW_BSD:
    case RAW_OPENBSD:
    case IPV4:
    case IPV6:
      return start;
    default:
      return -1;
  }
}

/** Follows the EtherType at `typeAt`, through VLAN tags (IEEE 802.1Q, stacked ones too), to the payload. */
function behindEtherType(bytes: Uint8Array, typeAt: number, payload: number, end: number): number {
  while (payload <= end) {
    const type = (bytes[typeAt]! << 8) | bytes[typeAt + 1]!;
    if (type === ETHERTYPE_IPV4 || type === ETHERTYPE_IPV6) return payload;
    if (type !== 0x8100 && type !== 0x88a8 && type !== 0x9100) return -1;
    // A tag is two octets of control information and the type of what follows.
    typeAt = payload + 2;
    payload += VLAN_TAG;
  }
  return -1;
}

/** BSD loopback: the address family, 4 octets in the byte order of whichever machine captured it. */
function behindFamily(bytes: Uint8Array, start: number, end: number): number {
  if (end - start < 4) return -1;
  const family = bytes[start]! | bytes[start + 3]!;
  switch (family) {
    case 2:
    case 10:
    case 24:
    case 28:
    case 30:
      return start + 4;
    default:
      return -1;
  }
}
