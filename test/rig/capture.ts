// Records what passes on a loopback port, with tcpdump (needs root, or the right to capture).
// Counterpart: tshark.ts reads the file.
// Invariant: when stop() resolves, the file holds every packet that was sent before it was called.

import { randomUUID } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { freePort } from './ports.ts';
import { type RigProcess, startProcess } from './process.ts';

/** A capture that is being taken. */
export interface Capture {
  /** The pcap file (Ethernet frames). It ends with one UDP packet, the marker by which stop() knows that it is whole. */
  readonly file: string;
  stop(): Promise<void>;
}

/**
 * Starts to capture TCP traffic on a loopback port; resolves once packets are being captured.
 * @throws Error with tcpdump's message, if capturing is not allowed for instance.
 */
export async function startCapture(port: number, file: string): Promise<Capture> {
  const markerPort = await freePort();
  const tcpdump = startProcess('tcpdump', [
    ...['-i', 'lo', '-s', '0', '-B', '65536', '--immediate-mode', '-U', '-Z', 'root', '-w', file],
    `tcp port ${port} or udp dst port ${markerPort}`,
  ]);
  await tcpdump.waitForLine(/listening on lo/);
  return {
    file,
    async stop() {
      await markEnd(tcpdump, file, markerPort);
      await tcpdump.stop('SIGINT');
      const dropped = tcpdump.stderr.match(/(\d+) packets? dropped by kernel/)?.[1];
      if (dropped !== '0') throw new Error(`tcpdump lost packets on port ${port}:\n${tcpdump.stderr}`);
    },
  };
}

async function markEnd(tcpdump: RigProcess, file: string, port: number): Promise<void> {
  const marker = Buffer.from(randomUUID());
  let ended = false;
  void tcpdump.exit.then(() => {
    ended = true;
  });
  const socket = createSocket('udp4');
  await new Promise<unknown>((resolve) => socket.send(marker, port, '127.0.0.1', resolve));
  socket.close();
  while (!readFileSync(file).includes(marker)) {
    if (ended) throw new Error(`tcpdump ended before it had written all packets:\n${tcpdump.stderr}`);
    await wait(10);
  }
}
