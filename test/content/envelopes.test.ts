// Envelopes of messaging libraries, as those libraries write them.

import { deflateSync } from 'node:zlib';
import { encode as encodeMsgpack } from '@msgpack/msgpack';
import { describe, expect, it } from 'vitest';
import { HOST_CODECS } from '../../src/api/host-codecs.ts';
import { valueJson } from '../../src/content/body-json.ts';
import { decodeBody } from '../../src/content/decode-body.ts';
import type { BasicProperties } from '../../src/protocol/method-table.ts';
import { textHeaders, utf8 } from './fixtures.ts';

function decode(body: Uint8Array | string | object, properties: BasicProperties = {}) {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const bytes = body instanceof Uint8Array ? body : utf8(text);
  const decoded = decodeBody(bytes, properties, { codecs: HOST_CODECS });
  return { ...decoded, json: decoded.kind === 'value' ? valueJson(decoded.value) : undefined };
}

const EMBED = { callbacks: null, errbacks: null, chain: null, chord: null };
const PROTOCOL_2 = {
  content_type: 'application/json',
  content_encoding: 'utf-8',
  headers: textHeaders({ lang: 'py', task: 'shop.mail', id: '5a1e' }),
};

describe('Celery', () => {
  it('of protocol 2 says its task, and what follows it', () => {
    const chain = [{ task: 'shop.bill' }];
    expect(decode([[1], { a: 2 }, { ...EMBED, chain }], PROTOCOL_2)).toMatchObject({
      layers: ['celery', 'json'],
      json: { task: 'shop.mail', id: '5a1e', args: [1], kwargs: { a: 2 }, embed: { ...EMBED, chain } },
    });
  });

  it('of another serialiser is the same', () => {
    const body = encodeMsgpack([[1], { a: 2 }, EMBED]);
    const properties = { ...PROTOCOL_2, content_type: 'application/x-msgpack', content_encoding: 'binary' };
    expect(decode(body, properties)).toMatchObject({
      layers: ['celery', 'msgpack'],
      json: { task: 'shop.mail', id: '5a1e', args: [1], kwargs: { a: 2 } },
    });
  });

  it('of compressed bodies too', () => {
    const headers = textHeaders({ task: 'shop.mail', id: '5a1e', compression: 'application/x-gzip' });
    expect(decode(deflateSync(JSON.stringify([[1], {}, EMBED])), { ...PROTOCOL_2, headers }).layers).toEqual([
      'gzip',
      'celery',
      'json',
    ]);
  });

  it('of protocol 1 is told by its body', () => {
    const body = { task: 'shop.mail', id: '5a1e', args: [1], kwargs: {}, retries: 2, eta: null, utc: true };
    expect(decode(body, { content_type: 'application/json' })).toMatchObject({
      layers: ['celery', 'json'],
      json: { task: 'shop.mail', id: '5a1e', args: [1], kwargs: {}, retries: 2 },
    });
  });

  it('in kombu’s base64 is unwrapped', () => {
    const wrapped = {
      body: Buffer.from(JSON.stringify([[1], {}, EMBED])).toString('base64'),
      'content-encoding': 'utf-8',
      'content-type': 'application/json',
      headers: { task: 'shop.mail', id: '5a1e' },
      properties: { body_encoding: 'base64', delivery_tag: 'x' },
    };
    expect(decode(wrapped)).toMatchObject({
      layers: ['celery', 'json', 'base64', 'json'],
      json: { task: 'shop.mail', id: '5a1e', args: [1], kwargs: {} },
    });
  });

  it('is not taken for it when the body only has such words', () => {
    expect(decode({ task: 'shop.mail', args: 'kwargs' })).toMatchObject({ layers: ['json'], notes: [] });
    expect(decode({ body_encoding: 'content-type' })).toMatchObject({ layers: ['json'], notes: [] });
  });

  it('with a body of another shape is decoded as what it is, and says so', () => {
    expect(decode('{"a":1}', PROTOCOL_2)).toMatchObject({
      layers: ['json'],
      notes: ['Celery: is not [args, kwargs, embed]'],
    });
  });
});

describe('MassTransit', () => {
  const type = { content_type: 'application/vnd.masstransit+json' };

  it('says the message and its types first, and leaves out what is null', () => {
    const envelope = {
      messageId: '1',
      requestId: null,
      messageType: ['urn:message:A:B'],
      message: { a: 1 },
      host: { machineName: 'm' },
    };
    const decoded = decode(envelope, type);
    expect(JSON.stringify(decoded.json)).toBe(
      '{"messageType":["urn:message:A:B"],"message":{"a":1},"messageId":"1","host":{"machineName":"m"}}',
    );
  });

  it('without its envelope is JSON', () => {
    expect(decode('{"a":1}', type)).toMatchObject({
      layers: ['json'],
      notes: ['MassTransit: lacks message and messageType'],
    });
  });
});

describe('NServiceBus', () => {
  it('takes the content type of its header, where the property is missing', () => {
    const headers = textHeaders({
      'NServiceBus.EnclosedMessageTypes': 'A.B, A',
      'NServiceBus.ContentType': 'text/xml',
    });
    expect(decode('<B><Id>1</Id></B>', { headers })).toMatchObject({
      layers: ['nservicebus', 'xml'],
      json: { types: ['A.B'], message: '<B>\n  <Id>1</Id>\n</B>' },
    });
  });

  it('with bytes that nobody knows leaves them', () => {
    const headers = textHeaders({ 'NServiceBus.EnclosedMessageTypes': 'A.B, A' });
    expect(decode(Uint8Array.of(0xff, 0, 1), { headers })).toMatchObject({ kind: 'hex', layers: [] });
  });
});

describe('CloudEvents', () => {
  it('in headers are put together with the body', () => {
    const headers = textHeaders({
      'cloudEvents:type': 'a.b',
      'cloudEvents:source': '/s',
      'cloudEvents:id': '1',
      other: 'x',
    });
    expect(decode('{"a":1}', { content_type: 'application/json', headers })).toMatchObject({
      layers: ['cloudevents', 'json'],
      json: { type: 'a.b', source: '/s', id: '1', data: { a: 1 } },
    });
  });

  it('with data in base64 have it decoded', () => {
    const event = {
      specversion: '1.0',
      type: 'a',
      source: '/s',
      id: '1',
      datacontenttype: 'application/json',
      data_base64: 'eyJhIjoxfQ==',
    };
    expect(decode(event, { content_type: 'application/cloudevents+json' })).toMatchObject({
      layers: ['cloudevents', 'json', 'base64', 'json'],
      json: { data: { a: 1 } },
    });
  });
});
