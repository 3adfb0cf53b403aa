// What became of a message, in words: its outcome for the publisher, and how each delivery ended.
// Shared by the list of messages and the journey of one.

import { CONFIRMED, type DeliveryRow, NACKED, RETURNED, type Settlement } from '../../session/message-row.ts';
import { jsonText } from '../details.ts';
import type { Paint, Palette } from '../palette.ts';
import { latencyText } from '../quantity-text.ts';
import { SLOW } from '../settlement.ts';
import type { PassedMessage } from './message-feed.ts';

/** A piece of text with its colour. */
export interface Words {
  readonly text: string;
  readonly paint: Paint | undefined;
}

const SETTLED: { readonly [S in Settlement]: string } = {
  none: 'not acknowledged when the capture ends',
  ack: 'acked',
  reject: 'rejected',
  requeue: 'requeued',
  'no-ack': 'no-ack',
  closed: 'back in its queue: the channel closed',
};

/** `orders → eu.created`; `(default)` is the exchange without a name. */
export function placeText({ exchange, routingKey }: Pick<PassedMessage, 'exchange' | 'routingKey'>): string {
  return `${exchange === '' ? '(default)' : jsonText(exchange)} → ${jsonText(routingKey)}`;
}

/** `confirmed 1.20 ms`, or what else the publisher heard. */
export function outcomeWords(message: PassedMessage, palette: Palette): Words[] {
  const { outcome, time, mode } = message;
  if (message.record === 0) return [{ text: 'published unseen', paint: palette.faint }];
  const words: Words[] = [];
  if (outcome & RETURNED) {
    words.push({ text: `returned ${latencyText(message.returnTime - time)}`, paint: palette.warning });
  }
  const answered = latencyText(message.outcomeTime - time);
  if (outcome & NACKED) words.push({ text: `nacked ${answered}`, paint: palette.error });
  if (outcome & CONFIRMED)
    words.push({ text: `confirmed ${answered}`, paint: slowPaint(message.outcomeTime - time, palette) });
  if (mode === 'confirm' && !(outcome & (CONFIRMED | NACKED)))
    words.push({ text: 'unconfirmed', paint: palette.warning });
  if (mode === 'tx') words.push({ text: 'in a transaction', paint: palette.faint });
  return words.length === 0 ? [{ text: 'no confirms', paint: palette.faint }] : words;
}

/** `acked 3.20 ms` */
export function settlementWords({ settlement, settledTime, time }: DeliveryRow, palette: Palette): Words {
  const text = SETTLED[settlement];
  switch (settlement) {
    case 'none':
      return { text, paint: palette.warning };
    case 'no-ack':
      return { text, paint: palette.faint };
    case 'ack':
      return { text: `${text} ${latencyText(settledTime - time)}`, paint: slowPaint(settledTime - time, palette) };
    case 'reject':
    case 'requeue':
      return { text: `${text} ${latencyText(settledTime - time)}`, paint: palette.warning };
    case 'closed':
      return { text: `${text} after ${latencyText(settledTime - time)}`, paint: palette.warning };
  }
}

export function slowPaint(latency: number, palette: Palette): Paint | undefined {
  return latency >= SLOW ? palette.warning : undefined;
}
