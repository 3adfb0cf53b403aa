import { mkdtempSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { it } from 'vitest';
import { startSpy } from '../../src/spy.ts';
import { startCapture } from '../rig/capture.ts';
import { startRabbitMq } from '../rig/rabbitmq.ts';
import { dissect } from '../rig/tshark.ts';
import { SCENARIOS } from './clients/all.ts';
import { LogEvents } from './log-events.ts';
import { eventConnections, tsharkConnections } from './tshark-frames.ts';
it('x', async () => {
  const { host, port, uri, stop } = await startRabbitMq();
  const folder = mkdtempSync('/tmp/orc-');
  const capture = await startCapture(port, path.join(folder, 'a.pcap'));
  const spy = await startSpy({ listen: { host, port: 0 }, upstreams: [{ host, port, tls: false }], showSecrets: true });
  const log = new LogEvents(spy);
  for (const s of SCENARIOS) { console.log(s.client, Date.now()); await s.play(uri.replace(`:${port}`, `:${spy.address.port}`), 'x'); }
  console.log('closing', Date.now());
  await spy.close();
  await capture.stop();
  writeFileSync('/tmp/orc-events.json', JSON.stringify(log.finish()));
  const packets = await dissect(capture.file, port);
  writeFileSync('/tmp/orc-packets.json', JSON.stringify(packets, (_, v) => (typeof v === 'bigint' ? String(v) : v)));
  writeFileSync('/tmp/orc-a.json', JSON.stringify(tsharkConnections(packets, port)));
  writeFileSync('/tmp/orc-b.json', JSON.stringify(eventConnections(log.events)));
  await stop();
}, 60000);
