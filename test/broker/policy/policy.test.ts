// Policies as they are set: what is refused is refused by a real RabbitMQ too, in the same words.

import { beforeAll, describe, expect, it } from 'vitest';
import { SettingError } from '../../../src/broker/access/setting-error.ts';
import { makePolicy, type PolicyKind } from '../../../src/broker/policy/policy.ts';
import { type SharedRabbitMq, sharedRabbitMq } from '../../rig/shared-rabbitmq.ts';

let rabbitMq: SharedRabbitMq;

beforeAll(async () => {
  rabbitMq = await sharedRabbitMq();
});

/** Pattern and definition, both as RabbitMQ gets them. */
const SETTINGS: readonly (readonly [pattern: string, definition: Record<string, unknown>, kind?: PolicyKind])[] = [
  ['.*', { 'max-length': 5, overflow: 'reject-publish', 'message-ttl': 0, expires: 1 }],
  ['.*', { 'alternate-exchange': 'x', 'dead-letter-exchange': 'x', 'dead-letter-routing-key': '' }],
  ['.*', { 'ha-mode': 'all', 'ha-sync-mode': 'automatic' }],
  ['.*', { 'max-age': '7D', 'queue-leader-locator': 'balanced', 'queue-mode': 'lazy', 'queue-version': 2 }],
  ['.*', { nosuch: 1, other: 'x' }],
  ['.*', {}],
  ['[a', { 'max-length': 5 }],
  ['a**', { 'max-length': 5 }],
  ['(', { 'max-length': -1 }],
  ['.*', { 'max-length': '5' }],
  ['.*', { 'max-length': 1.5 }],
  ['.*', { 'max-length': true }],
  ['.*', { 'max-length': null }],
  ['.*', { 'max-length': [100, 101, 102] }],
  ['.*', { 'max-length': [1, 2, 3] }],
  ['.*', { overflow: { a: [1.5, null, true, 'x"y\n'] } }],
  ['.*', { overflow: '' }],
  ['.*', { 'message-ttl': 'z', expires: 0, 'queue-version': 3 }],
  ['.*', { expires: 0 }],
  ['.*', { 'max-age': '7X' }],
  ['.*', { 'max-age': '0D' }],
  ['.*', { 'dead-letter-exchange': 1 }],
  ['.*', { 'dead-letter-routing-key': false }],
  ['.*', { 'dead-letter-strategy': 'sometimes' }],
  ['.*', { 'alternate-exchange': 7 }],
  ['.*', { 'max-in-memory-length': -1 }],
  ['.*', { 'max-in-memory-bytes': -1 }],
  ['.*', { 'max-length-bytes': -1 }],
  ['.*', { 'queue-mode': 'eager' }],
  ['.*', { 'delivery-limit': '3' }],
  ['.*', { 'queue-leader-locator': 'x' }],
  ['.*', { 'initial-cluster-size': -1 }],
  ['.*', { 'stream-max-segment-size-bytes': 3_000_000_001 }],
  ['.*', { 'queue-master-locator': 'x' }],
  ['.*', { 'max-priority': 1 }],
  ['.*', { 'ha-params': 2 }],
  ['.*', { 'ha-mode': 'none' }],
  ['.*', { 'ha-mode': 'all', 'ha-params': 2 }],
  ['.*', { 'ha-mode': 'exactly', 'ha-params': 'x' }],
  ['.*', { 'ha-mode': 'nodes', 'ha-params': [] }],
  ['.*', { 'ha-mode': 'nodes', 'ha-params': [1] }],
  ['.*', { 'ha-mode': 'all', 'ha-sync-mode': 'x' }],
  ['.*', { 'ha-mode': 'all', 'ha-sync-batch-size': 0 }],
  ['.*', { 'ha-mode': 'all', 'ha-promote-on-shutdown': 'x' }],
  ['.*', { 'ha-mode': 'all', 'ha-promote-on-failure': 'x' }],
  ['.*', { 'max-length': 5, 'delivery-limit': 2, 'max-in-memory-bytes': 1 }, 'operator-policy'],
  ['.*', { 'alternate-exchange': 'x' }, 'operator-policy'],
  ['.*', { 'ha-mode': 'all' }, 'operator-policy'],
];

