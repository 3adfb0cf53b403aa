// A connection as the management API shows it.

import { fieldOf } from '../../../protocol/field-table.ts';
import type { BrokerConnection } from '../../connection/connection.ts';
import { fromFieldTable } from '../../definitions/arguments.ts';
import { stringOf } from '../../term-text.ts';
import type { Row } from '../listing.ts';
import type { Management } from '../management.ts';
import { type Counters, withRates } from '../rates.ts';

export function connectionCounters(connection: BrokerConnection): Counters {
  return { recv_oct: connection.bytesReceived, send_oct: connection.bytesSent };
}

export function connectionJson({ broker, rates }: Management, connection: BrokerConnection): Row {
  const { peer, handshake } = connection;
  const read = () => connectionCounters(connection);
  const providedName = stringOf(fieldOf(handshake.clientProperties, 'connection_name'));
  return {
    auth_mechanism: handshake.mechanism,
    channel_max: connection.channelMax,
    channels: connection.channels.size,
    client_properties: fromFieldTable(handshake.clientProperties),
    connected_at: connection.openedAt,
    frame_max: connection.frameMax,
    host: peer.localAddress,
    name: connection.name,
    node: broker.name,
    peer_cert_issuer: null,
    peer_cert_subject: peer.certificateName ?? null,
    peer_cert_validity: null,
    peer_host: peer.address,
    peer_port: peer.port,
    port: peer.localPort,
    recv_cnt: connection.piecesReceived,
    send_cnt: connection.output.piecesSent,
    protocol: 'AMQP 0-9-1',
    ...withRates(read(), rates.of(connection, read)),
    send_pend: 0,
    ssl: peer.tls,
    ssl_cipher: null,
    ssl_hash: null,
    ssl_key_exchange: null,
    ssl_protocol: null,
    state: stateOf(connection),
    timeout: connection.heartbeatInterval,
    type: 'network',
    user: connection.user.name,
    ...(providedName === undefined ? {} : { user_provided_name: providedName }),
    user_who_performed_action: connection.user.name,
    vhost: connection.vhost.name,
  };
}

/** What little is told where statistics are not wanted. */
export function connectionSummary({ broker }: Management, { name, vhost, user }: BrokerConnection): Row {
  return { name, vhost: vhost.name, user: user.name, node: broker.name };
}

function stateOf(connection: BrokerConnection): string {
  return connection.blocked ? 'blocked' : connection.state;
}
