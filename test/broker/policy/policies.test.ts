// Which policy an exchange or a queue has, and what then holds for it.

import { describe, expect, it } from 'vitest';
import { effectiveAlternateExchange, effectiveSettings } from '../../../src/broker/policy/effective.ts';
import { mergeDefinitions, Policies } from '../../../src/broker/policy/policies.ts';
import type { PolicyKind } from '../../../src/broker/policy/policy.ts';
import type { FieldTable } from '../../../src/protocol/field-table.ts';

const LENGTH = { 'max-length': 1 };

/** Policies of `/`, as `name: [pattern, setting]`. */
function policiesOf(settings: Record<string, [string, object?]>): Policies {
  const policies = new Policies();
  for (const [name, [pattern, setting]] of Object.entries(settings)) {
    policies.set('policy', { vhost: '/', name, pattern, definition: LENGTH, ...setting });
  }
  return policies;
}

describe('the policy of a name', () => {
  it('is the matching one of the highest priority', () => {
    const policies = policiesOf({
      low: ['.*', { priority: -1 }],
      high: ['^a', { priority: 2.5 }],
      middle: ['.*', { priority: 1 }],
    });
    expect(policies.match('/', 'classic', 'abc').policy?.name).toBe('high');
    expect(policies.match('/', 'classic', 'xyz').policy?.name).toBe('middle');
    expect(policies.match('shop', 'classic', 'abc')).toEqual({ definition: {} });
  });

  it('is the first by name among equal ones', () => {
    expect(policiesOf({ b: ['.*'], a: ['.*'], c: ['.*'] }).match('/', 'classic', 'q').policy?.name).toBe('a');
  });

  it.each([
    ['all', ['exchange', 'classic', 'quorum', 'stream']],
    ['exchanges', ['exchange']],
    ['queues', ['classic', 'quorum', 'stream']],
    ['classic_queues', ['classic']],
    ['quorum_queues', ['quorum']],
    ['streams', ['stream']],
  ])('that applies to %s is for %j', (applyTo, types) => {
    const policies = policiesOf({ p: ['.*', { applyTo, definition: { 'max-length-bytes': 1 } }] });
    const matched = (['exchange', 'classic', 'quorum', 'stream'] as const).filter(
      (type) => policies.match('/', type, 'x').policy !== undefined,
    );
    expect(matched).toEqual(types);
  });

  it('is none that has a key which the type of queue does not know', () => {
    const policies = policiesOf({
      quorum: ['.*', { priority: 2, definition: { 'delivery-limit': 3, 'max-length': 2 } }],
      classic: ['.*', { priority: 1, definition: { 'queue-mode': 'lazy' } }],
    });
    expect(policies.match('/', 'quorum', 'q').policy?.name).toBe('quorum');
    expect(policies.match('/', 'classic', 'q').policy?.name).toBe('classic');
    expect(policies.match('/', 'stream', 'q').policy).toBeUndefined();
  });

  it('is bounded by the operator policy', () => {
    const policies = policiesOf({
      p: ['.*', { definition: { 'max-length': 5, expires: 100, overflow: 'drop-head' } }],
    });
    policies.set('operator-policy', {
      vhost: '/',
      name: 'cap',
      pattern: '.*',
      definition: { 'max-length': 9, expires: 50, 'message-ttl': 7 },
    });
    const { policy, operatorPolicy, definition } = policies.match('/', 'classic', 'q');
    expect([policy?.name, operatorPolicy?.name]).toEqual(['p', 'cap']);
    expect(definition).toEqual({ 'max-length': 5, expires: 50, overflow: 'drop-head', 'message-ttl': 7 });
  });

  it('takes the limit where the other delivery limit is none', () => {
    expect(mergeDefinitions({ 'delivery-limit': -1 }, { 'delivery-limit': 5 })).toEqual({ 'delivery-limit': 5 });
    expect(mergeDefinitions({ 'delivery-limit': 3 }, { 'delivery-limit': 5 })).toEqual({ 'delivery-limit': 3 });
  });
});

describe('changes', () => {
  it('are told with what policies are restored from, and ask for a new match', () => {
    const policies = new Policies();
    const kept = new Map<string, [PolicyKind, unknown]>();
    const rematched: string[] = [];
    policies.rematch = (vhost) => rematched.push(vhost);
    policies.changed = (kind, key, value) => {
      if (value === undefined) kept.delete(`${kind} ${key}`);
      else kept.set(`${kind} ${key}`, [kind, JSON.parse(JSON.stringify(value))]);
    };
    for (const vhost of ['/', 'shop']) {
      policies.set('policy', { vhost, name: 'p', pattern: '^a', definition: LENGTH });
      policies.set('operator-policy', { vhost, name: 'p', pattern: '^b', definition: LENGTH });
    }
    expect(policies.delete('policy', '/', 'p')).toBe(true);
    expect(policies.delete('policy', '/', 'p')).toBe(false);
    expect(rematched).toEqual(['/', '/', 'shop', 'shop', '/']);
    policies.forgetVhost('shop');

    const restored = new Policies();
    for (const [kind, value] of kept.values()) restored.restore(kind, value);
    for (const kind of ['policy', 'operator-policy'] as const) expect(restored.list(kind)).toEqual(policies.list(kind));
    expect(restored.list('operator-policy').map(({ vhost, name }) => [vhost, name])).toEqual([['/', 'p']]);
  });
});

describe('what holds for a queue', () => {
  const args: FieldTable = [
    ['x-max-length', { type: 'l', value: 10n }],
    ['x-expires', { type: 'I', value: 1000 }],
    ['x-overflow', { type: 'S', value: 'reject-publish' }],
    ['x-max-age', { type: 'S', value: '1D' }],
    ['x-dead-letter-exchange', { type: 'S', value: 'mine' }],
    ['x-single-active-consumer', { type: 't', value: true }],
    ['not-one', { type: 'S', value: 'x' }],
  ];
  const definition = {
    'max-length': 5,
    expires: 2000,
    overflow: 'drop-head',
    'max-age': '7D',
    'dead-letter-exchange': 'theirs',
    'message-ttl': 60,
  };

  it.each([
    ['classic', { 'max-length': 5, expires: 1000, overflow: 'reject-publish', 'max-age': '1D' }],
    ['quorum', { 'max-length': 5, expires: 2000, overflow: 'drop-head', 'max-age': '1D' }],
    ['stream', { 'max-length': 10, expires: 1000, overflow: 'reject-publish', 'max-age': '7D' }],
  ] as const)('of type %s is the smaller, the argument or the policy, as RabbitMQ has it', (type, expected) => {
    expect(effectiveSettings(definition, args, type)).toEqual({
      ...expected,
      'dead-letter-exchange': 'mine',
      'message-ttl': 60,
      'single-active-consumer': true,
    });
  });

  it('is the arguments alone without a policy', () => {
    expect(effectiveSettings({}, [['x-message-ttl', { type: 'l', value: 0n }]], 'classic')).toEqual({
      'message-ttl': 0,
    });
  });

  it('is for an exchange its own alternate exchange, else the policy’s', () => {
    const policy = { 'alternate-exchange': 'theirs' };
    expect(effectiveAlternateExchange(policy, [])).toBe('theirs');
    expect(effectiveAlternateExchange(policy, [['alternate-exchange', { type: 'S', value: 'mine' }]])).toBe('mine');
    expect(effectiveAlternateExchange({}, [])).toBeUndefined();
  });
});
