// What filters mean, tried on commands as they stand in a log.

import { describe, expect, it } from 'vitest';
import { type FilterContext, NO_CONTEXT } from '../../src/filter/context.ts';
import { parseFilter } from '../../src/filter/filter.ts';
import type { FieldTable } from '../../src/protocol/field-table.ts';
import {
  CLIENT_TO_SERVER,
  encodeFrame,
  FRAME_METHOD,
  HEARTBEAT_FRAME,
  SERVER_TO_CLIENT,
} from '../../src/protocol/frame.ts';
import { START, Traffic } from '../cli/traffic.ts';
import { filterError, passes } from './traffic.ts';

const headers: FieldTable = [
  ['x-retry', { type: 'I', value: 3 }],
  ['x-big', { type: 'l', value: 9007199254740993n }],
  ['x-price', { type: 'D', scale: 2, value: 1999 }],
  ['x-rate', { type: 'd', value: 0.5 }],
  ['x-name', { type: 'S', value: 'alice' }],
  ['x-flag', { type: 't', value: true }],
  ['x-off', { type: 't', value: false }],
  ['x-nil', { type: 'V', value: null }],
  ['x-bytes', { type: 'x', value: new Uint8Array([1, 2]) }],
  [
    'CC',
    {
      type: 'A',
      value: [
        { type: 'S', value: 'a' },
        { type: 'S', value: 'b' },
      ],
    },
  ],
  ['x-death', { type: 'A', value: [{ type: 'F', value: [['count', { type: 'l', value: 7n }]] }] }],
  ['twice', { type: 'S', value: 'first' }],
  ['twice', { type: 'S', value: 'last' }],
];
const body = '{"total":120.5,"order":{"id":"o-1","tags":["new","eu"]},"paid":true,"gone":null,"__proto__x":1}';

/** One publish with everything. */
function publish(): Traffic {
  return new Traffic().open().publish('orders', 'eu.de.new', body, {
    content_type: 'application/json',
    headers,
    delivery_mode: 2,
    priority: 5,
    correlation_id: 'c-1',
    timestamp: 1_800_000_000n,
    type: 'order.created',
  });
}

function ack(): Traffic {
  return new Traffic().open().client('basic.ack', { delivery_tag: 18446744073709551615n, multiple: true });
}

function declare(): Traffic {
  return new Traffic().open().client('queue.declare', {
    queue: 'größe',
    passive: false,
    durable: true,
    exclusive: false,
    auto_delete: true,
    nowait: false,
    arguments: [
      ['x-queue-type', { type: 'S', value: 'quorum' }],
      ['x-max-length', { type: 'I', value: 10 }],
    ],
  });
}

