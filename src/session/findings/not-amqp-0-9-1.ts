// Something else than AMQP 0-9-1 on the wire: TLS or HTTP on a plain port, AMQP 1.0, an old version.

import { CLIENT_TO_SERVER } from '../../protocol/frame.ts';
import { PROTOCOL_HEADER_SIZE } from '../../protocol/protocol-header.ts';
import { defineFinding } from '../finding.ts';
import type { TrackedConnection } from '../tracked-connection.ts';
import { capital, clientName, said, serverName } from './wording.ts';

const ADVICE: readonly (readonly [reason: RegExp, advice: string])[] = [
  [
    /TLS/,
    'The client speaks TLS to a plain port: use amqp:// and the plain port on this way, or give amqp-spy a certificate so that it serves TLS.',
  ],
  [/HTTP/, 'This is the AMQP port: the management interface and its API are on another one (15672).'],
  [/AMQP 1\.0/, 'amqp-spy reads AMQP 0-9-1: AMQP 1.0 passes, but is not understood.'],
  [/MQTT|STOMP/, 'Use the port of that protocol (MQTT 1883, STOMP 61613), not that of AMQP.'],
  [/PROXY/, 'Turn the PROXY protocol off on the load balancer before this port.'],
];

export const notAmqp = defineFinding({
  id: 'not-amqp-0-9-1',
  severity: 'warning',
  title: 'This is not AMQP 0-9-1',
  explanation:
    'A connection begins with eight bytes that name the protocol. Other bytes mean another protocol, or TLS where none is expected; a server that does not speak what was asked for answers with the header of what it does speak, and hangs up.',
  advice: 'Check the port and the scheme of the URI (amqp:// or amqps://), and which protocol the client speaks.',
  watch: ({ report }) => {
    const told = new WeakSet<TrackedConnection>();
    const tell = (connection: TrackedConnection, what: string, text: string, record: number, time: number): void => {
      if (told.has(connection)) return;
      told.add(connection);
      const advice = ADVICE.find(([pattern]) => pattern.test(what))?.[1];
      const { address } = connection.facts.client;
      const evidence = [record, connection.record];
      report({
        connection,
        subject: `${address}/${what}`,
        text,
        ...(advice !== undefined && { advice }),
        evidence,
        time,
      });
    };
    return {
      opaque(connection, { direction, offset, reason }, record, time) {
        const isClient = direction === 'client-to-server';
        if (offset > (isClient ? PROTOCOL_HEADER_SIZE : 0)) return;
        const who = isClient ? clientOf(connection) : serverName(connection);
        tell(
          connection,
          reason,
          `${capital(who)} does not speak AMQP 0-9-1: what it sends first ${said(reason).replace(/^no AMQP.*/, 'is unknown')}.`,
          record,
          time,
        );
      },
      refusedProtocol(connection, record, time) {
        const server = capital(serverName(connection));
        const text = `${server} does not speak the version of AMQP that ${clientOf(connection)} asked for, and answers with a header of its own.`;
        const hasSpoken = connection.lastHeard[CLIENT_TO_SERVER] > 0;
        if (!hasSpoken) tell(connection, 'version', text, record, time);
      },
    };
  },
});

/** It has not said yet what it is called. */
function clientOf(connection: TrackedConnection): string {
  const { address, port } = connection.facts.client;
  return connection.facts.clientProduct ? clientName(connection) : `the client at ${address}:${port}`;
}
