// Where messages go, by exchange type: what each type matches, how it compares, and which declarations and bindings it
// refuses, in which words.

import { expect, test } from 'vitest';
import { type ClientChannel, refusal, table } from '../../rig/amqp-client.ts';
import type { PlainValue } from '../../rig/field-values.ts';
import { type BehaviourBroker, behaviour, unique } from './brokers.ts';
import { drain } from './observation.ts';

type Arguments = { readonly [name: string]: PlainValue };
type Publication = Parameters<ClientChannel['publish']>[0];

/** An exchange of its own type and the queues bound to it. */
class Routing {
  readonly ch: ClientChannel;
  readonly exchange: string;
  readonly #queues = new Map<string, string>();

  private constructor(ch: ClientChannel, exchange: string) {
    this.ch = ch;
    this.exchange = exchange;
  }

  static async declare(broker: BehaviourBroker, type: string, args: Arguments = {}): Promise<Routing> {
    const exchange = unique(type);
    const ch = await broker.channel();
    await ch.call('exchange.declare', { exchange, type, auto_delete: true, arguments: table(args) });
    return new Routing(ch, exchange);
  }

  async bind(name: string, routingKey = '', args: Arguments = {}): Promise<void> {
    if (!this.#queues.has(name)) this.#queues.set(name, await this.ch.queue());
    await this.ch.call('queue.bind', this.#binding(name, routingKey, args));
  }

  /** Binds each queue with the key that is its name. */
  async bindAll(...names: string[]): Promise<void> {
    for (const name of names) await this.bind(name, name);
  }

  async unbind(name: string, routingKey = '', args: Arguments = {}): Promise<void> {
    await this.ch.call('queue.unbind', this.#binding(name, routingKey, args));
  }

  /** The queues that a message goes to, sorted, each as often as it got the message. */
  async queuesOf(message: string | Omit<Publication, 'exchange'>): Promise<string[]> {
    const publication = typeof message === 'string' ? { routingKey: message } : message;
    this.ch.publish({ ...publication, exchange: this.exchange });
    const found: string[] = [];
    for (const [name, queue] of this.#queues) for (const _ of await drain(this.ch, queue)) found.push(name);
    return found.sort();
  }

  async queuesOfHeaders(headers: Arguments): Promise<string[]> {
    return await this.queuesOf({ properties: { headers: table(headers) } });
  }

  #binding(name: string, routing_key: string, args: Arguments) {
    return { queue: this.#queues.get(name)!, exchange: this.exchange, routing_key, arguments: table(args) };
  }
}

/** How the broker refuses a declaration. */
async function declarationRefused(broker: BehaviourBroker, type: string, args: Arguments = {}): Promise<string> {
  return await refusal(Routing.declare(broker, type, args));
}

/** How the broker refuses a binding. */
async function bindingRefused(broker: BehaviourBroker, type: string, key: string, args: Arguments = {}) {
  const routing = await Routing.declare(broker, type);
  return await refusal(routing.bind('q', key, args));
}

behaviour('exchange types', (broker) => {
  test('a type that is not known ends the connection', async () => {
    expect(await declarationRefused(broker, 'nonsense')).toBe(
      "connection.close 503 exchange.declare COMMAND_INVALID - unknown exchange type 'nonsense'",
    );
    expect(await declarationRefused(broker, '')).toBe(
      "connection.close 503 exchange.declare COMMAND_INVALID - invalid exchange type ''",
    );
  });

  test.each(['direct', 'fanout', 'topic', 'headers'])(
    '%s takes a message without bindings, and drops it',
    async (type) => {
      const routing = await Routing.declare(broker, type);
      routing.ch.publish({ exchange: routing.exchange, routingKey: 'k', mandatory: true });
      expect((await routing.ch.next('basic.return')).arguments.reply_text).toBe('NO_ROUTE');
    },
  );

  test.each(['direct', 'fanout', 'topic', 'headers'])(
    '%s gives a queue one copy, however often it is bound',
    async (type) => {
      const routing = await Routing.declare(broker, type);
      await routing.bind('q', 'k');
      await routing.bind('q', 'k', { a: null });
      await routing.bind('q', 'k', { 'x-b': 1 });
      expect(await routing.queuesOf({ routingKey: 'k', properties: { headers: table({ a: 1 }) } })).toEqual(['q']);
      await routing.unbind('q', 'k');
      expect(await routing.queuesOf({ routingKey: 'k', properties: { headers: table({ a: 1 }) } })).toEqual(['q']);
    },
  );
});

behaviour('the direct exchange', (broker) => {
  test('routes by the whole key', async () => {
    const routing = await Routing.declare(broker, 'direct');
    await routing.bindAll('red', 'blue', '', '#', 'red.*');
    await routing.bind('second', 'red');
    expect(await routing.queuesOf('red')).toEqual(['red', 'second']);
    expect(await routing.queuesOf('red.x')).toEqual([]);
    expect(await routing.queuesOf('')).toEqual(['']);
    await routing.unbind('red', 'red');
    expect(await routing.queuesOf('red')).toEqual(['second']);
  });

  test('routes by the keys in CC and BCC too', async () => {
    const routing = await Routing.declare(broker, 'direct');
    await routing.bindAll('a', 'b', 'c', 'd');
    const headers = table({ CC: ['b', 'a'], BCC: ['c'] });
    expect(await routing.queuesOf({ routingKey: 'a', properties: { headers } })).toEqual(['a', 'b', 'c']);
  });
});

behaviour('the fanout exchange', (broker) => {
  test('routes to every queue, whatever the keys', async () => {
    const routing = await Routing.declare(broker, 'fanout');
    await routing.bindAll('a', '', '#');
    expect(await routing.queuesOf('a')).toEqual(['', '#', 'a']);
    expect(await routing.queuesOf('other')).toEqual(['', '#', 'a']);
  });
});

behaviour('the topic exchange', (broker) => {
  const patterns = ['', '*', '#', '.', '*.', '.#', '#.', 'a', 'a.*', '*.b', 'a.#', '#.b', 'a.#.b', 'a..b', 'a.*.b'];
  patterns.push('#.#', '*.#', '#.*', '*.*.*', '#.a.#', '#.*.#.a.#', 'a*', '#b', '**', 'a.#.#.b.#');

  /** By key, the patterns of these that match it. */
  const matched: Record<string, string[]> = {
    '': ['', '#', '#.#'],
    a: ['#', '#.#', '#.*', '#.a.#', '*', '*.#', 'a', 'a.#'],
    'a.b': ['#', '#.#', '#.*', '#.a.#', '#.b', '*.#', '*.b', 'a.#', 'a.#.#.b.#', 'a.#.b', 'a.*'],
    '.': ['#', '#.', '#.#', '#.*', '*.', '*.#', '.', '.#'],
    'a..b': ['#', '#.#', '#.*', '#.a.#', '#.b', '*.#', '*.*.*', 'a.#', 'a.#.#.b.#', 'a.#.b', 'a.*.b', 'a..b'],
    'a.': ['#', '#.', '#.#', '#.*', '#.a.#', '*.', '*.#', 'a.#', 'a.*'],
    'a.x.b': ['#', '#.#', '#.*', '#.a.#', '#.b', '*.#', '*.*.*', 'a.#', 'a.#.#.b.#', 'a.#.b', 'a.*.b'],
    'x.a': ['#', '#.#', '#.*', '#.*.#.a.#', '#.a.#', '*.#'],
    'a.a.a': ['#', '#.#', '#.*', '#.*.#.a.#', '#.a.#', '*.#', '*.*.*', 'a.#'],
    '*': ['#', '#.#', '#.*', '*', '*.#'],
    '#': ['#', '#.#', '#.*', '*', '*.#'],
    'a*': ['#', '#.#', '#.*', '*', '*.#', 'a*'],
    '#b': ['#', '#.#', '#.*', '#b', '*', '*.#'],
    '**': ['#', '#.#', '#.*', '*', '**', '*.#'],
    'A.b': ['#', '#.#', '#.*', '#.b', '*.#', '*.b'],
  };

  test('matches patterns word by word', async () => {
    const routing = await Routing.declare(broker, 'topic');
    await routing.bindAll(...patterns);
    for (const [key, found] of Object.entries(matched))
      expect([key, await routing.queuesOf(key)]).toEqual([key, found]);
  });

  test('keeps other bindings when one is removed', async () => {
    const routing = await Routing.declare(broker, 'topic');
    await routing.bindAll(...patterns);
    for (const pattern of patterns.slice(0, -2)) await routing.unbind(pattern, pattern);
    expect(await routing.queuesOf('a.b')).toEqual(['a.#.#.b.#']);
    expect(await routing.queuesOf('**')).toEqual(['**']);
  });

  test('routes by the keys in CC too, once to each queue', async () => {
    const routing = await Routing.declare(broker, 'topic');
    await routing.bindAll('a.*', '#.b', 'c');
    const headers = table({ CC: ['a.b', 'x.b'] });
    expect(await routing.queuesOf({ routingKey: 'a.a', properties: { headers } })).toEqual(['#.b', 'a.*']);
  });
});

behaviour('the headers exchange', (broker) => {
  test('wants all headers, or any, with or without those that begin with x-', async () => {
    const routing = await Routing.declare(broker, 'headers');
    const wanted = { a: 1, b: 'two', 'x-c': true };
    await routing.bind('none', '', wanted);
    for (const match of ['all', 'any', 'all-with-x', 'any-with-x']) {
      await routing.bind(match, '', { ...wanted, 'x-match': match });
      await routing.bind(`${match} of nothing`, '', { 'x-match': match });
    }
    await routing.bind('nothing');
    const always = ['all of nothing', 'all-with-x of nothing', 'nothing'];
    const found = async (headers: Arguments) =>
      (await routing.queuesOfHeaders(headers)).filter((queue) => !always.includes(queue));
    expect(await routing.queuesOf('without headers')).toEqual(always);
    expect(await found({ a: 1, b: 'two', 'x-c': true })).toEqual(['all', 'all-with-x', 'any', 'any-with-x', 'none']);
    expect(await found({ a: 1, b: 'two', d: 4 })).toEqual(['all', 'any', 'any-with-x', 'none']);
    expect(await found({ a: 1 })).toEqual(['any', 'any-with-x']);
    expect(await found({ a: 2, b: 'three', 'x-c': true })).toEqual(['any-with-x']);
    expect(await found({ a: 2 })).toEqual([]);
    expect(await found({ 'x-match': 'any' })).toEqual([]);
  });

  /** Values, those together that equal one another. */
  const values: readonly { readonly [name: string]: PlainValue }[] = [
    {
      'int 1': 1,
      'byte 1': { type: 'b', value: 1 },
      'unsigned byte 1': { type: 'B', value: 1 },
      'short 1': { type: 's', value: 1 },
      'long 1': 1n,
      'double 1': { type: 'd', value: 1 },
      'float 1': { type: 'f', value: 1 },
      'timestamp 1': { type: 'T', value: 1n },
    },
    { 'double 1.5': 1.5, 'float 1.5': { type: 'f', value: 1.5 } },
    { 'long 2^53 + 1': 2n ** 53n + 1n },
    { 'double 2^53': { type: 'd', value: 2 ** 53 } },
    { 'text 1': '1', 'bytes 1': Buffer.from('1') },
    { 'text é': 'é', 'bytes é': Buffer.from('é') },
    { 'empty text': '' },
    { truth: true },
    { 'the word true': 'true' },
    { 'decimal 1': { type: 'D', scale: 0, value: 1 } },
    { 'decimal 1.0': { type: 'D', scale: 1, value: 10 } },
    { 'empty array': [], 'empty table': {} },
    { 'array of int': [1, 'a'] },
    { 'array of long': [1n, 'a'] },
    { 'array of double': [{ type: 'd', value: 1 }, 'a'] },
    { 'array turned round': ['a', 1] },
    { 'table of int': { k: 1 } },
    { 'table of long': { k: 1n } },
    { 'table of two': { k: 1, l: 2 } },
    { 'table of two turned round': { l: 2, k: 1 } },
  ];

  test('compares values by what they are, not by their types', async () => {
    const routing = await Routing.declare(broker, 'headers');
    const all = values.flatMap((equal) => Object.entries(equal));
    for (const [name, k] of all) await routing.bind(name, '', { k });
    for (const equal of values) {
      const names = Object.keys(equal).sort();
      for (const [name, k] of Object.entries(equal)) {
        expect([name, await routing.queuesOfHeaders({ k })]).toEqual([name, names]);
      }
    }
  });

  test('wants no more than that a header is there where the argument is void', async () => {
    const routing = await Routing.declare(broker, 'headers');
    await routing.bind('void', '', { k: null });
    await routing.bind('text', '', { k: '' });
    expect(await routing.queuesOfHeaders({ k: 5 })).toEqual(['void']);
    expect(await routing.queuesOfHeaders({ k: null })).toEqual(['void']);
    expect(await routing.queuesOfHeaders({ k: '' })).toEqual(['text', 'void']);
    expect(await routing.queuesOfHeaders({ l: null })).toEqual([]);
  });

  test('refuses an x-match that it does not know', async () => {
    const invalid = 'channel.close 406 queue.bind PRECONDITION_FAILED - Invalid x-match field';
    expect(await bindingRefused(broker, 'headers', '', { 'x-match': 'most' })).toBe(
      `${invalid} value <<"most">>; expected all, any, all-with-x, or any-with-x`,
    );
    expect(await bindingRefused(broker, 'headers', '', { 'x-match': 5 })).toBe(
      `${invalid} type signedint (value 5); expected longstr`,
    );
    expect(await bindingRefused(broker, 'headers', '', { 'x-match': true })).toBe(
      `${invalid} type bool (value true); expected longstr`,
    );
    expect(await bindingRefused(broker, 'headers', '', { 'x-match': null })).toBe(
      `${invalid} type void (value undefined); expected longstr`,
    );
  });
});

behaviour('the consistent-hash exchange', (broker) => {
  const numbers = Array.from({ length: 60 }, (_, number) => `${number}`);

  async function threeQueues(args: Arguments = {}): Promise<Routing> {
    const routing = await Routing.declare(broker, 'x-consistent-hash', args);
    for (const queue of ['a', 'b', 'c']) await routing.bind(queue, '10');
    return routing;
  }

  /** The one queue that the message goes to. */
  async function queueOf(routing: Routing, message: Parameters<Routing['queuesOf']>[0]): Promise<string> {
    const queues = await routing.queuesOf(message);
    expect(queues).toHaveLength(1);
    return queues[0]!;
  }

  /** Messages that all are hashed alike go to one queue; those that are not, to all three. */
  async function expectHashed(
    routing: Routing,
    by: (value: string, other: string) => Omit<Publication, 'exchange'>,
  ): Promise<void> {
    const alike = new Set<string>();
    for (const other of numbers.slice(0, 12)) alike.add(await queueOf(routing, by('same', other)));
    expect(alike.size).toBe(1);
    const different = new Set<string>();
    for (const value of numbers) different.add(await queueOf(routing, by(value, 'same')));
    expect([...different].sort()).toEqual(['a', 'b', 'c']);
  }

  test('hashes the routing key', async () => {
    await expectHashed(await threeQueues(), (routingKey, message_id) => ({ routingKey, properties: { message_id } }));
  });

  test('hashes a header', async () => {
    const routing = await threeQueues({ 'hash-header': 'h' });
    await expectHashed(routing, (h, routingKey) => ({ routingKey, properties: { headers: table({ h }) } }));
    const queues = new Set<string>();
    for (const routingKey of numbers.slice(0, 12)) queues.add(await queueOf(routing, { routingKey }));
    expect(queues.size).toBe(1);
  });

  test('hashes a property', async () => {
    await expectHashed(await threeQueues({ 'hash-property': 'message_id' }), (message_id, routingKey) => ({
      routingKey,
      properties: { message_id },
    }));
    await expectHashed(await threeQueues({ 'hash-property': 'correlation_id' }), (correlation_id, routingKey) => ({
      routingKey,
      properties: { correlation_id },
    }));
    await expectHashed(await threeQueues({ 'hash-property': 'timestamp' }), (value, routingKey) => ({
      routingKey,
      properties: { timestamp: BigInt(value === 'same' ? 100 : value) },
    }));
  });

  test('gives more to a queue of greater weight, and all to one that is alone', async () => {
    const routing = await Routing.declare(broker, 'x-consistent-hash');
    await routing.bind('light', '1');
    expect(await routing.queuesOf('k')).toEqual(['light']);
    await routing.bind('heavy', '999');
    let heavy = 0;
    for (const key of numbers) if ((await queueOf(routing, key)) === 'heavy') heavy++;
    expect(heavy).toBeGreaterThan(50);
    await routing.unbind('light', '1');
    for (const key of numbers) expect(await queueOf(routing, key)).toBe('heavy');
  });

  test('gives a queue the weight of its first binding, and none once any of them is gone', async () => {
    const routing = await Routing.declare(broker, 'x-consistent-hash');
    await routing.bind('q', '1');
    await routing.bind('q', '2');
    expect(await routing.queuesOf('k')).toEqual(['q']);
    await routing.unbind('q', '2');
    expect(await routing.queuesOf('k')).toEqual([]);
  });

  test('refuses binding keys that are no weights', async () => {
    const refused = 'channel.close 406 queue.bind PRECONDITION_FAILED - The binding key must be';
    expect(await bindingRefused(broker, 'x-consistent-hash', 'ten')).toBe(`${refused} an integer: <<"ten">>`);
    expect(await bindingRefused(broker, 'x-consistent-hash', '1.5')).toBe(`${refused} an integer: <<"1.5">>`);
    expect(await bindingRefused(broker, 'x-consistent-hash', '0')).toBe(`${refused} greater than 0`);
    expect(await bindingRefused(broker, 'x-consistent-hash', '-1')).toBe(`${refused} greater than 0`);
  });

  test('takes a sign and zeros in weights', async () => {
    const routing = await Routing.declare(broker, 'x-consistent-hash');
    await routing.bind('q', '+005');
    expect(await routing.queuesOf('k')).toEqual(['q']);
  });

  test('refuses arguments that contradict each other or name what it cannot hash', async () => {
    const refused = 'channel.close 406 exchange.declare PRECONDITION_FAILED -';
    expect(
      await declarationRefused(broker, 'x-consistent-hash', { 'hash-header': 'h', 'hash-property': 'message_id' }),
    ).toBe(`${refused} hash-header and hash-property are mutually exclusive`);
    expect(await declarationRefused(broker, 'x-consistent-hash', { 'hash-property': 'app_id' })).toBe(
      `${refused} Unsupported property: app_id`,
    );
    expect(await declarationRefused(broker, 'x-consistent-hash', { 'hash-header': 5 })).toMatch(
      /^connection\.close 541 .*INTERNAL_ERROR/,
    );
  });
});

behaviour('the random exchange', (broker) => {
  test('routes each message to one queue, and in time to all', async () => {
    const routing = await Routing.declare(broker, 'x-random');
    await routing.bind('a', 'k');
    expect(await routing.queuesOf('other')).toEqual(['a']);
    await routing.bind('b', 'k');
    const used = new Set<string>();
    for (let number = 0; number < 60; number++) {
      const queues = await routing.queuesOf(`${number}`);
      expect(queues).toHaveLength(1);
      used.add(queues[0]!);
    }
    expect([...used].sort()).toEqual(['a', 'b']);
  });
});
