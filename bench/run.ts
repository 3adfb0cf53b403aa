// The benchmark's command line.

import { parseArgs } from 'node:util';
import { startModule, stop } from './child.ts';
import { TRAFFIC_GOALS } from './goals.ts';
import * as peers from './peers/peer.ts';
import { median } from './statistics.ts';
import { measure, type Samples } from './traffic.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '3' },
    broker: { type: 'string' },
    peers: { type: 'string', default: 'direct,haproxy,pipe,amqp-spy' },
    peer: { type: 'string', multiple: true, default: [] },
  },
});
const known: Record<string, peers.PeerStart> = { direct: peers.direct, haproxy: peers.haproxy, pipe: peers.pipe, 'amqp-spy': peers.spy };
const starts = values.peers.split(',').filter(Boolean).map((n) => known[n]!);
for (const p of values.peer) { const [n, ...c] = p.split('='); starts.push(peers.command(n!, c.join('='))); }
const effort = { rounds: Number(values.rounds), seconds: Number(values.seconds) };
for (const load of positionals) {
  let upstream; let end = async () => {};
  if (load === 'blast' || load === 'pingpong') {
    const sink = await startModule('sink.js', [load === 'blast' ? 'discard' : 'echo']);
    upstream = { port: sink.port, pid: sink.process.pid! };
    end = () => stop(sink.process);
  } else { const [port, pid] = values.broker!.split(':').map(Number); upstream = { port: port!, pid: pid! }; }
  const samples: Samples = await measure(load, upstream, starts, effort);
  await end();
  const f = (x: number) => x >= 1e6 ? `${(x/1e6).toFixed(1)}M` : x >= 1000 ? `${(x/1000).toFixed(2)}k` : x.toFixed(2);
  const metric = load === 'pingpong' ? 'median' : 'rate';
  for (const name of Object.keys(samples[0]!)) {
    const col = (k: string) => samples.map((r) => r[name]![k]!);
    const rel = (to: string) => { if (!samples[0]![to]) return ''; const rs = samples.map((r) => r[name]![metric]! / r[to]![metric]!); return (() => { rs.sort((a,b)=>a-b); const q=(x:number)=>rs[Math.floor(x*(rs.length-1))]!.toFixed(2); return `${to} ${median(rs).toFixed(3)} (${q(.25)}-${q(.75)})`; })(); };
    const m = Object.keys(samples[0]![name]!).filter((k) => !k.endsWith('Cpu') && k !== 'count').map((k) => `${k} ${f(median(col(k)))}`).join(' ');
    console.log(`${load.padEnd(9)} ${name.padEnd(12)} ${m.padEnd(28)} ${rel('direct').padEnd(28)} ${rel('haproxy').padEnd(28)} ${rel('pipe').padEnd(28)} cpu load ${median(col('loadCpu')).toFixed(2)} peer ${median(col('peerCpu')).toFixed(2)} up ${median(col('upstreamCpu')).toFixed(2)} us/msg load ${(median(samples.map(r=>r[name]!.loadCpu!*1e6/r[name]!.rate!))).toFixed(1)} peer ${(median(samples.map(r=>r[name]!.peerCpu!*1e6/r[name]!.rate!))).toFixed(1)} up ${(median(samples.map(r=>r[name]!.upstreamCpu!*1e6/r[name]!.rate!))).toFixed(1)}`);
  }
}
void TRAFFIC_GOALS;
