// States that messages can be asked for by: GET /api/messages?state=…
// Counterpart of message-list.ts. A message may be in several states at once.

import { CONFIRMED, type MessageRow, NACKED, RETURNED, type Settlement } from '../session/message-row.ts';
import type { Session } from '../session/session.ts';

/** Whether the message is in this state; made for one answer. */
type StateTest = (message: MessageRow) => boolean;

const STATES = {
  unconfirmed: waitsForConfirm,
  confirmed: () => hasOutcome(CONFIRMED),
  nacked: () => hasOutcome(NACKED),
  returned: () => hasOutcome(RETURNED),
  undelivered: () => (message) => message.deliveries.length === 0,
  redelivered: () => (message) => message.deliveries.some(({ redelivered }) => redelivered),
  unsettled: () => hasSettlement('none'),
  acked: () => hasSettlement('ack'),
  rejected: () => hasSettlement('reject'),
  requeued: () => hasSettlement('requeue'),
  closed: () => hasSettlement('closed'),
} as const satisfies { readonly [state: string]: (session: Session) => StateTest };

export type MessageState = keyof typeof STATES;

export const MESSAGE_STATES = Object.keys(STATES) as MessageState[];

/** A test whether a message is in that state now. */
export function messageStateTest(state: MessageState, session: Session): StateTest {
  return STATES[state](session);
}

function hasOutcome(bit: number): StateTest {
  return ({ outcome }) => (outcome & bit) !== 0;
}

function hasSettlement(wanted: Settlement): StateTest {
  return ({ deliveries }) => deliveries.some(({ settlement }) => settlement === wanted);
}

/** Published on an open channel in confirm mode, and neither confirmed nor nacked yet. */
function waitsForConfirm(session: Session): StateTest {
  const waiting = new Set<number>();
  for (const channel of session.channels()) {
    channel.unconfirmed.each((_number, message) => {
      if (session.messages.has(message)) waiting.add(message);
      return true;
    });
  }
  return ({ seq, outcome }) => waiting.has(seq) && (outcome & (CONFIRMED | NACKED)) === 0;
}
