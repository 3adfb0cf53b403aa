// The methods that clients may send on channel 0, and in which state of the connection (AMQP 0-9-1 §2.2.4).

import type { MethodName } from '../../protocol/method-table.ts';
import type { BrokerConnection } from './connection.ts';
import type { HandshakeState } from './handshake.ts';

export interface ConnectionMethod {
  readonly state: HandshakeState;
  // The values are those of the method under whose name it stands.
  // biome-ignore lint/suspicious/noExplicitAny: a table of handlers of different arguments
  handle(connection: BrokerConnection, values: any): void;
}

export const CONNECTION_METHODS: { readonly [M in MethodName]?: ConnectionMethod } = {
  'connection.start-ok': { state: 'starting', handle: ({ handshake }, values) => handshake.startOk(values) },
  'connection.tune-ok': { state: 'tuning', handle: ({ handshake }, values) => handshake.tuneOk(values) },
  'connection.open': { state: 'opening', handle: ({ handshake }, values) => handshake.open(values) },
  'connection.close': { state: 'running', handle: (connection) => connection.closedByClient() },
  'connection.update-secret': {
    state: 'running',
    handle: (connection) => connection.send(0, 'connection.update-secret-ok', {}),
  },
};
