// Runtime parameters, the operator policies among them, and the limits of virtual hosts. The texts are RabbitMQ 3.10.8's.

import { describe, expect, it } from 'vitest';
import { Parameters } from '../../../src/broker/policy/parameters.ts';
import { Policies } from '../../../src/broker/policy/policies.ts';
import {
  checkVhostConnectionLimit,
  checkVhostQueueLimit,
  clearVhostLimit,
  setVhostLimit,
  vhostLimit,
} from '../../../src/broker/policy/vhost-limits.ts';

describe('parameters', () => {
  it('are listed with the operator policies, which are set through them', () => {
    const policies = new Policies();
    const parameters = new Parameters(policies);
    const value = { pattern: '.*', definition: { 'max-length': 3 }, priority: 1, 'apply-to': 'queues' };
    parameters.set({ vhost: '/', component: 'operator_policy', name: 'cap', value });
    parameters.set({ vhost: 'shop', component: 'vhost-limits', name: 'limits', value: { 'max-queues': 1 } });
    expect(policies.get('operator-policy', '/', 'cap')).toMatchObject({ applyTo: 'queues', priority: 1 });
    expect(parameters.list()).toEqual([
      { vhost: '/', component: 'operator_policy', name: 'cap', value },
      { vhost: 'shop', component: 'vhost-limits', name: 'limits', value: { 'max-queues': 1 } },
    ]);
    expect(parameters.list('shop')).toHaveLength(1);
    expect(parameters.value('/', 'operator_policy', 'cap')).toEqual(value);
    expect(parameters.clear('/', 'operator_policy', 'cap')).toBe(true);
    expect(policies.list('operator-policy')).toEqual([]);
  });

  it.each([
    ['policy', {}, 'policies may not be set using this method'],
    ['nosuch', {}, 'Validation failed\n\ncomponent nosuch not found\n'],
    ['operator_policy', 'x', 'Validation failed\n\nlimits not a list <<"x">>\n'],
    [
      'vhost-limits',
      { 'max-queues': 'x' },
      'Validation failed\n\nmax-queues should be a number, actually was <<"x">>\n',
    ],
    ['vhost-limits', { 'max-cows': 1 }, 'Validation failed\n\nUnrecognised terms [{<<"max-cows">>,1}] in limits\n'],
  ])('of component %s are refused: %j', (component, value, message) => {
    const parameters = new Parameters(new Policies());
    expect(() => parameters.set({ vhost: '/', component, name: 'limits', value })).toThrow(message);
  });

  it('tell each change with what they are restored from', () => {
    const parameters = new Parameters(new Policies());
    const kept = new Map<string, unknown>();
    parameters.changed = (_, key, value) => void (value === undefined ? kept.delete(key) : kept.set(key, value));
    parameters.setGlobal({ name: 'colour', value: { shade: 'blue' } });
    parameters.setGlobal({ name: 'gone', value: 1 });
    parameters.set({ vhost: '/', component: 'shovel', name: 's', value: {} });
    parameters.set({ vhost: 'shop', component: 'shovel', name: 's', value: {} });
    expect(parameters.clearGlobal('gone')).toBe(true);
    parameters.forgetVhost('shop');
    const restored = new Parameters(new Policies());
    for (const value of kept.values()) restored.restore(value);
    expect(restored.list()).toEqual([{ vhost: '/', component: 'shovel', name: 's', value: {} }]);
    expect(restored.listGlobal()).toEqual([{ name: 'colour', value: { shade: 'blue' } }]);
  });
});

describe('the limits of a virtual host', () => {
  it('refuse the connection or queue that would be one too many', () => {
    const parameters = new Parameters(new Policies());
    checkVhostConnectionLimit(parameters, '/', 'guest', 1_000_000);
    setVhostLimit(parameters, '/', 'max-connections', 2);
    setVhostLimit(parameters, '/', 'max-queues', 0);
    checkVhostConnectionLimit(parameters, '/', 'guest', 1);
    expect(() => checkVhostConnectionLimit(parameters, '/', 'guest', 2)).toThrow(
      "NOT_ALLOWED - access to vhost '/' refused for user 'guest': connection limit (2) is reached",
    );
    expect(() => checkVhostQueueLimit(parameters, '/', 'q', 0)).toThrow(
      "PRECONDITION_FAILED - cannot declare queue 'q': queue limit in vhost '/' (0) is reached",
    );
    clearVhostLimit(parameters, '/', 'max-queues');
    checkVhostQueueLimit(parameters, '/', 'q', 0);
    setVhostLimit(parameters, '/', 'max-connections', -1);
    expect(vhostLimit(parameters, '/', 'max-connections')).toBeUndefined();
  });
});
