// Parses PDML, the XML in which tshark writes a dissection.
// Counterpart: tshark.ts, its only reader.
// Invariant: tolerates the stray end tags that tshark 4.0 writes when its output is filtered (-J).

/** A `<packet>`, `<proto>` or `<field>`. */
export interface PdmlElement {
  readonly tag: string;
  readonly name: string;
  /** The value as text. */
  readonly show: string;
  /** Label and value as text. */
  readonly showName: string;
  /** The bytes in hex. */
  readonly value: string;
  /** Whether it is part of an octet only. */
  readonly isBit: boolean;
  readonly children: PdmlElement[];
}

const tags = /<(\/?)(packet|proto|field)\b((?:\s+[\w:-]+="[^"]*")*)\s*(\/?)>/g;
const attributes = /([\w:-]+)="([^"]*)"/g;
const entities: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

/** The packets of a PDML document, in order. */
export function parsePdml(xml: string): PdmlElement[] {
  const packets: PdmlElement[] = [];
  const open: PdmlElement[] = [];
  for (const [, end, tag = '', text = '', selfClosing] of xml.matchAll(tags)) {
    if (end) {
      if (open.at(-1)?.tag === tag) open.pop();
      continue;
    }
    const element = toElement(tag, text);
    (open.at(-1)?.children ?? packets).push(element);
    if (!selfClosing) open.push(element);
  }
  return packets;
}

function toElement(tag: string, text: string): PdmlElement {
  const found: Record<string, string> = {};
  for (const [, name = '', value = ''] of text.matchAll(attributes)) found[name] = unescapeXml(value);
  return {
    tag,
    name: found.name ?? '',
    show: found.show ?? '',
    showName: found.showname ?? '',
    value: found.value ?? '',
    isBit: found.unmaskedvalue !== undefined,
    children: [],
  };
}

function unescapeXml(text: string): string {
  return text.includes('&')
    ? text.replace(/&(?:#x([\da-f]+)|#(\d+)|(\w+));/gi, (whole, hex?: string, decimal?: string, name?: string) => {
        if (hex || decimal) return String.fromCodePoint(Number.parseInt(hex ?? decimal ?? '', hex ? 16 : 10));
        return entities[name ?? ''] ?? whole;
      })
    : text;
}
