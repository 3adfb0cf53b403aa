// A channel or connection that one side closes for what the other did: which finding it is, and what is to blame.
// All findings about closes take theirs from here; counterpart: ending.ts, for connections that end without a close.
// Invariant: each close with an error code belongs to exactly one kind, so that it is reported once.

import type { Channel, Closure } from '../channel.ts';
import type { FindingContext } from '../finding.ts';
import type { SessionListener } from '../listener.ts';
import type { PendingRequest } from '../requests.ts';
import type { SessionTables } from '../tables.ts';
import type { TrackedConnection } from '../tracked-connection.ts';
import { capital, clientKey, clientName, said, serverName } from './wording.ts';

/** Messages that are looked at for the publish that is to blame. */
const MOST_LOOKS = 1000;

export interface Refusal {
  readonly connection: TrackedConnection;
  /** Undefined: the whole connection was closed. */
  readonly channel: Channel | undefined;
  readonly closure: Closure;
  /** The reply text without its `NOT_FOUND - ` before it. */
  readonly reason: string;
}

export type RefusalKind =
  | 'unknown-delivery-tag'
  | 'inequivalent-declaration'
  | 'consumer-timeout'
  | 'message-too-large'
  | 'precondition-failed'
  | 'not-found'
  | 'authentication-failed'
  | 'access-refused'
  | 'resource-locked'
  | 'vhost-refused'
  | 'not-allowed'
  | 'interleaved-publish'
  | 'channel-error'
  | 'connection-forced'
  | 'frame-too-large'
  | 'protocol-error'
  | 'command-invalid'
  | 'not-implemented'
  | 'internal-error'
  | 'closed-with-error';

/** Where one is listed, it applies to what the client closes, too. */
const BY_EITHER: ReadonlySet<RefusalKind> = new Set<RefusalKind>(['frame-too-large', 'protocol-error']);

/** The first that fits counts. Texts are those of RabbitMQ 3.x and 4.x. */
const RULES: readonly (readonly [code: number, words: RegExp, kind: RefusalKind])[] = [
  [406, /unknown delivery tag/i, 'unknown-delivery-tag'],
  [406, /inequivalent arg/i, 'inequivalent-declaration'],
  [406, /acknowledgement on channel \d+ timed out|consumer ack.*timed out/i, 'consumer-timeout'],
  [406, /message size \d+ is larger/i, 'message-too-large'],
  [406, /^/, 'precondition-failed'],
  [311, /^/, 'message-too-large'],
  [404, /^/, 'not-found'],
  [403, /Login was refused|login refused|can only connect via localhost/i, 'authentication-failed'],
  [403, /access to vhost /i, 'vhost-refused'],
  [403, /in exclusive use/i, 'resource-locked'],
  [403, /^/, 'access-refused'],
  [405, /^/, 'resource-locked'],
  [402, /^/, 'vhost-refused'],
  [530, /access to vhost .*limit/i, 'not-allowed'],
  [530, /vhost .* not found|access to vhost /i, 'vhost-refused'],
  [530, /^/, 'not-allowed'],
  [505, /^/, 'interleaved-publish'],
  [504, /^/, 'channel-error'],
  [320, /^/, 'connection-forced'],
  [501, /frame.?too.?large|frame.*(larger|exceed)/i, 'frame-too-large'],
  [501, /^/, 'protocol-error'],
  [502, /^/, 'protocol-error'],
  [503, /^/, 'command-invalid'],
  [540, /^/, 'not-implemented'],
  [541, /^/, 'internal-error'],
];

function kindOf({ by, code, text }: Closure): RefusalKind | undefined {
  if (code < 300) return undefined;
  const kind = RULES.find((rule) => rule[0] === code && rule[1].test(text))?.[2] ?? 'closed-with-error';
  return by === 'server' || (by === 'client' && BY_EITHER.has(kind)) ? kind : undefined;
}

/** Calls with each close of that kind: of a channel, or of a connection. */
export function onRefusal(kind: RefusalKind, take: (refusal: Refusal) => void): SessionListener {
  return {
    channelClosed(channel, closure) {
      if (closure.by === 'connection' || kindOf(closure) !== kind) return;
      take({ connection: channel.connection, channel, closure, reason: reasonOf(closure) });
    },
    connectionClosing(connection, closure) {
      if (kindOf(closure) !== kind) return;
      take({ connection, channel: undefined, closure, reason: reasonOf(closure) });
    },
  };
}

/** What to do, by words of the reply text; the first that fits counts. */
export type AdviceByReason = readonly (readonly [words: RegExp, advice: string])[];

/** Reports each close of that kind in the server's own words, with the advice that there is for them. */
export function reportRefusals(
  kind: RefusalKind,
  report: FindingContext['report'],
  adviceByReason: AdviceByReason,
  because: 'for' | 'upon' = 'for',
): SessionListener {
  return onRefusal(kind, (refusal) => {
    const { connection, channel, closure, reason } = refusal;
    const advice = adviceByReason.find(([words]) => words.test(reason))?.[1];
    report({
      connection,
      channel,
      subject: `${clientKey(connection)}/${reason || closure.method}`,
      text: () => {
        const what = culprit(refusal);
        const blame = what && ` ${because} its ${what}`;
        return `${closedWhat(refusal)} ${clientName(connection)}${blame}: ${reason || 'it gave no reason'}.`;
      },
      ...(advice !== undefined && { advice }),
      evidence: evidenceOf(refusal),
      time: closure.time,
    });
  });
}

function reasonOf({ text }: Closure): string {
  return said(text.replace(/^[A-Z_]+ - |\.$/g, ''));
}

/** The request that the close blames, if it is one that would have had an answer. */
export function blamed({ connection, channel, closure: { method } }: Refusal): PendingRequest | undefined {
  if (method === undefined) return undefined;
  const isBlamed = ({ decoded }: PendingRequest) => decoded.method.name === method;
  if (channel) return channel.requests.find(isBlamed);
  for (const { requests } of [connection, ...connection.channels.values()]) {
    const found = requests.find(isBlamed);
    if (found) return found;
  }
  return undefined;
}

/** The last message that the channel published to an exchange; 0 if it published none there. */
export function publishTo({ messages }: SessionTables, { connection, channel }: Refusal, exchange: string): number {
  if (!channel) return 0;
  let looks = 0;
  for (const row of messages.publishedBy(connection.id, channel.number)) {
    if (row.time < channel.openedAt || ++looks > MOST_LOOKS) return 0;
    if (row.exchange === exchange) return row.record;
  }
  return 0;
}

/** The record to show first: the request that is blamed, then the close. */
export function evidenceOf(refusal: Refusal, ...others: readonly number[]): number[] {
  return [blamed(refusal)?.record ?? 0, ...others, refusal.closure.record].filter((record) => record > 0);
}

/**
 * `RabbitMQ closed channel 1 of` or `RabbitMQ closed the connection of`, before the client's name; a client without one is
 * called by its connection.
 */
export function closedWhat({ connection, channel }: Refusal): string {
  const server = capital(serverName(connection));
  if (channel) return `${server} closed channel ${channel.number} of`;
  return connection.facts.name ? `${server} closed the connection of` : `${server} closed`;
}

/** What the closing method names as the culprit: `basic.publish (record 12)`; empty if it names none. */
export function culprit(refusal: Refusal): string {
  const { method } = refusal.closure;
  if (method === undefined) return '';
  const record = blamed(refusal)?.record ?? 0;
  return record > 0 ? `${method} (record ${record})` : method;
}
