// 504 CHANNEL_ERROR: a channel is used that is not open, or opened twice, or channel 0 is used for work.

import { CLIENT_TO_SERVER } from '../../protocol/frame.ts';
import type { Closure } from '../channel.ts';
import { defineFinding } from '../finding.ts';
import type { TrackedConnection } from '../tracked-connection.ts';
import { closedWhat, culprit, onRefusal, type Refusal } from './refusal.ts';
import { at, capital, clientKey, clientName, said, serverName, span } from './wording.ts';

/** Channels of one connection whose end is remembered. */
const MOST_CLOSED = 100;

/** The first method on a channel that was not open. */
interface Stray {
  readonly channel: number;
  readonly method: string;
  readonly record: number;
  readonly time: number;
}

export const channelError = defineFinding({
  id: 'channel-error',
  severity: 'error',
  title: 'A channel was used that is not open',
  explanation:
    'Channels are opened once, used, and closed by either side. A method on a channel that was never opened or is closed already, or a second channel.open, makes the server close the whole connection, with all its other channels.',
  advice: 'Stop using a channel once it is closed, and listen for its closing: open a new one instead.',
  watch: ({ report }) => {
    const strays = new WeakMap<TrackedConnection, Stray>();
    const closures = new WeakMap<TrackedConnection, Map<number, Closure>>();
    return {
      connectionClosing: onRefusal('channel-error', (refusal) => {
        const { connection, closure } = refusal;
        const stray = strays.get(connection);
        const before = stray && closures.get(connection)?.get(stray.channel);
        report({
          connection,
          subject: `${clientKey(connection)}/${closure.method}`,
          text: () => textOf(refusal, stray, before),
          evidence: [stray?.record ?? 0, before?.record ?? 0, closure.record],
          time: closure.time,
        });
      }).connectionClosing!,
      channelClosed({ connection, number }, closure) {
        const known = closures.get(connection) ?? new Map<number, Closure>();
        known.delete(number);
        if (known.size >= MOST_CLOSED) known.delete(known.keys().next().value!);
        known.set(number, closure);
        closures.set(connection, known);
      },
      notOpened(connection, channel, record, time, direction, method) {
        const isFirst = direction === CLIENT_TO_SERVER && !strays.has(connection);
        if (isFirst) strays.set(connection, { channel, method, record, time });
      },
    };
  },
});

function textOf(refusal: Refusal, stray: Stray | undefined, before: Closure | undefined): string {
  const { connection, reason } = refusal;
  const who = clientName(connection);
  if (!stray || !/expected 'channel.open'/.test(reason)) {
    const what = culprit(refusal);
    return `${closedWhat(refusal)} ${who}${what && ` for its ${what}`}: ${reason}.`;
  }
  const { channel, method, record, time } = stray;
  const sent = `${who} sent ${method}${at(record)} on channel ${channel}`;
  if (!before) return `${sent}, which it never opened. ${capital(serverName(connection))} closed the connection.`;
  const by = before.by === 'server' ? serverName(connection) : 'it';
  const code = before.by === 'server' ? `: ${before.code} ${said(before.text)}` : '';
  const ago = `${span(time - before.time)} earlier${at(before.record)}`;
  return `${sent}, which ${by} had closed ${ago}${code}. ${capital(serverName(connection))} closed the connection.`;
}
