// A real body for each decoder, made by the library or tool that senders use; the registry's test walks them.

import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { encode as encodeMsgpack } from '@msgpack/msgpack';
import avsc from 'avsc';
import { encode as encodeCbor } from 'cborg';
import { parseAvro } from '../../src/content/avro-schema.ts';
import type { DecodeOptions } from '../../src/content/decode-body.ts';
import type { FieldTable } from '../../src/protocol/field-table.ts';
import type { BasicProperties } from '../../src/protocol/method-table.ts';

export interface BodyFixture {
  readonly body: Uint8Array;
  readonly properties: BasicProperties;
  readonly options?: DecodeOptions;
  readonly layers: readonly string[];
  /** As on a line. */
  readonly text: string;
}

export function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

export function fromHex(hex: string): Uint8Array {
  return Uint8Array.from(Buffer.from(hex.replaceAll(/\s/g, ''), 'hex'));
}

/** A headers table of texts. */
export function textHeaders(headers: { readonly [name: string]: string }): FieldTable {
  return Object.entries(headers).map(([name, value]) => [name, { type: 'S', value }]);
}

export const ORDER = { id: 17, name: 'tea', tags: ['hot', 'green'] };
export const ORDER_JSON = JSON.stringify(ORDER);

/** `printf '{"id":17,"name":"tea","tags":["hot","green"]}' | zstd` */
export const ORDER_ZSTD = fromHex(
  '28b52ffd04586901007b226964223a31372c226e616d65223a22746561222c2274616773223a5b22686f74222c22677265656e225d7d0b3399e7',
);

export const ORDER_AVRO = avsc.Type.forSchema({
  type: 'record',
  name: 'Order',
  namespace: 'shop',
  fields: [
    { name: 'id', type: 'long' },
    { name: 'name', type: 'string' },
    { name: 'tags', type: { type: 'array', items: 'string' } },
  ],
});

const CELERY_BODY = '[[17], {"urgent": true}, {"callbacks": null, "errbacks": null, "chain": null, "chord": null}]';

export const FIXTURES: { readonly [id: string]: BodyFixture } = {
  gzip: { body: gzipSync(ORDER_JSON), properties: {}, layers: ['gzip', 'json'], text: ORDER_JSON },
  zstd: { body: ORDER_ZSTD, properties: {}, layers: ['zstd', 'json'], text: ORDER_JSON },
  deflate: { body: deflateSync(ORDER_JSON), properties: {}, layers: ['deflate', 'json'], text: ORDER_JSON },
  br: {
    body: brotliCompressSync(ORDER_JSON),
    properties: { content_encoding: 'br' },
    layers: ['br', 'json'],
    text: ORDER_JSON,
  },
  celery: {
    body: utf8(CELERY_BODY),
    properties: {
      content_type: 'application/json',
      content_encoding: 'utf-8',
      headers: textHeaders({ lang: 'py', task: 'shop.mail', id: '5a1e' }),
    },
    layers: ['celery', 'json'],
    text: '{"task":"shop.mail","id":"5a1e","args":[17],"kwargs":{"urgent":true}}',
  },
  masstransit: {
    body: utf8(
      JSON.stringify({
        messageId: '6f00',
        conversationId: null,
        sourceAddress: 'rabbitmq://localhost/web',
        messageType: ['urn:message:Shop:OrderPlaced'],
        message: { orderId: 17 },
      }),
    ),
    properties: { content_type: 'application/vnd.masstransit+json' },
    layers: ['masstransit', 'json'],
    text: '{"messageType":["urn:message:Shop:OrderPlaced"],"message":{"orderId":17},"messageId":"6f00","sourceAddress":"rabbitmq://localhost/web"}',
  },
  nservicebus: {
    body: utf8('\ufeff{"OrderId":17}'),
    properties: {
      content_type: 'application/json',
      headers: textHeaders({
        'NServiceBus.EnclosedMessageTypes':
          'Shop.OrderPlaced, Shop.Messages, Version=1.0.0.0;Shop.IEvent, Shop.Messages',
        'NServiceBus.MessageIntent': 'Publish',
      }),
    },
    layers: ['nservicebus', 'json'],
    text: '{"types":["Shop.OrderPlaced","Shop.IEvent"],"intent":"Publish","message":{"OrderId":17}}',
  },
  cloudevents: {
    body: utf8('{"specversion":"1.0","id":"1","source":"/shop","type":"order.placed","data":{"order":17}}'),
    properties: { content_type: 'application/cloudevents+json' },
    layers: ['cloudevents', 'json'],
    text: '{"type":"order.placed","source":"/shop","id":"1","data":{"order":17},"specversion":"1.0"}',
  },
  avro: {
    body: ORDER_AVRO.toBuffer(ORDER),
    properties: { content_type: 'application/avro' },
    options: { schemas: { avro: parseAvro([JSON.stringify(ORDER_AVRO.schema())]) } },
    layers: ['avro shop.Order'],
    text: ORDER_JSON,
  },
  json: {
    body: utf8('{ "id": 12345678901234567890 }'),
    properties: {},
    layers: ['json'],
    text: '{"id":12345678901234567890}',
  },
  xml: {
    body: utf8('<?xml version="1.0"?>\n<order id="17">\n  <name>tea</name>\n</order>'),
    properties: {},
    layers: ['xml'],
    text: '<?xml version="1.0"?><order id="17"><name>tea</name></order>',
  },
  form: {
    body: utf8('id=17&name=green+tea&tag=a&tag=b'),
    properties: { content_type: 'application/x-www-form-urlencoded' },
    layers: ['form'],
    text: '{"id":"17","name":"green tea","tag":["a","b"]}',
  },
  text: { body: utf8('tea, hot'), properties: { content_type: 'text/plain' }, layers: ['text'], text: 'tea, hot' },
  msgpack: { body: encodeMsgpack(ORDER), properties: {}, layers: ['msgpack'], text: ORDER_JSON },
  cbor: { body: encodeCbor(ORDER), properties: {}, layers: ['cbor'], text: ORDER_JSON },
  protobuf: {
    // protoc --encode: id = 17, name = "tea", tags = ["hot", "green"]
    body: fromHex('08 11 12 03 746561 1a 03 686f74 1a 05 677265656e'),
    properties: {},
    layers: ['protobuf'],
    text: '{"1":17,"2":"tea","3":["hot","green"]}',
  },
};
