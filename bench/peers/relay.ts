// The plain Node relay, a process: what `a.pipe(b).pipe(a)` reaches with no thought given to it. A peer of the spy.

import { connect, createServer } from 'node:net';
import { announce } from '../child.ts';

const upstream = Number(process.argv[2]);
const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
  const broker = connect({ host: '127.0.0.1', port: upstream, allowHalfOpen: true, noDelay: true });
  const end = () => {
    client.destroy();
    broker.destroy();
  };
  client.on('error', end).on('close', end).pipe(broker).on('error', end).on('close', end).pipe(client);
});
server.listen({ host: '127.0.0.1', port: 0, backlog: 4096 }, () => announce(server));
