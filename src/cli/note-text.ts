// Records that are no frames, in words: what happened to a connection, and what the log could not make out.
// Counterpart of log/note.ts, whose types it follows; the pretty and the tracer printer show it.

import { assertNever } from '../errors.ts';
import type { NoteEndpoint, NoteFields } from '../log/note.ts';
import type { DirectionName } from '../protocol/frame.ts';
import { sizeText } from './size-text.ts';

/** How a note is to be taken. */
export type NoteWeight = 'opened' | 'closed' | 'warning' | 'error';

export interface NoteText {
  readonly weight: NoteWeight;
  readonly text: string;
}

/** `farewell`: what the peers said when they closed, if they did. */
export function noteText(note: NoteFields, farewell?: string): NoteText {
  switch (note.type) {
    case 'connection.opened':
      return { weight: 'opened', text: openedText(note) };
    case 'connection.closed':
      return closedText(note, farewell);
    case 'opaque':
      return {
        weight: 'error',
        text: `not AMQP 0-9-1 ${from(note.direction)}, byte ${note.offset} on: ${note.reason}; it flows on undecoded`,
      };
    case 'unfinished':
      return { weight: 'error', text: `unfinished frame ${from(note.direction)}, ${count(note.size)}: ${note.reason}` };
    case 'resync':
      return {
        weight: 'warning',
        text: `${count(note.skipped)} ${from(note.direction)} passed over up to the next frame`,
      };
    case 'gap':
      return { weight: 'warning', text: `${count(note.size)} ${from(note.direction)} are missing from the capture` };
    case 'finding':
      return {
        weight: note.severity === 'info' ? 'warning' : note.severity,
        text: `${note.title}: ${note.text} ${note.advice}`,
      };
    default:
      return assertNever(note);
  }
}

function openedText(note: NoteFields & { type: 'connection.opened' }): string {
  const tls = note.tls?.length ? `, TLS with the ${note.tls.join(' and the ')}` : '';
  const midway = note.midway ? ', joined midway' : '';
  return `opened ${endpointText(note.client)} → ${endpointText(note.server)}${tls}${midway}`;
}

function closedText(note: NoteFields & { type: 'connection.closed' }, farewell: string | undefined): NoteText {
  const why = note.reason ?? farewell;
  const by = note.by === 'capture' || farewell !== undefined ? '' : ` by the ${note.by}`;
  const how = note.how === 'capture-ended' ? 'still open where the capture ends' : `${note.how}${by}`;
  const carried = `→ ${sizeText(note.bytes_from_client)} ← ${sizeText(note.bytes_from_server)} bytes`;
  const abrupt = note.how === 'reset' && farewell === undefined;
  const weight = note.how === 'failed' ? 'error' : abrupt ? 'warning' : 'closed';
  return { weight, text: `${how}${why === undefined ? '' : `, ${why}`}  ${carried}` };
}

/** `127.0.0.1:5672`, `[::1]:5672` */
export function endpointText({ address, port }: NoteEndpoint): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

function from(direction: DirectionName): string {
  return direction === 'client-to-server' ? 'from the client' : 'from the server';
}

function count(bytes: number): string {
  return bytes === 1 ? '1 byte' : `${bytes} bytes`;
}
