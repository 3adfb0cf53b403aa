// Records of the log that are no frames: what happened to a connection, and what the log could not make out.
// They stand among the frames, in order of time, and reach every reader as JSON events.

import type { DirectionName } from '../protocol/frame.ts';

export interface NoteEndpoint {
  readonly address: string;
  readonly port: number;
}

/** Of findings, worst first. */
export const SEVERITIES = ['error', 'warning', 'info'] as const;
export type Severity = (typeof SEVERITIES)[number];

/** How bad it is: the higher, the worse; 0 if unknown. */
export function severityRank(severity: string): number {
  const index = SEVERITIES.indexOf(severity as Severity);
  return index === -1 ? 0 : SEVERITIES.length - index;
}

export interface FindingNote {
  readonly type: 'finding';
  /** Which finding: `double-ack`. */
  readonly finding: string;
  readonly severity: Severity;
  readonly channel?: number;
  readonly title: string;
  /** What happened here, in plain words. */
  readonly text: string;
  readonly advice: string;
  /** Ids of the records that show it. */
  readonly evidence: readonly number[];
}

/** From this offset of the stream on, the bytes are no AMQP 0-9-1. They flow on. */
export interface OpaqueNote {
  readonly type: 'opaque';
  readonly direction: DirectionName;
  readonly offset: number;
  readonly reason: string;
}

export type NoteFields =
  | {
      readonly type: 'connection.opened';
      readonly client: NoteEndpoint;
      readonly server: NoteEndpoint;
      /** Which legs are encrypted. */
      readonly tls?: readonly ('client' | 'server')[];
      /** The capture began after the connection did. */
      readonly midway?: true;
    }
  | {
      readonly type: 'connection.closed';
      readonly by: 'client' | 'server' | 'spy' | 'capture';
      readonly how: 'closed' | 'reset' | 'failed' | 'capture-ended';
      /** Why, where more is known than that. */
      readonly reason?: string;
      readonly bytes_from_client: number;
      readonly bytes_from_server: number;
    }
  | OpaqueNote
  /** A frame began and never ended. */
  | { readonly type: 'unfinished'; readonly direction: DirectionName; readonly size: number; readonly reason: string }
  /** Bytes passed over until a frame boundary was found (captures). */
  | { readonly type: 'resync'; readonly direction: DirectionName; readonly skipped: number }
  /** Bytes that the capture lacks. */
  | { readonly type: 'gap'; readonly direction: DirectionName; readonly size: number }
  /** What the session found out about the traffic; said once, however often it happens. */
  | FindingNote;
