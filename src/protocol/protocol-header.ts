// The eight bytes that open a connection (AMQP 0-9-1 §4.2.2), and what a peer may send instead of them.
// A server that does not speak the client's version answers with the header of one that it does speak, and hangs up.

const AMQP = [0x41, 0x4d, 0x51, 0x50];
export const PROTOCOL_HEADER_SIZE = 8;
/** `AMQP` 0 0 9 1 */
export const PROTOCOL_HEADER: Uint8Array = Uint8Array.from([...AMQP, 0, 0, 9, 1]);

/** Whether `bytes[start, end)` is, as far as it goes, the beginning of an AMQP protocol header of any version. */
export function startsLikeProtocolHeader(bytes: Uint8Array, start: number, end: number): boolean {
  const size = Math.min(AMQP.length, end - start);
  for (let i = 0; i < size; i++) if (bytes[start + i] !== AMQP[i]) return false;
  return size > 0;
}

/** What a protocol header at `bytes[at, at + 8)` asks for, in words: `AMQP 0-9-1`, `AMQP 1.0 (SASL)`, … */
export function protocolName(bytes: Uint8Array, at: number): string {
  const [a, b, c, d] = bytes.subarray(at + 4, at + 8) as unknown as [number, number, number, number];
  if (a === 0 && b === 0 && c === 9 && d === 1) return 'AMQP 0-9-1';
  if (a === 1 && b === 1 && c === 9 && d === 1) return 'AMQP 0-9-1';
  if (a === 1 && b === 1 && c === 0 && d === 9) return 'AMQP 0-9';
  if (a === 1 && b === 1 && c === 8 && d === 0) return 'AMQP 0-8';
  if (b === 1 && c === 0 && d === 0) {
    const layer = a === 0 ? '' : a === 2 ? ' (TLS)' : a === 3 ? ' (SASL)' : ` (protocol id ${a})`;
    return `AMQP 1.0${layer}`;
  }
  return `AMQP ${a}.${b}.${c}.${d}`;
}

/** Whether frames of AMQP 0-9-1's shape follow this header (RabbitMQ takes 0-8 and 0-9 for 0-9-1). */
export function isFramedProtocol(name: string): boolean {
  return name.startsWith('AMQP 0-');
}

const FOREIGN: readonly (readonly [name: string, pattern: RegExp])[] = [
  ['TLS', /^\x16\x03[\x00-\x04]/],
  ['HTTP', /^(GET|HEAD|POST|PUT|DELETE|CONNECT|OPTIONS|TRACE|PATCH) |^PRI \* HTTP\/2|^HTTP\/[012]/],
  ['PROXY protocol', /^PROXY (TCP|UNK)|^\r\n\r\n\x00\r\nQUIT\n/],
  ['MQTT', /^\x10[\s\S]{1,4}\x00[\x04\x06]MQ/],
  ['STOMP', /^(CONNECT|STOMP|CONNECTED|ERROR)\r?\n/],
  ['SSH', /^SSH-/],
];

/** What the first bytes of a stream look like when they are not AMQP: `HTTP`, `TLS`, …, or `unknown`. */
export function foreignProtocol(bytes: Uint8Array, start: number, end: number): string {
  const head = String.fromCharCode(...bytes.subarray(start, Math.min(end, start + 32)));
  return FOREIGN.find(([, pattern]) => pattern.test(head))?.[0] ?? 'unknown';
}
