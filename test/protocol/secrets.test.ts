import { describe, expect, it } from 'vitest';
import { ByteWriter } from '../../src/protocol/byte-writer.ts';
import { encodeTable } from '../../src/protocol/field-table.ts';
import { decodeMethod, encodeMethod } from '../../src/protocol/method.ts';
import { METHODS, methodByName } from '../../src/protocol/method-table.ts';
import { maskSecrets, saslUser, secretArgument } from '../../src/protocol/secrets.ts';
import { concat, hex, latin1, toHex } from './wire.ts';

function startOk(mechanism: string, response: string): Uint8Array {
  return encodeMethod('connection.start-ok', {
    client_properties: [['product', { type: 'S', value: 'test' }]],
    mechanism,
    response,
    locale: 'en_US',
  });
}

function amqplain(...entries: [string, string][]): string {
  const writer = new ByteWriter();
  encodeTable(
    writer,
    entries.map(([name, value]) => [name, { type: 'S', value }]),
  );
  return Buffer.from(writer.finish().subarray(4)).toString('latin1');
}

/** The payload with its secrets masked, between bytes that must stay. */
function masked(payload: Uint8Array): Uint8Array {
  const bytes = concat(hex('aaaa'), payload, hex('bbbb'));
  maskSecrets(bytes, 2, bytes.length - 2);
  expect(toHex(bytes.subarray(0, 2)) + toHex(bytes.subarray(-2))).toBe('aaaabbbb');
  return bytes.subarray(2, -2);
}

function maskedResponse(mechanism: string, response: string): unknown {
  const { arguments: values } = decodeMethod(masked(startOk(mechanism, response)));
  expect({ ...values, response: '' }).toEqual({
    client_properties: [['product', { type: 'S', value: 'test' }]],
    mechanism,
    response: '',
    locale: 'en_US',
  });
  return values['response'];
}

const LOGIN = amqplain(['LOGIN', 'alice']);

describe('a start-ok', () => {
  it.each([
    ['PLAIN', '\0alice\0hunter2', '\0alice\0*******', 'alice'],
    ['PLAIN', 'admin\0alice\0hunter2', 'admin\0alice\0*******', 'alice'],
    ['PLAIN', '\0alice\0hun\0ter2', '\0alice\0********', 'alice'],
    ['PLAIN', '\0alice\0', '\0alice\0', 'alice'],
    ['AMQPLAIN', amqplain(['LOGIN', 'alice'], ['PASSWORD', 'hunter2']), `${LOGIN}${'*'.repeat(21)}`, 'alice'],
  ])('with %s keeps the user name and masks the rest: %j', (mechanism, response, expected, user) => {
    expect(maskedResponse(mechanism, response)).toBe(expected);
    expect(saslUser(mechanism, expected)).toBe(user);
  });

  it.each([
    ['PLAIN', '\0hunter2'],
    ['PLAIN', 'hunter2'],
    ['PLAIN', ''],
    ['AMQPLAIN', amqplain(['PASSWORD', 'hunter2'], ['LOGIN', 'alice'])],
    ['AMQPLAIN', LOGIN],
    ['AMQPLAIN', amqplain(['LOGIN', 'alice'], ['TOKEN', 'hunter2'])],
    ['AMQPLAIN', '\x05LOGINS\0\0\0\x7falice\x08PASSWORDS\0\0\0\x07hunter2'],
    ['AMQPLAIN', '\x05LOGINS\0\0'],
    ['AMQPLAIN', ''],
    ['EXTERNAL', 'hunter2'],
    ['RABBIT-CR-DEMO', 'alice'],
    ['plain', '\0alice\0hunter2'],
    ['', 'hunter2'],
  ])('with %s and no user name where one is expected masks all: %j', (mechanism, response) => {
    const expected = '*'.repeat(response.length);
    expect(maskedResponse(mechanism, response)).toBe(expected);
    expect(saslUser(mechanism, expected)).toBeUndefined();
  });

  it('keeps a user name that is not ASCII, or long', () => {
    for (const name of ['ålicé', '😀', 'a'.repeat(300)]) {
      const plain = maskedResponse('PLAIN', `\0${name}\0hunter2`) as string;
      expect(saslUser('PLAIN', plain)).toBe(name);
      const writer = new ByteWriter();
      encodeTable(writer, [
        ['LOGIN', { type: 'S', value: name }],
        ['PASSWORD', { type: 'S', value: 'hunter2' }],
      ]);
      const response = writer.finish().subarray(4);
      const payload = concat(startOk('AMQPLAIN', '').subarray(0, -10), longstr(response), hex('05'), latin1('en_US'));
      const values = decodeMethod(masked(payload)).arguments;
      expect(saslUser('AMQPLAIN', values['response'] as string)).toBe(name);
      expect(values['response']).not.toContain('hunter2');
    }
  });

  it('that cannot be followed is masked whole', () => {
    const good = startOk('PLAIN', '\0alice\0hunter2');
    for (let at = 4; at < good.length; at++) {
      for (const wrong of [0, 1, good[at]! + 1, good[at]! - 1, 0x7f, 0xff]) {
        const payload = good.slice();
        payload[at] = wrong;
        expect(Buffer.from(masked(payload)).toString('latin1'), `byte ${at} = ${wrong}`).not.toMatch(/hunt|ter2/);
      }
    }
    for (let size = 4; size < good.length; size++) {
      expect(Buffer.from(masked(good.slice(0, size))).toString('latin1')).not.toContain('hun');
    }
    expect(Buffer.from(masked(concat(good, latin1('hunter2')))).toString('latin1')).not.toContain('hunter2');
  });
});

