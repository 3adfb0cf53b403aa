// Publishes go on and on after connection.blocked.

import { counted } from '../../log/quantity.ts';
import { defineFinding } from '../finding.ts';
import type { TrackedConnection } from '../tracked-connection.ts';
import { SECOND } from './micros.ts';
import { clientKey, clientName, serverName, span } from './wording.ts';

/** The client has had time to read connection.blocked, and what was on its way has passed; in µs. */
const GRACE = SECOND;
/** Messages after that. */
const MANY = 10;

interface Block {
  readonly time: number;
  readonly record: number;
  /** Messages that the connection had published at the end of the grace. */
  published: number | undefined;
}

export const publishWhileBlocked = defineFinding({
  id: 'publish-while-blocked',
  severity: 'warning',
  title: 'A client publishes while the broker blocks it',
  explanation:
    'With connection.blocked the broker says that it is short of memory or disk and reads no more from this connection. What ' +
    'is published all the same piles up in socket buffers and in the client, unconfirmed, and is lost if the connection breaks.',
  advice: "Listen to the client library's blocked and unblocked events, and hold back publishes in between.",
  watch: ({ report }) => {
    const blocks = new Map<TrackedConnection, Block>();
    return {
      method({ connection, decoded, record, time }) {
        const { name } = decoded.method;
        if (name === 'connection.blocked') blocks.set(connection, { time, record, published: undefined });
        else if (name === 'connection.unblocked') blocks.delete(connection);
      },
      connectionEnded: (connection) => void blocks.delete(connection),
      tick(time) {
        for (const [connection, block] of blocks) {
          if (time - block.time < GRACE) continue;
          block.published ??= connection.published;
          const many = connection.published - block.published;
          if (many < MANY) continue;
          blocks.delete(connection);
          report({
            connection,
            subject: clientKey(connection),
            text:
              `${clientName(connection)} has published ${counted(many, 'message')} more, though ${serverName(connection)} has ` +
              `been blocking its connection for ${span(time - block.time)}.`,
            evidence: [block.record, ...[...connection.channels.values()].map(({ contents }) => contents[0].record)],
            time,
          });
        }
      },
    };
  },
});
