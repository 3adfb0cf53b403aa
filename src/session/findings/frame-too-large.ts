// 501 FRAME_ERROR because of a frame that is larger than frame-max.

import { defineFinding } from '../finding.ts';
import { onRefusal } from './refusal.ts';
import { capital, clientKey, clientName, serverName } from './wording.ts';

/** Octets of a frame besides its payload. */
const OVERHEAD = 8;

export const frameTooLarge = defineFinding({
  id: 'frame-too-large',
  severity: 'error',
  title: 'A frame was larger than frame-max',
  explanation:
    'Both sides agree on the largest frame when they connect (frame_max in connection.tune-ok). Bodies are split into frames of that size; a method or a content header must fit into one. The side that gets a larger frame closes the connection.',
  advice:
    'Split bodies by the frame_max of tune-ok; a large header table or token needs a larger frame_max on both sides.',
  watch: ({ report }) =>
    onRefusal('frame-too-large', ({ connection, closure, reason }) => {
      const sizes = /too_large,\s*(\d+),\s*(\d+)/.exec(reason);
      const client = clientName(connection);
      const server = serverName(connection);
      const [sender, closer] = closure.by === 'server' ? [client, server] : [server, client];
      const { frameMax } = connection.facts;
      const size = sizes ? `a frame of ${Number(sizes[1]) + OVERHEAD} bytes` : 'a frame that is too large';
      const agreed = frameMax ? `frame-max is ${frameMax}` : 'no frame-max was agreed on';
      report({
        connection,
        subject: `${clientKey(connection)}/${closure.by}`,
        text: `${capital(sender)} sent ${size}, but ${agreed}. ${capital(closer)} closed the connection${sizes ? '' : `: ${reason}`}.`,
        evidence: [closure.record],
        time: closure.time,
      });
    }),
});