describe('beside RabbitMQ', () => {
  it('each policy is taken or refused with the same text', async () => {
    const theirs = await answersOfRabbitMq();
    const ours = SETTINGS.map(([pattern, definition, kind = 'policy']) => answer(kind, { pattern, definition }));
    expect(ours).toEqual(theirs);
  });
});

describe('a policy', () => {
  it('is for all, with priority 0, unless it says otherwise', () => {
    const policy = makePolicy('policy', { vhost: '/', name: 'p', pattern: '^a', definition: { expires: 1 } });
    expect(policy).toMatchObject({ applyTo: 'all', priority: 0 });
  });

  it('is told all that is wrong with it at once', () => {
    const setting = { pattern: 7, applyTo: 'things', priority: 'high', definition: { 'max-length': -5 } };
    expect(answer('policy', setting)).toBe(
      'Validation failed\n\n-5 is not a valid maximum length\n' +
        "apply-to 'things' unrecognised; should be one of: 'queues', 'classic_queues',  'quorum_queues', 'streams', " +
        "'exchanges', or 'all'\npattern should be a binary but was 7\n" +
        'priority should be a number, actually was <<"high">>\n',
    );
  });

  it.each([
    ['x', 'parse error while reading policy definition: <<"x">>. Validator: policy_validator.'],
    [[1], 'definition must be a dictionary: [1]'],
  ])('has a definition that is an object, not %j', (definition, complaint) => {
    expect(answer('policy', { pattern: '', definition })).toBe(`Validation failed\n\n${complaint}\n`);
  });

  it.each(['consumer-timeout', 'delivery-limit', 'target-group-size'])('may have %s, as RabbitMQ 4 lets it', (key) => {
    expect(answer('policy', { pattern: '', definition: { [key]: 5 } })).toBe('ok');
  });
});

function answer(kind: PolicyKind, setting: { pattern: unknown; definition: unknown }): string {
  try {
    makePolicy(kind, { vhost: '/', name: 'p', ...setting });
    return 'ok';
  } catch (error) {
    if (!(error instanceof SettingError)) throw error;
    return error.message;
  }
}

/** The policies are validated only, so that the shared broker stays as it was. */
async function answersOfRabbitMq(): Promise<string[]> {
  const binary = (text: string): string => `base64:decode(<<"${Buffer.from(text).toString('base64')}">>)`;
  const checks = SETTINGS.map(([pattern, definition, kind]) => {
    const component = kind === undefined ? 'policy' : 'operator_policy';
    const pairs = `maps:to_list(rabbit_json:decode(${binary(JSON.stringify(definition))}))`;
    const rest = '{<<"priority">>, 0}, {<<"apply-to">>, <<"all">>}';
    const term = `[{<<"pattern">>, ${binary(pattern)}}, {<<"definition">>, ${pairs}}, ${rest}]`;
    return `rabbit_policy:validate(<<"/">>, <<"${component}">>, <<"p">>, ${term}, none)`;
  });
  const format =
    'Format = fun(R) -> case [{F, A} || {error, F, A} <- lists:flatten([R])] of [] -> <<"ok">>; ' +
    'L -> unicode:characters_to_binary(rabbit_misc:format_many([{"Validation failed~n", []} | L])) end end,';
  const output = await rabbitMq.ctl(
    'eval',
    `${format} base64:encode(rabbit_json:encode([Format(R) || R <- [${checks.join(',')}]])).`,
  );
  return JSON.parse(Buffer.from(output.trim().replace(/^<<"|">>$/g, ''), 'base64').toString()) as string[];
}
