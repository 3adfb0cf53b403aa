// The broker inside the spy, as an upstream: each client gets a connection to it within the process.
// Counterpart: upstream.ts, which connects to brokers outside.

import { TLSSocket } from 'node:tls';
import type { Broker } from '../broker/broker.ts';
import type { ListenAddress } from '../net/address.ts';
import type { WireSocket } from '../net/wire-socket.ts';
import type { Upstream } from './upstream.ts';

/** `listen` is where the spy itself listens: for the clients that is where the broker is. */
export function embeddedUpstream(broker: Broker, listen: () => ListenAddress): Upstream {
  return {
    get endpoint() {
      const { host, port } = listen();
      return { address: host === 'localhost' ? '127.0.0.1' : host, port };
    },
    async connect(client: WireSocket) {
      const { address, port } = this.endpoint;
      const certificate = client instanceof TLSSocket && client.authorized ? client.getPeerCertificate() : undefined;
      const peer = {
        address: client.remoteAddress ?? '',
        port: client.remotePort ?? 0,
        localAddress: address,
        localPort: port,
        tls: client instanceof TLSSocket,
        certificateName: [certificate?.subject?.CN].flat()[0],
      };
      return { socket: broker.connect(peer) };
    },
  };
}
