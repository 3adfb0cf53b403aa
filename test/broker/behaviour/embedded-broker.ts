// The embedded broker as the behaviour tests see it: served on a port of loopback, administered through its own classes.
// Counterpart: brokers.ts, which does the same with a RabbitMQ and rabbitmqctl.

import { type BrokerOptions, createBroker } from '../../../src/broker/broker.ts';
import { VERSION } from '../../../src/version.ts';
import type { Administration, OwnBroker } from './brokers.ts';

export async function embeddedBroker(options: BrokerOptions = {}): Promise<OwnBroker> {
  const defects: string[] = [];
  const log = (line: string) => {
    if (/\n\s+at /.test(line)) defects.push(line); // a stack trace
  };
  const broker = await createBroker({ log, ...options });
  const { access, parameters, policies } = broker;
  const { host, port } = await broker.listen({ host: '127.0.0.1', port: 0 });
  const admin: Administration = {
    addVhost: async (name) => void broker.addVhost(name),
    deleteVhost: async (name) => void broker.deleteVhost(name),
    addUser: async (name, password, ...tags) => void access.putUser({ name, password, tags }),
    deleteUser: async (name) => void access.deleteUser(name),
    setPermissions: async (user, vhost, configure, write, read) =>
      void access.setPermissions({ user, vhost, configure, write, read }),
    clearPermissions: async (user, vhost) => void access.clearPermissions(user, vhost),
    setTopicPermissions: async (user, vhost, exchange, write, read) =>
      void access.setTopicPermissions({ user, vhost, exchange, write, read }),
    setPolicy: async (vhost, name, pattern, definition, { applyTo = 'all', priority = 0 } = {}) =>
      void policies.set('policy', { vhost, name, pattern, applyTo, priority, definition }),
    clearPolicy: async (vhost, name) => void policies.delete('policy', vhost, name),
    setVhostLimits: async (vhost, value) =>
      void parameters.set({ vhost, component: 'vhost-limits', name: 'limits', value }),
    setUserLimits: async (user, limits) => void access.setUserLimits(user, limits),
    closeConnections: async (vhost, reason) => {
      for (const connection of broker.connections) {
        if (connection.vhost.name === vhost) connection.close(320, `CONNECTION_FORCED - ${reason}`);
      }
    },
  };
  const stop = async () => {
    await broker.close();
    if (defects.length > 0) throw new Error(`the broker made mistakes:\n${defects.join('\n')}`);
  };
  return {
    host,
    port,
    version: VERSION,
    admin,
    stop,
    setMemoryAlarm: async (short) => broker.memory.add(short ? broker.memory.limit + 1 : -broker.memory.limit - 1),
    shutDown: async () => await broker.close(),
  };
}
