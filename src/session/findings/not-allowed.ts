// 530 NOT_ALLOWED: limits of channels and connections, tuning out of range, and consumer tags used twice.

import { counted } from '../../log/quantity.ts';
import { defineFinding } from '../finding.ts';
import type { SessionTables } from '../tables.ts';
import { blamed, closedWhat, culprit, evidenceOf, onRefusal, type Refusal } from './refusal.ts';
import { at, clientKey, clientName, quoted } from './wording.ts';

const ADVICE: readonly (readonly [reason: RegExp, advice: string])[] = [
  [/consumer tag/, 'Leave the consumer tag empty and the server makes one up, or use each tag once a channel.'],
  [
    /negotiated channel_max/,
    'Close channels that are not used any more, share one for publishing, or spread them over connections.',
  ],
  [/channels opened for user/, "Close channels that are not used any more, or have the user's limit raised."],
  [
    /connection limit/,
    'Look for clients that leave connections open or connect for each message, or have the limit raised.',
  ],
  [/negotiated \w+ = /, "Answer connection.tune within the server's limits."],
];

export const notAllowed = defineFinding({
  id: 'not-allowed',
  severity: 'error',
  title: 'A limit was reached, or a name used twice',
  explanation:
    'The server limits channels per connection (channel_max), and may limit connections and channels per user and virtual host; and a consumer tag can be used once at a time on a channel. Beyond that it closes the whole connection.',
  advice: 'Stay within what the reply text names, or have the limit raised.',
  watch: ({ tables, report }) =>
    onRefusal('not-allowed', (refusal) => {
      const { connection, channel, closure, reason } = refusal;
      const advice = ADVICE.find(([pattern]) => pattern.test(reason))?.[1];
      const twin = twinOf(refusal);
      report({
        connection,
        channel,
        subject: `${clientKey(connection)}/${reason}`,
        text: () => textOf(tables, refusal, twin),
        ...(advice !== undefined && { advice }),
        evidence: evidenceOf(refusal, twin?.record ?? 0),
        time: closure.time,
      });
    }),
});

/** The consumer that has the tag already. */
function twinOf(refusal: Refusal): { readonly text: string; readonly record: number } | undefined {
  const tag = /attempt to reuse consumer tag '(.*)'/.exec(refusal.reason)?.[1];
  if (tag === undefined) return undefined;
  for (const channel of refusal.connection.channels.values()) {
    const consumer = channel.consumers.get(tag);
    if (!consumer || consumer.cancelled || !channel.requests.includes(blamed(refusal)!)) continue;
    const queue = consumer.queue ? ` from queue ${quoted(consumer.queue.name)}` : '';
    const { record } = consumer;
    return { text: `on channel ${channel.number} it consumes${queue} under that tag already${at(record)}`, record };
  }
  return undefined;
}

function textOf(tables: SessionTables, refusal: Refusal, twin: ReturnType<typeof twinOf>): string {
  const { connection, reason } = refusal;
  const what = culprit(refusal);
  const told = `${closedWhat(refusal)} ${clientName(connection)}${what && ` for its ${what}`}: ${reason}`;
  if (twin) return `${told}; ${twin.text}.`;
  if (!/connection limit/.test(reason)) return `${told}.`;
  const isOfVhost = /access to vhost/.test(reason);
  let count = 0;
  for (const { facts } of tables.connections.values()) {
    const isCounted = isOfVhost
      ? facts.virtualHost === connection.facts.virtualHost
      : facts.user === connection.facts.user;
    if (isCounted && facts.state === 'open') count++;
  }
  if (count === 0) return `${told}.`;
  const { user = '', virtualHost = '' } = connection.facts;
  const where = isOfVhost ? `In vhost ${quoted(virtualHost)}` : `Of user ${quoted(user)}`;
  return `${told}. ${where} ${counted(count, 'connection is', 'connections are')} open here.`;
}
