// Heartbeats that do not come: which side fell silent, for how long, and who hung up for it. Told as soon as two intervals
// have passed in silence while the other side goes on, or when the other side hangs up.

import { defineFinding } from '../finding.ts';
import type { TrackedConnection } from '../tracked-connection.ts';
import { intervalsOfSilence, isKeptSilent, onEnd, type Side, silenceOf, silentSideAtEnd } from './ending.ts';
import { capital, clientKey, clientName, serverName, span } from './wording.ts';

const ADVICE: Readonly<Record<Side, string>> = {
  client:
    'Let the client do its I/O while it works: do long work in another thread (pika: BlockingConnection sends heartbeats only inside its own calls). Do not turn heartbeats off.',
  server:
    'See whether the server is overloaded or gone, and what is between it and the client: NAT, load balancer, firewall.',
};

/** Intervals after which RabbitMQ gives a client up. */
const TOLD_AFTER = 2;
/** The side that is heard within as many intervals goes on. */
const GOES_ON = 1;

export const missedHeartbeats = defineFinding({
  id: 'missed-heartbeats',
  severity: 'error',
  title: 'Heartbeats did not come',
  explanation:
    'Both sides promise to send a frame at least once in the heartbeat interval. A side that hears nothing for two intervals takes the other for dead and closes the socket without a word; deliveries that were not acknowledged go back to the queues. Mostly the silent side is a client that is busy with a message in the thread that should send heartbeats.',
  advice: 'Find out what keeps the silent side from sending.',
  watch: ({ tables, report }) => {
    const told = new WeakSet<TrackedConnection>();
    const tell = (connection: TrackedConnection, side: Side, time: number, record: number): void => {
      if (told.has(connection)) return;
      told.add(connection);
      report({
        connection,
        subject: `${clientKey(connection)}/${side}`,
        text: () => textOf(connection, side, time, record > 0),
        advice: ADVICE[side],
        evidence: record > 0 ? [record, connection.record] : [connection.record],
        time,
      });
    };
    return {
      ...onEnd('missed-heartbeats', (connection, end) => {
        tell(connection, silentSideAtEnd(connection, end)!, end.time, end.record);
      }),
      tick(time) {
        for (const connection of tables.connections.values()) {
          if (!connection.isOpen || connection.closing) continue;
          const client = intervalsOfSilence(connection, 'client', time);
          const server = intervalsOfSilence(connection, 'server', time);
          if (client > TOLD_AFTER && server < GOES_ON) tell(connection, 'client', time, 0);
          else if (server > TOLD_AFTER && client < GOES_ON) tell(connection, 'server', time, 0);
        }
      },
    };
  },
});

function textOf(connection: TrackedConnection, side: Side, time: number, isEnd: boolean): string {
  const [client, server] = [clientName(connection), serverName(connection)];
  const [silent, other] = side === 'client' ? [client, server] : [server, client];
  const silence = span(silenceOf(connection, side, time));
  const agreed = `though a heartbeat interval of ${connection.facts.heartbeat} s was agreed on`;
  const then = isEnd ? `then ${other} closed the socket` : `${other} may close the socket at any moment`;
  if (isKeptSilent(connection, side)) {
    return `${capital(other)} heard nothing of ${silent} for ${silence}, for amqp-spy dropped frames, ${agreed}: ${then}.`;
  }
  return `${capital(silent)} sent nothing for ${silence}, ${agreed}: ${then}.`;
}
