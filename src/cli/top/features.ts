// What a queue or exchange was declared with, in the short words of RabbitMQ's management page: `D TTL DLX`.

interface Declared {
  readonly durable?: boolean | undefined;
  readonly auto_delete?: boolean | undefined;
  readonly exclusive?: boolean | undefined;
  readonly internal?: boolean | undefined;
  readonly arguments?: object | undefined;
}

/** Arguments that have a short word; others show as `Args`. */
const ARGUMENTS: ReadonlyMap<string, string> = new Map([
  ['alternate-exchange', 'AE'],
  ['x-dead-letter-exchange', 'DLX'],
  ['x-dead-letter-routing-key', 'DLK'],
  ['x-expires', 'Exp'],
  ['x-max-length', 'Lim'],
  ['x-max-length-bytes', 'Lim'],
  ['x-max-priority', 'Pri'],
  ['x-message-ttl', 'TTL'],
  ['x-overflow', 'Ovfl'],
  ['x-single-active-consumer', 'SAC'],
]);

/** The words, each once; empty for what has nothing of note. */
export function featuresOf(declared: Declared): string {
  const words = new Set<string>();
  if (declared.durable) words.add('D');
  if (declared.auto_delete) words.add('AD');
  if (declared.exclusive) words.add('Excl');
  if (declared.internal) words.add('I');
  for (const [name, value] of Object.entries(declared.arguments ?? {})) {
    words.add(name === 'x-queue-type' ? String(value) : (ARGUMENTS.get(name) ?? 'Args'));
  }
  return [...words].join(' ');
}
