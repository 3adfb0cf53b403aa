import { describe, expect, it } from 'vitest';
import {
  foreignProtocol,
  isFramedProtocol,
  PROTOCOL_HEADER,
  protocolName,
  startsLikeProtocolHeader,
} from '../../src/protocol/protocol-header.ts';
import { concat, hex, latin1 } from './wire.ts';

describe('a protocol header', () => {
  it.each([
    ['00000901', 'AMQP 0-9-1', true],
    ['01010901', 'AMQP 0-9-1', true],
    ['01010009', 'AMQP 0-9', true],
    ['01010800', 'AMQP 0-8', true],
    ['00010000', 'AMQP 1.0', false],
    ['02010000', 'AMQP 1.0 (TLS)', false],
    ['03010000', 'AMQP 1.0 (SASL)', false],
    ['04010000', 'AMQP 1.0 (protocol id 4)', false],
    ['01020304', 'AMQP 1.2.3.4', false],
  ])('AMQP %s is %s', (digits, name, framed) => {
    expect(protocolName(concat(latin1('xAMQP'), hex(digits)), 1)).toBe(name);
    expect(isFramedProtocol(name)).toBe(framed);
  });

  it('is recognised as far as it goes', () => {
    for (let end = 1; end <= 8; end++) expect(startsLikeProtocolHeader(PROTOCOL_HEADER, 0, end)).toBe(true);
    expect(startsLikeProtocolHeader(PROTOCOL_HEADER, 0, 0)).toBe(false);
    expect(startsLikeProtocolHeader(latin1('AMQR'), 0, 3)).toBe(true);
    expect(startsLikeProtocolHeader(latin1('AMQR'), 0, 4)).toBe(false);
    expect(startsLikeProtocolHeader(latin1('xAMQP'), 1, 5)).toBe(true);
  });
});

describe('what comes instead of it', () => {
  it.each([
    ['TLS', '16 03 01 0200 01 0001fc 0303'],
    ['TLS', '16 03 03 0031'],
    ['MQTT', '10 0c 0004 4d515454 04 02 003c 0000'],
    ['MQTT', '10 8001 0004 4d515454 05'],
    ['PROXY protocol', '0d0a0d0a000d0a515549540a 21 11 000c'],
    ['unknown', '01 0000 00000004'],
    ['unknown', ''],
  ])('%s: %s', (name, digits) => {
    const bytes = hex(digits);
    expect(foreignProtocol(bytes, 0, bytes.length)).toBe(name);
  });

  it.each([
    ['HTTP', 'GET / HTTP/1.1\r\nHost: a\r\n'],
    ['HTTP', 'POST /api HTTP/1.1\r\n'],
    ['HTTP', 'CONNECT host:443 HTTP/1.1\r\n'],
    ['HTTP', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    ['HTTP', 'HTTP/1.1 400 Bad Request\r\n'],
    ['PROXY protocol', 'PROXY TCP4 127.0.0.1 127.0.0.1 1 2\r\n'],
    ['STOMP', 'CONNECT\naccept-version:1.2\n'],
    ['SSH', 'SSH-2.0-OpenSSH_9.2\r\n'],
    ['unknown', 'GETTING nowhere'],
    ['unknown', 'EHLO localhost'],
  ])('%s: %s', (name, text) => {
    const bytes = concat(latin1('..'), latin1(text));
    expect(foreignProtocol(bytes, 2, bytes.length)).toBe(name);
  });
});
