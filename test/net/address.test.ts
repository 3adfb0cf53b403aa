import { describe, expect, test } from 'vitest';
import { ConfigError } from '../../src/errors.ts';
import { formatAddress, isLoopback, parseListenAddress, parseUpstreams } from '../../src/net/address.ts';

test.each([
  ['5673', '127.0.0.1', 5673],
  ['0', '127.0.0.1', 0],
  ['65535', '127.0.0.1', 65535],
  [' 5673 ', '127.0.0.1', 5673],
  ['0.0.0.0:5673', '0.0.0.0', 5673],
  ['localhost:1', 'localhost', 1],
  ['[::1]:5673', '::1', 5673],
  ['[::]:0', '::', 0],
])('%s is a place to listen', (text, host, port) => {
  expect(parseListenAddress('--listen', text)).toEqual({ host, port });
});

test.each([
  '',
  ':',
  'localhost',
  '::1',
  '[::1]',
  '65536',
  'localhost:',
  'localhost:http',
  '1:2:3',
  'a b:1',
  '-1',
  '[x]:1',
  'http://h:1',
])("'%s' is no place to listen", (text) => {
  expect(() => parseListenAddress('--listen', text)).toThrow(ConfigError);
  expect(() => parseListenAddress('--listen', text)).toThrow(/^--listen: expected /);
});

test.each([
  ['5672', '127.0.0.1', 5672, false],
  ['rabbit.test', 'rabbit.test', 5672, false],
  ['rabbit.test:5670', 'rabbit.test', 5670, false],
  ['::1', '::1', 5672, false],
  ['[::1]', '::1', 5672, false],
  ['[::1]:5670', '::1', 5670, false],
  ['fe80::1%eth0', 'fe80::1%eth0', 5672, false],
  ['amqp://rabbit.test', 'rabbit.test', 5672, false],
  ['amqps://rabbit.test', 'rabbit.test', 5671, true],
  ['AMQPS://rabbit.test:5670/vhost?heartbeat=5', 'rabbit.test', 5670, true],
  ['amqp://user:secret@rabbit.test:5670/%2f', 'rabbit.test', 5670, false],
  ['amqp://user:se,cret@rabbit.test', 'rabbit.test', 5672, false],
  ['amqp://[::1]:5670', '::1', 5670, false],
])('%s is an upstream', (text, host, port, tls) => {
  expect(parseUpstreams('--upstream', text)).toEqual([{ host, port, tls }]);
});

test('several upstreams are separated by commas', () => {
  const text = '5672, rabbit.test:5670,amqps://user:a,b,c@rabbit.test,amqp://u:p@other.test,[::1]';
  expect(parseUpstreams('--upstream', text).map(formatAddress)).toEqual([
    ...['127.0.0.1:5672', 'rabbit.test:5670', 'rabbit.test:5671', 'other.test:5672', '[::1]:5672'],
  ]);
});

describe('what is no upstream is refused', () => {
  test.each([
    ...['', ',', '5672,', '0', '70000', 'rabbit.test:0', 'rabbit.test:amqp', 'a b', 'host/vhost', '[::g]', 'amqp://'],
    ...['amqp://rabbit.test:0', 'amqp://rabbit.test:70000', 'http://rabbit.test', 'amqp://%zz', 'amqp:rabbit.test'],
  ])("'%s'", (text) => {
    expect(() => parseUpstreams('--upstream', text)).toThrow(ConfigError);
    expect(() => parseUpstreams('--upstream', text)).toThrow(/^--upstream: expected /);
  });
});

test.each([
  'amqp://user:secret@rabbit.test:70000',
  'amqp://user:se/secret@rabbit.test:70000',
  'amqp://user:s@secret@rabbit.test:x',
  'amqp://user:first,secret@rabbit.test:70000',
  'amqp://user:secret@',
  'amqp://user:secret@%zz',
  'http://user:secret@rabbit.test',
  'user:secret@rabbit.test',
  'amqp//user:secret@rabbit.test',
  '5672,amqp://user:first,secret@rabbit.test:0',
])('what is wrong with %s is said without its credentials', (text) => {
  let error: unknown;
  try {
    parseUpstreams('--upstream', text);
  } catch (thrown) {
    error = thrown;
  }
  expect(error).toBeInstanceOf(ConfigError);
  const { message, stack, cause } = error as Error;
  for (const shown of [message, stack, JSON.stringify(cause ?? ''), String(cause)])
    expect(shown).not.toMatch(/secret|first/);
});

test('addresses are written as they are read', () => {
  expect(formatAddress({ host: '127.0.0.1', port: 5672 })).toBe('127.0.0.1:5672');
  expect(formatAddress({ host: '::1', port: 5672 })).toBe('[::1]:5672');
});

test('loopback addresses are told from others', () => {
  for (const host of ['127.0.0.1', '127.1.2.3', '::1', 'localhost', '::ffff:127.0.0.1'])
    expect(isLoopback(host)).toBe(true);
  for (const host of ['0.0.0.0', '::', '10.0.0.1', 'rabbit.test', '127.0.0.1.evil.test'])
    expect(isLoopback(host)).toBe(false);
});