/** Filters that are true of the record, and filters that are not. */
const cases: readonly (readonly [
  title: string,
  traffic: () => Traffic,
  yes: readonly string[],
  no: readonly string[],
])[] = [
  [
    'methods, classes and kinds',
    publish,
    [
      'basic.publish',
      'basic',
      'method',
      'header',
      'body',
      '!heartbeat',
      'method == basic.publish',
      'method == "basic.publish"',
      'class == basic',
      'type == method',
      'method in {basic.ack basic.publish}',
      'method contains "publish"',
      'method matches "^basic\\."',
      'method.id == 40 && class.id == 60',
    ],
    [
      'basic.ack',
      'queue',
      'heartbeat',
      'bytes',
      'note',
      'method != basic.publish',
      'method in {basic.ack}',
      'type == header',
    ],
  ],
  [
    'arguments',
    publish,
    [
      'exchange == "orders"',
      'arguments.exchange == "orders"',
      'amqp.method.arguments.exchange == "orders"',
      'routing_key matches "^eu\\."',
      'routing_key matches "^EU\\.DE"',
      'routing_key matches "(?-i)^eu"',
      'routing_key contains "de"',
      'routing_key > "eu"',
      'routing_key in {"a", "eu.de.new"}',
      'exchange != "order"',
      'mandatory == false',
      'mandatory == 0',
      '!mandatory',
      'arguments.exchange',
      'arguments.ticket == 0',
    ],
    [
      'exchange == "order"',
      'exchange == "orders2"',
      'exchange == "Orders"',
      'routing_key matches "^de"',
      'routing_key matches "(?-i)^EU"',
      'mandatory',
      'mandatory == true',
      'routing_key < "eu"',
      'delivery_tag == 1',
    ],
  ],
  [
    'a missing field, which is false in every comparison',
    publish,
    ['!(delivery_tag == 1)', '!(delivery_tag != 1)', '!reply_to', '!(headers["no"] != 1)'],
    [
      'delivery_tag == 1',
      'delivery_tag != 1',
      'delivery_tag >= 0',
      'reply_to',
      'reply_to != "x"',
      'reply_to matches ""',
      'reply_to contains ""',
      'headers["no"] != 1',
      'headers["no"]',
      'body.no != 1',
      'latency > 0',
      'user != "x"',
      'finding',
    ],
  ],
  [
    'integers of 64 bits, exactly',
    ack,
    [
      'delivery_tag == 18446744073709551615',
      'delivery_tag > 18446744073709551614',
      'delivery_tag != 18446744073709551614',
      'delivery_tag >= 1',
      'delivery_tag in {1, 18446744073709551615}',
      'multiple',
      'multiple == true',
      'multiple == True',
    ],
    [
      'delivery_tag == 18446744073709551614',
      'delivery_tag < 18446744073709551615',
      'delivery_tag in {1, 2}',
      'multiple == false',
    ],
  ],
  [
    'tables of arguments, and bits that share an octet',
    declare,
    [
      'queue == "größe"',
      'arguments.queue == "gr\\u00f6\\u00dfe"',
      'durable',
      '!passive',
      '!exclusive',
      'auto_delete',
      '!nowait',
      'arguments',
      'arguments["x-queue-type"] == "quorum"',
      'arguments.x-max-length >= 10',
      'amqp.method.arguments.durable == 1',
      'amqp.method.method == 10 && amqp.method.class == 50',
    ],
    [
      'queue == "grosse"',
      'arguments["x-queue-type"] == "classic"',
      'arguments["x-max-length"] > 10',
      'arguments["durable"]',
      'routing_key',
    ],
  ],
  [
    'properties',
    publish,
    [
      'content_type == "application/json"',
      'properties.content_type',
      'delivery_mode == 2',
      'priority >= 5',
      'correlation_id == "c-1"',
      'properties.type == "order.created"',
      'timestamp == 1800000000',
      'timestamp == "2027-01-15T08:00:00Z"',
      'timestamp < "2027-01-15T09:00:00+00:30"',
      'amqp.method.properties.priority == 5',
      `body_size == ${body.length}`,
      'amqp.header.body-size < 1KiB',
    ],
    [
      'content_encoding',
      'priority > 5',
      'timestamp > "2027-01-15T08:00:00Z"',
      'message_id == "c-1"',
      'properties.type == "method"',
      'arguments.type',
    ],
  ],
  [
    'headers, whose values have types of their own',
    publish,
    [
      'headers',
      'headers["x-retry"] >= 3',
      'headers.x-retry == 3',
      'headers["x-big"] == 9007199254740993',
      'headers["x-price"] == 19.99',
      'headers["x-rate"] < 1',
      'headers["x-name"] == "alice"',
      'headers["x-name"] contains "lic"',
      'headers["x-name"] matches "^a.*e$"',
      'headers["x-name"] in {"bob" "alice"}',
      'headers["x-flag"]',
      'headers["x-flag"] == true',
      'headers["x-off"] == false',
      'headers["x-nil"]',
      'headers["x-bytes"]',
      'headers["CC"][1] == "b"',
      'headers.CC contains "a"',
      'headers.x-death[0].count > 5',
      'headers.twice == "last"',
    ],
    [
      'headers["x-retry"] > 3',
      'headers["x-retry"] == "3"',
      'headers["x-retry"] != "3"',
      'headers["x-big"] == 9007199254740992',
      'headers["x-name"] > 1',
      'headers["x-off"]',
      'headers["x-nil"] == 0',
      'headers["x-bytes"] == "x"',
      'headers["CC"] == "a"',
      'headers["CC"] contains "c"',
      'headers.x-death[1].count',
      'headers.x-death.count',
      'headers["x-flag"] == 1',
      'headers.twice == "first"',
    ],
  ],
  [
    'bodies as text and as JSON',
    publish,
    [
      'body contains "o-1"',
      'body matches "\\"total\\":\\d+"',
      'amqp.payload contains "paid"',
      'body.total > 100',
      'body.json.total == 120.5',
      'json["total"] == 120.5',
      'body.order.id == "o-1"',
      'body["order"]["tags"][1] == "eu"',
      'json.order.tags contains "new"',
      'body.paid',
      'body.gone',
      'json',
      'body.order',
    ],
    [
      'body == "x"',
      'body.total > 121',
      'body.total == "120.5"',
      'body.order.no',
      'body.order.tags[2]',
      'body.constructor',
      'body.order.tags.length',
      'body.paid == false',
      'body["__proto__"]',
      'body.gone == "null"',
    ],
  ],
  [
    'sizes of commands and frames',
    publish,
    ['size > 300', 'size < 64KiB', 'frames == 3', 'frame.size < 1k', 'amqp.length > 90'],
    ['size > 64KiB', 'frames > 3', 'size == 0'],
  ],
  [
    'facts of the frame',
    publish,
    [
      'channel == 1',
      'amqp.channel == 1',
      'connection == 1',
      'direction == client-to-server',
      'direction != server-to-client',
      'origin == wire',
      'id == 1',
      'time >= "2026-11-22T10:00:00Z"',
      'time < "2026-11-22T10:00:00.002Z"',
      'time > "2026-11-22"',
    ],
    ['channel == 2', 'origin == dropped', 'time > "2026-11-22T10:00:00.001Z"', 'direction == server-to-client'],
  ],
];

