// Drop heartbeats: one peer, or both, hear no heartbeats of the other. Other traffic still counts as life
// (AMQP 0-9-1 §4.2.7), so this shows on idle connections: the deaf side closes after two intervals.

import { CLIENT_TO_SERVER, FRAME_HEARTBEAT, SERVER_TO_CLIENT } from '../protocol/frame.ts';
import { DROP, defineFault, FORWARD } from './fault.ts';

export interface DropHeartbeatsOptions {
  /** Whose heartbeats are dropped. */
  readonly from: 'client' | 'server' | 'both';
}

export const dropHeartbeats = defineFault({
  kind: 'drop-heartbeats',
  summary: 'swallow the heartbeats that the client, the server or both send',
  explain: ({ from }: DropHeartbeatsOptions) =>
    `drops the heartbeats sent by ${from === 'both' ? 'both sides' : `the ${from}`}`,
  start({ from }, { direction }) {
    const spared = from === 'client' ? SERVER_TO_CLIENT : from === 'server' ? CLIENT_TO_SERVER : undefined;
    if (direction === spared) return undefined;
    return (unit, bytes) => (unit === 'frame' && bytes[0] === FRAME_HEARTBEAT ? DROP : FORWARD);
  },
});
