import { describe, expect, it } from 'vitest';
import { SessionMetrics } from '../../src/api/session-metrics.ts';
import { Session } from '../../src/session/session.ts';
import { Conversation } from '../rig/conversation.ts';
import { ask } from './api-client.ts';
import { type Family, parseExposition } from './exposition-parser.ts';
import { tellStory } from './story.ts';

/** The value of the one sample of this name and these labels. */
function sampleValue(families: Map<string, Family>, family: string, part: string, labels: object): number | undefined {
  const wanted = JSON.stringify(labels);
  const samples = families.get(family)!.samples.filter(({ name, labels }) => {
    return name === family + part && JSON.stringify(labels) === wanted;
  });
  expect(samples).toHaveLength(1);
  return samples[0]!.value;
}

describe('GET /metrics', () => {
  it('has the latencies as histograms, in seconds', async () => {
    const { api } = await tellStory();
    const { text, headers } = await ask(`${api.url}/metrics`);
    expect(headers['content-type']).toMatch(/^text\/plain; version=0\.0\.4/);
    const families = parseExposition(text);
    const confirm = (part: string, labels: object = {}) =>
      sampleValue(families, 'amqp_spy_publish_confirm_seconds', part, { vhost: '/', exchange: 'orders', ...labels });
    expect(confirm('_count')).toBe(2);
    expect(confirm('_sum')).toBeCloseTo(0.0003, 9);
    expect(confirm('_bucket', { le: '0.0001' })).toBe(1);
    expect(confirm('_bucket', { le: '0.00025' })).toBe(2);
    expect(confirm('_bucket', { le: '+Inf' })).toBe(2);
    const invoices = { vhost: '/', queue: 'invoices' };
    expect(sampleValue(families, 'amqp_spy_publish_deliver_seconds', '_count', invoices)).toBe(2);
    expect(sampleValue(families, 'amqp_spy_deliver_ack_seconds', '_count', invoices)).toBe(2);
    expect(sampleValue(families, 'amqp_spy_method_seconds', '_count', { method: 'queue.declare' })).toBe(1);
    expect(families.has('amqp_spy_rpc_seconds')).toBe(false);
  });

  it('says what is in flight, and what was found', async () => {
    const { api } = await tellStory();
    const families = parseExposition((await ask(`${api.url}/metrics`)).text);
    expect(sampleValue(families, 'amqp_spy_channels_open', '', {})).toBe(2);
    expect(sampleValue(families, 'amqp_spy_unacked', '', {})).toBe(1);
    expect(sampleValue(families, 'amqp_spy_unconfirmed', '', {})).toBe(1);
    expect(sampleValue(families, 'amqp_spy_findings', '', { severity: 'warning', finding: 'unrouted' })).toBe(1);
  });

  it('measures requests to their replies', async () => {
    const { api, shop } = await tellStory();
    shop.publish({ routingKey: 'rpc', properties: { correlation_id: '1', reply_to: 'answers' } });
    shop.publish({ routingKey: 'answers', properties: { correlation_id: '1' } });
    const families = parseExposition((await ask(`${api.url}/metrics`)).text);
    expect(sampleValue(families, 'amqp_spy_rpc_seconds', '_count', {})).toBe(1);
  });
});

describe('names of exchanges and queues', () => {
  function shopFloor() {
    const talk = new Conversation();
    const session = new Session(talk.log, talk.connections, { findings: [] });
    const channel = talk.connect({ vhost: 'a"b\\c' }).channel();
    channel.call('confirm.select');
    let tag = 0;
    const publish = (exchange: string, times = 1) => {
      for (let i = 0; i < times; i++) {
        channel.publish({ exchange });
        channel.confirm(++tag);
      }
    };
    const metrics = new SessionMetrics(session);
    /** Confirms by exchange. */
    const counts = () => {
      const family = parseExposition(metrics.text()).get('amqp_spy_publish_confirm_seconds')!;
      const totals = family.samples.filter(({ name }) => name.endsWith('_count'));
      return new Map(totals.map(({ labels, value }) => [labels['exchange']!, value]));
    };
    return { publish, counts, metrics };
  }

  it('may be anything: they are escaped', () => {
    const { publish, counts, metrics } = shopFloor();
    publish('li"ne\nfeed\\');
    publish('käse');
    expect([...counts().keys()]).toEqual(['li"ne\nfeed\\', 'käse']);
    expect(metrics.text()).toContain('{vhost="a\\"b\\\\c",exchange="li\\"ne\\nfeed\\\\",le="0.0001"}');
  });

  it('have series of their own up to a hundred, the busiest; the rest is counted together', () => {
    const { publish, counts } = shopFloor();
    for (let i = 0; i < 150; i++) publish(`x${i}`, i < 50 ? 1 : 2);
    const found = counts();
    expect(found.size).toBe(101);
    expect(found.get('(others)')).toBe(50);
    expect(found.get('x50')).toBe(2);
    expect(found.has('x0')).toBe(false);
  });

  it('keep their series when others become busier, so that no counter goes back', () => {
    const { publish, counts } = shopFloor();
    for (let i = 0; i < 101; i++) publish(`x${i}`, i === 100 ? 1 : 2);
    expect(counts().get('(others)')).toBe(1);
    publish('x100', 50);
    const found = counts();
    expect(found.get('(others)')).toBe(51);
    expect(found.get('x0')).toBe(2);
  });
});
