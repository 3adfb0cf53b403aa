// A connection whose sockets ended without connection.close: which finding it is.
// Counterpart: refusal.ts, for those that were closed with a code and a text.
// Invariant: each such end belongs to at most one kind; what the spy or the capture ended belongs to none.

import { CLIENT_TO_SERVER, SERVER_TO_CLIENT } from '../../protocol/frame.ts';
import type { ConnectionEnd, SessionListener } from '../listener.ts';
import type { TrackedConnection } from '../tracked-connection.ts';

export type EndKind = 'authentication-failed' | 'handshake-timeout' | 'missed-heartbeats' | 'socket-closed';

/** µs of silence in a handshake after which it was given up for that silence: RabbitMQ's handshake_timeout is 10 s. */
const HANDSHAKE_SILENCE = 5_000_000;
/** Heartbeat intervals without a frame after which an end is put down to that: peers wait for two, and round. */
const SILENT_INTERVALS = 1.5;

export type Side = 'client' | 'server';

function kindOf(connection: TrackedConnection, end: ConnectionEnd): EndKind | undefined {
  const isForeign = connection.opaque || connection.closing !== undefined;
  if (isForeign || end.by === 'spy' || end.by === 'capture') return undefined;
  if (connection.isOpen || connection.midway) {
    return silentSideAtEnd(connection, end) ? 'missed-heartbeats' : 'socket-closed';
  }
  const { mechanism, heartbeat, fromClient } = connection.facts;
  if (silenceBefore(connection, end.time) >= HANDSHAKE_SILENCE) {
    const isProbe = fromClient.bytes === 0 && end.by === 'client';
    return isProbe ? undefined : 'handshake-timeout';
  }
  const [client, server] = connection.lastHeard;
  const waitsForTune = mechanism !== undefined && heartbeat === undefined && client >= server;
  return waitsForTune && end.by === 'server' ? 'authentication-failed' : undefined;
}

/** Calls with each end of that kind. */
export function onEnd(
  kind: EndKind,
  take: (connection: TrackedConnection, end: ConnectionEnd) => void,
): Required<Pick<SessionListener, 'connectionEnded'>> {
  return {
    connectionEnded(connection, end) {
      if (kindOf(connection, end) === kind) take(connection, end);
    },
  };
}

/** The side that was silent for more than its heartbeats allow when the other one hung up. */
export function silentSideAtEnd(connection: TrackedConnection, { by, time }: ConnectionEnd): Side | undefined {
  const silent = by === 'server' ? 'client' : 'server';
  return intervalsOfSilence(connection, silent, time) > SILENT_INTERVALS ? silent : undefined;
}

/** For how many heartbeat intervals that side was silent; 0 if it may be. */
export function intervalsOfSilence(connection: TrackedConnection, side: Side, time: number): number {
  const { heartbeat = 0 } = connection.facts;
  // A server that blocks publishers does not read, so their heartbeats do not come through.
  if (heartbeat === 0 || connection.opaque || (side === 'client' && connection.blocked)) return 0;
  return silenceOf(connection, side, time) / (heartbeat * 1_000_000);
}

/** µs since that side's last frame, or since the connection began. */
export function silenceOf(connection: TrackedConnection, side: Side, time: number): number {
  const heard = connection.lastHeard[side === 'client' ? CLIENT_TO_SERVER : SERVER_TO_CLIENT];
  return time - (heard || connection.openedAt);
}

/** Whether the spy has kept frames of that side from going on since it was last heard. */
export function isKeptSilent({ lastHeard, lastDropped }: TrackedConnection, side: Side): boolean {
  const direction = side === 'client' ? CLIENT_TO_SERVER : SERVER_TO_CLIENT;
  return lastDropped[direction] > lastHeard[direction];
}

/** µs since anybody's last frame. */
export function silenceBefore(connection: TrackedConnection, time: number): number {
  return Math.min(silenceOf(connection, 'client', time), silenceOf(connection, 'server', time));
}
