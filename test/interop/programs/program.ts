// Well-behaved programs, by client library: what one should write, and what the spy must find nothing about.
// Counterpart: programs.test.ts, which runs them. Invariant: each is told where the broker is and how many messages there
// are, ends by itself, and closes what it opened.

import path from 'node:path';
import { type RigProcess, startProcess } from '../../rig/process.ts';
import { root } from '../../rig/root.ts';

/** The client libraries in which they are written; each has a folder here. */
export const PROGRAM_CLIENTS = ['amqplib', 'rabbitmq-client', 'pika'] as const;
export type ProgramClient = (typeof PROGRAM_CLIENTS)[number];

export type Program = 'publisher' | 'consumer' | 'rpc-server' | 'rpc-client';

/** Starts a program against the broker at this URI. */
export function startProgram(client: ProgramClient, program: Program, uri: string, count: number): RigProcess {
  const folder = path.join(root, 'test', 'interop', 'programs', client);
  const [command, file] =
    client === 'pika' ? ['/usr/bin/python3', `${program.replace('-', '_')}.py`] : [process.execPath, `${program}.mjs`];
  return startProcess(command, [path.join(folder, file), uri, `${count}`], { env: { PYTHONUNBUFFERED: '1' } });
}

/**
 * Runs a publisher and a consumer, then a server and a client of remote procedure calls, all of one client library.
 * Returns what they printed, by program. Rejects with a program's output if it does not end well.
 */
export async function runPrograms(client: ProgramClient, uri: string, count: number): Promise<Record<Program, string>> {
  const publisher = await said(startProgram(client, 'publisher', uri, count));
  const consumer = await said(startProgram(client, 'consumer', uri, count));
  const server = startProgram(client, 'rpc-server', uri, count);
  const rpcClient = await said(startProgram(client, 'rpc-client', uri, count));
  return { publisher, consumer, 'rpc-client': rpcClient, 'rpc-server': await said(server) };
}

async function said(program: RigProcess): Promise<string> {
  const { code } = await program.exit;
  if (code !== 0 || program.stderr !== '') throw new Error(`ended with ${code}\n${program.stdout}${program.stderr}`);
  return program.stdout.trimEnd();
}