describe('a filter', () => {
  describe.each(cases)('asks for %s', (_title, traffic, yes, no) => {
    const { log } = traffic();
    it.each(yes)('%s', (text) => expect(passes(log, text)).toBe(true));
    it.each(no)('not %s', (text) => expect(passes(log, text)).toBe(false));
    it.each([...yes, ...no])('%s, or its negation', (text) => {
      expect(passes(log, `!(${text})`)).toBe(!passes(log, text));
    });
  });

  it('combines tests', () => {
    const { log } = publish();
    expect(passes(log, 'basic.publish && exchange == "orders" && body.total > 100')).toBe(true);
    expect(passes(log, 'basic.ack || exchange == "x" || body.total > 100')).toBe(true);
    expect(passes(log, 'basic.ack or exchange == "x" or not body')).toBe(false);
    expect(passes(log, '!(basic.publish && body.total > 1000) && method && channel == 1')).toBe(true);
  });

  it('asks the context for what the connection and the session know', () => {
    const { log } = publish();
    const context: FilterContext = {
      connection: (id) => ({
        clientProduct: `pika${id}`,
        name: 'billing',
        user: 'guest',
        virtualHost: '/',
        client: { address: '10.0.0.1', port: 4711 },
        tls: ['client'],
      }),
      latencyOf: (id) => (id === 1 ? 150_000 : undefined),
      queueOf: (id) => (id === 1 ? 'q' : undefined),
      hasFinding: (id) => id === 1,
    };
    const yes = [
      'client.product matches "PIKA"',
      'client.product == "pika1"',
      'connection_name == "billing"',
      'user == "guest"',
      'vhost == "/"',
      'client.address == "10.0.0.1" && client.port == 4711',
      'tls && client.tls && !server.tls',
      'latency > 100ms',
      'latency <= 0.15s',
      'queue == "q"',
      'finding',
    ];
    const no = ['client.version', 'latency > 150ms', 'queue == "r"', 'arguments.queue', 'finding == "x"'];
    for (const text of yes) expect(passes(log, text, context), text).toBe(true);
    for (const text of no) expect(passes(log, text, context), text).toBe(false);
  });

  it('takes what does not decode as missing', () => {
    const cutPublish = encodeFrame(FRAME_METHOD, 1, Uint8Array.from([0, 60, 0, 40, 0, 0, 5, 0x61]));
    const unknown = encodeFrame(FRAME_METHOD, 1, Uint8Array.from([0, 60, 0, 99]));
    const { log } = new Traffic().open().bytes(CLIENT_TO_SERVER, cutPublish);
    expect(passes(log, 'basic.publish')).toBe(true);
    expect(passes(log, 'arguments.exchange || routing_key || mandatory')).toBe(false);
    const other = new Traffic().open().bytes(CLIENT_TO_SERVER, unknown).log;
    expect(passes(other, 'method == "60.99" && class == basic && method.id == 99')).toBe(true);
    expect(passes(other, 'basic.publish')).toBe(false);
  });

  it('judges heartbeats, protocol headers and notes by what they are', () => {
    const beat = new Traffic().open().bytes(SERVER_TO_CLIENT, HEARTBEAT_FRAME).log;
    expect(passes(beat, 'heartbeat && direction == server-to-client && size == 8')).toBe(true);
    expect(passes(beat, '!heartbeat || method || basic')).toBe(false);
    const client = { address: '::1', port: 1 };
    const note = new Traffic().open().note({ type: 'connection.opened', client, server: client }).log;
    expect(passes(note, 'connection.opened && note && connection == 1')).toBe(true);
    expect(passes(note, 'connection.closed || method || size > 0 || time < 0')).toBe(false);
    expect(passes(note, `time >= ${START / 1e6}`)).toBe(true);
  });

  it('passes findings and their evidence', () => {
    const { log } = ack().note({
      type: 'finding',
      finding: 'double-ack',
      severity: 'warning',
      channel: 1,
      title: 't',
      text: 't',
      advice: 'a',
      evidence: [1],
    });
    expect(passes(log, 'finding == "double-ack" && finding.severity == warning && channel == 1')).toBe(true);
    expect(passes(log, 'finding.severity == error')).toBe(false);
    expect(passes(log, 'finding && basic.ack')).toBe(false);
    expect(passes(log, 'finding && basic.ack', { ...NO_CONTEXT, hasFinding: () => true })).toBe(true);
  });

  it('says whether it needs the content, and the body of it', () => {
    const needs = (text: string) => {
      const { needsContent, needsBody } = parseFilter(text);
      return [needsContent, needsBody];
    };
    expect(needs('basic.publish && exchange == "orders"')).toEqual([false, false]);
    expect(needs('priority > 1')).toEqual([true, false]);
    expect(needs('size > 1MiB')).toEqual([true, false]);
    expect(needs('body.a')).toEqual([true, true]);
  });
});

