// `read --topology`: graphs that Graphviz and Mermaid read, whatever names there are.

import { describe, expect, it } from 'vitest';
import type { TopologyForm } from '../../../src/cli/report/report.ts';
import { isDot, isMermaid } from './graph-languages.ts';
import { shop } from './shop.ts';
import { told, toldJson } from './told.ts';

function lines(form: TopologyForm, script: Parameters<typeof told>[1]): Promise<string[]> {
  return told({ kind: 'topology', form }, script);
}

/** Whatever could end a string or mean something in either language. */
const NASTY = [
  'a"b',
  'back\\slash',
  'ends in \\',
  '&quot;',
  '<b>',
  '`x`',
  '%%{init}%%',
  '#35;',
  'a;b|c]',
  '"]) end',
  '\x1b[2J',
  'line\nbreak',
  '漢字',
  '-->',
  '\u202e',
  'end',
  '%% comment',
  '*x* _y_',
];

function nastyShop(talk: Parameters<typeof shop>[0]): void {
  for (const name of NASTY) {
    const channel = talk.connect({ name, vhost: name }).channel();
    const table = { 'x-dead-letter-exchange': name, 'x-dead-letter-routing-key': name, [name]: name };
    channel.call('exchange.declare', { exchange: name, type: name, arguments: { 'alternate-exchange': name } });
    channel.call('queue.declare', { queue: name, arguments: table });
    channel.call('queue.bind', { queue: name, exchange: name, routing_key: name, arguments: table });
    channel.call('basic.consume', { queue: name, consumer_tag: name });
    channel.publish({ exchange: name, routingKey: name });
    channel.publish({ routingKey: name });
  }
}

describe('the topology of a capture', () => {
  it('is a graph from those who publish to those who consume', async () => {
    expect(await lines('mermaid', shop)).toEqual([
      'flowchart LR',
      '  subgraph vhost0["virtual host /"]',
      '    v0exchange0{{"orders<br/>topic, durable"}}',
      '    v0producer1(["web-shop"])',
      '    v0queue2[("eu<br/>classic, durable")]',
      '    v0exchange3{{"dead"}}',
      '    v0consumer4(["invoices"])',
      '    v0producer1 --> v0exchange0',
      '    v0queue2 -.->|"dead letters"| v0exchange3',
      '    v0exchange0 -->|"eu.#35;"| v0queue2',
      '    v0queue2 -->|"prefetch 10"| v0consumer4',
      '  end',
    ]);
    const dot = await lines('dot', shop);
    expect(dot).toContain('    v0queue2 [shape=cylinder, label="eu\\nclassic, durable"];');
    expect(dot).toContain('    v0queue2 -> v0exchange3 [label="dead letters", style=dashed];');
  });

  it('keeps what is gone, and shows that it is', async () => {
    const script = (talk: Parameters<typeof shop>[0]): void => {
      shop(talk);
      const channel = talk.connect().channel();
      channel.call('queue.delete', { queue: 'eu' });
    };
    const dot = (await lines('dot', script)).join('\n');
    expect(dot).toContain('label="eu\\nclassic, durable\\ndeleted", color=gray');
    expect(dot).toContain('[label="eu.#", color=gray, fontcolor=gray]');
    const [json] = await toldJson({ kind: 'topology', form: 'json' }, script);
    expect(json).toMatchObject({
      v: 1,
      queues: [{ name: 'eu', deleted: true, durable: true, consumers: [{ consumer_tag: 'c1' }] }],
      bindings: [{ source: 'orders', destination: 'eu', removed: true }],
    });
  });

  it('leads from the default exchange to the queues that were published to', async () => {
    const dot = await lines('dot', (talk) => {
      const channel = talk.connect({ name: 'p' }).channel();
      channel.call('queue.declare', { queue: 'jobs', exclusive: true, auto_delete: true });
      channel.publish({ routingKey: 'jobs' });
      channel.publish({ routingKey: 'nobody' });
    });
    expect(dot.join('\n')).toMatch(/exchange\d+ -> v0queue\d+ \[style=dashed\]/);
    expect(dot.join('\n')).toContain('classic, transient, exclusive, auto-delete');
    expect(dot.join('\n')).not.toContain('nobody');
  });

  it('has a group a virtual host, and one node for all connections of a name', async () => {
    const mermaid = await lines('mermaid', (talk) => {
      for (const vhost of ['/', '/', 'staging']) {
        talk.connect({ name: 'worker', vhost }).channel().publish({ exchange: 'x' });
      }
    });
    expect(mermaid.filter((line) => line.includes('subgraph'))).toHaveLength(2);
    expect(mermaid.filter((line) => line.includes('worker'))).toHaveLength(2);
  });

  it('is valid DOT and Mermaid whatever the names are', async () => {
    const dot = await lines('dot', nastyShop);
    const mermaid = await lines('mermaid', nastyShop);
    expect(isDot(dot.join('\n'))).toBe(true);
    expect(mermaid.filter((line) => !isMermaid(line))).toEqual([]);
    for (const line of [...dot, ...mermaid]) expect(line).not.toMatch(/\p{Cc}|\u202e/u);
  });

  it('is valid where there is nothing', async () => {
    expect(isDot((await lines('dot', () => {})).join('\n'))).toBe(true);
    expect(await lines('mermaid', () => {})).toEqual(['flowchart LR']);
  });
});
