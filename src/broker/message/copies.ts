// CC and BCC ("sender-selected distribution"): further routing keys that a message is routed by, given in its headers.

import { type FieldTable, fieldOf } from '../../protocol/field-table.ts';
import { ReplyError } from '../reply-error.ts';
import { TYPE_NAMES } from '../term-text.ts';
import { withHeaders, withoutEntry } from './edit.ts';
import { Message } from './message.ts';

const HEADER_NAMES = ['CC', 'BCC'];

/** A message may carry keys that its headers do not tell: BCC is taken out before anybody sees it. */
const hiddenKeys = new WeakMap<Message, readonly string[]>();

/** The message under each of its routing keys, or undefined if it has but one. */
export function copyViews(message: Message): readonly Message[] | undefined {
  if (!mayHaveHeaders(message)) return undefined;
  const hidden = hiddenKeys.get(message) ?? [];
  const keys = [...keysOf(message.headers, 'CC'), ...hidden];
  if (keys.length === 0) return undefined;
  return [message, ...keys.map((key) => new Message(message.exchange, key, message))];
}

/**
 * What is published for a message with these headers: the same without BCC, whose keys are kept aside.
 * Throws ReplyError 406 for a header that is no list.
 */
export function withoutBlindCopies(message: Message): Message {
  for (const name of HEADER_NAMES) {
    const value = fieldOf(message.headers, name);
    if (value && value.type !== 'A') {
      throw new ReplyError(406, `invalid message: {unacceptable_type_in_header,"${name}",${TYPE_NAMES[value.type]}}`);
    }
  }
  const blind = keysOf(message.headers, 'BCC');
  if (!fieldOf(message.headers, 'BCC')) return message;
  const shown = withHeaders(message, withoutEntry(message.headers, 'BCC'));
  hiddenKeys.set(shown, blind);
  return shown;
}

/** The one message is routed by the keys that the other kept aside, too. */
export function keepBlindCopies(from: Message, to: Message): Message {
  const hidden = hiddenKeys.get(from);
  if (hidden) hiddenKeys.set(to, hidden);
  return to;
}

/** Bit 13 of the property flags. */
function mayHaveHeaders({ bytes, start }: Message): boolean {
  return (bytes[start + 12]! & 0x20) !== 0;
}

/** The routing keys that this header lists; other values in the list are passed over. */
export function keysOf(headers: FieldTable, name: 'CC' | 'BCC'): string[] {
  const value = fieldOf(headers, name);
  return value?.type === 'A' ? value.value.flatMap((key) => (key.type === 'S' ? [key.value] : [])) : [];
}