/** A filter, the part that is refused, and what is said. */
const refused: readonly (readonly [text: string, part: string, reason: RegExp])[] = [
  ['routing_kee == "a"', 'routing_kee', /unknown field routing_kee; did you mean routing_key\?/],
  ['basic.publsh', 'basic.publsh', /did you mean basic\.publish\?/],
  ['client.nme == "a"', 'client.nme', /did you mean client\.name\?/],
  ['hartbeat', 'hartbeat', /did you mean heartbeat\?/],
  ['qwertyuiop', 'qwertyuiop', /^unknown field qwertyuiop \(/],
  ['routing_key.x == 1', 'routing_key.x', /unknown field/],
  ['routing_key["x"] == 1', '"x"]', /routing_key has no parts/],
  ['arguments.exchnge == "a"', 'exchnge', /no method has an argument exchnge; did you mean arguments\.exchange\?/],
  ['arguments.foo == "a"', 'foo', /arguments\["foo"\]/],
  ['basic.publish == 1', 'basic.publish', /is a method, which stands alone; or say method == basic\.publish/],
  ['exchange == 5', '5', /exchange is a string: write "5"/],
  ['exchange == orders', 'orders', /write "orders"/],
  ['channel == "1"', '"1"', /channel is a number/],
  ['mandatory == "x"', '"x"', /true or false/],
  ['mandatory > true', 'mandatory', /no order/],
  ['latency > 100', '100', /with its unit/],
  ['channel > 1s', '1s', /is a number/],
  ['headers == "x"', '"x"', /name what is in it/],
  ['headers contains "x"', 'headers', /contains is for text/],
  ['body.json == "x"', '"x"', /name what is in it/],
  ['body.a > 1s', '1s', /no units of time/],
  ['channel matches "1"', 'channel', /matches is for text/],
  ['routing_key contains 1', '1', /expects a string/],
  ['routing_key matches "(a"', '"(a"', /missing closing \)/],
  ['routing_key matches "a(?=b)"', '"a(?=b)"', /RE2/],
  ['routing_key matches "((a{100}){100}){100}"', '"((a{100}){100}){100}"', /RE2/],
  ['headers.x matches "["', '"["', /RE2/],
  ['method in {basic.ack basic.nak}', 'basic.nak', /did you mean basic\.nack\?/],
  ['direction == up', 'up', /client-to-server or server-to-client/],
  ['time > "yesterday"', '"yesterday"', /is a time/],
  ['time > "2026-11-22T10:00:00"', '"2026-11-22T10:00:00"', /is a time/],
  ['amqp.type == 1', 'amqp.type', /Wireshark's amqp\.type has no counterpart here: say method/],
  [
    'amqp.method.arguments.exchnge',
    'amqp.method.arguments.exchnge',
    /did you mean amqp\.method\.arguments\.exchange\?/,
  ],
];

describe('a filter that means nothing', () => {
  it.each(refused)('is refused: %s', (text, part, reason) => {
    const error = filterError(() => parseFilter(text));
    expect(error.code).toBe('ERR_FILTER');
    expect(text.slice(error.start, error.end)).toBe(part);
    expect(error.reason).toMatch(reason);
  });
});