function longstr(bytes: Uint8Array): Uint8Array {
  return concat(Uint8Array.of(0, 0, bytes.length >> 8, bytes.length), bytes);
}

describe('other methods', () => {
  it('secure-ok is masked', () => {
    const payload = masked(encodeMethod('connection.secure-ok', { response: 'hunter2' }));
    expect(decodeMethod(payload).arguments).toEqual({ response: '*******' });
  });

  it('update-secret is masked but for its reason', () => {
    const payload = masked(encodeMethod('connection.update-secret', { new_secret: 'hunter2', reason: 'refresh' }));
    expect(decodeMethod(payload).arguments).toEqual({ new_secret: '*******', reason: 'refresh' });
  });

  it.each([
    ['secure-ok, its length too short', '000a 0015 00000002', 'hunter2'],
    ['secure-ok, its length too long', '000a 0015 000000ff', 'hunter2'],
    ['secure-ok, its length cut', '000a 0015 0000', ''],
    ['update-secret, its length too short', '000a 0046 00000002', 'hunter2\x07refresh'],
    ['update-secret, its length too long', '000a 0046 00ffffff', 'hunter2\x07refresh'],
    ['update-secret without its reason', '000a 0046 00000007', 'hunter2'],
    ['update-secret, its reason cut', '000a 0046 00000003', 'hunter2'],
    ['update-secret, its length cut', '000a 0046 00', ''],
  ])('%s: masked whole', (_what, digits, text) => {
    const kept = Buffer.from(masked(concat(hex(digits), latin1(text)))).toString('latin1');
    expect(kept).not.toMatch(/h?un|nt|er2|ref/);
    expect(kept.endsWith('*'.repeat(text.length))).toBe(true);
  });

  it.each([
    ['a method of another class', encodeMethod('queue.delete-ok', { message_count: 7 })],
    ['a method without arguments', encodeMethod('connection.close-ok', {})],
    ['connection.open', encodeMethod('connection.open', { virtual_host: 'hunter2' })],
    ['less than a method', hex('000a00')],
  ])('%s is left alone', (_what, payload) => {
    expect(toHex(masked(payload))).toBe(toHex(payload));
  });

  it('the arguments that hold secrets are in the spec table', () => {
    const secret = METHODS.filter(({ name }) => secretArgument(name) !== undefined);
    expect(secret.map(({ name }) => name)).toEqual([
      'connection.start-ok',
      'connection.secure-ok',
      'connection.update-secret',
    ]);
    for (const { name } of secret) {
      expect(methodByName(name).fields.map((field) => field.name)).toContain(secretArgument(name));
    }
  });
});
