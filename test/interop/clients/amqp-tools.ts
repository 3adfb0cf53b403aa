// The scenario of rabbitmq-c: the command line tools that are built on it.

import { startProcess } from '../../rig/process.ts';
import { digest, LARGE_BODY, type Scenario, UNICODE, wrongPassword } from './scenario.ts';

export const AMQP_TOOLS: Scenario = {
  client: 'rabbitmq-c',
  async play(uri, name) {
    const queue = `${name}-q`;
    const seen: unknown[] = [];
    const tool = async (command: string, args: readonly string[], input?: Buffer, url = uri): Promise<void> => {
      const child = startProcess(command, ['--url', url, ...args], input ? { input: { data: input } } : {});
      const { code } = await child.exit;
      seen.push({ command, code, stdout: digest(child.stdoutBytes), stderr: child.stderr.replace(/:\d+/g, '') });
    };
    const to = ['--routing-key', queue];
    await tool('amqp-declare-queue', ['--queue', queue, '--durable']);
    await tool('amqp-get', ['--queue', queue]);
    await tool('amqp-publish', [...to, '--body', UNICODE, '--persistent', '--content-type', 'text/plain']);
    await tool('amqp-publish', [...to, '--content-encoding', 'gzip', '--reply-to', 'answers']);
    await tool('amqp-publish', [...to, '--header', 'kind: greeting', '--header', 'other: 1'], LARGE_BODY);
    await tool('amqp-get', ['--queue', queue]);
    await tool('amqp-consume', ['--queue', queue, '--count', '2', '--prefetch-count', '5', 'cat']);
    await tool('amqp-consume', ['--exchange', 'amq.direct', '--routing-key', 'x', '--queue', queue, 'cat']);
    await tool('amqp-delete-queue', ['--queue', queue, '--if-unused', '--if-empty']);
    await tool('amqp-delete-queue', ['--queue', 'amq.forbidden']);
    await tool('amqp-get', ['--queue', `${name}-missing`]);
    await tool('amqp-get', ['--queue', queue], undefined, wrongPassword(uri));
    return seen;
  },
};
