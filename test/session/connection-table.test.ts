// What the connection table learns from the handshake, and how much of it is kept.

import { describe, expect, it } from 'vitest';
import type { FieldTable } from '../../src/protocol/field-table.ts';
import { CLIENT_TO_SERVER, FRAME_PREFIX_SIZE } from '../../src/protocol/frame.ts';
import { encodeMethodFrame } from '../../src/protocol/method.ts';
import { ConnectionTable } from '../../src/session/connection-table.ts';

function startOk(name: string, response: string, others: FieldTable = []): ConnectionTable {
  const table = new ConnectionTable();
  const endpoint = { address: '127.0.0.1', port: 5672 };
  const carried = { frames: 0, bytes: 0 };
  const opened = { openedAt: 0, state: 'opening', fromClient: carried, fromServer: carried } as const;
  table.add({ id: 1, client: endpoint, server: endpoint, ...opened });
  const frame = encodeMethodFrame(0, 'connection.start-ok', {
    client_properties: [
      ['connection_name', { type: 'S', value: name }],
      ['product', { type: 'S', value: name }],
      ...others,
    ],
    mechanism: 'PLAIN',
    response,
    locale: 'en_US',
  });
  table.method(1, CLIENT_TO_SERVER, frame, FRAME_PREFIX_SIZE, frame.length - 1);
  return table;
}

describe('the connection table', () => {
  it('keeps names as they are', () => {
    const { name, user } = startOk('caf\u00e9 \udcff', '\0guest\0***').get(1)!;
    expect({ name, user }).toEqual({ name: 'caf\u00e9 \udcff', user: 'guest' });
  });

  it('keeps no more than the first part of a huge one', () => {
    const huge = 'n'.repeat(300_000);
    const { name, clientProduct, user } = startOk(huge, `\0${huge}\0***`).get(1)!;
    for (const text of [name, clientProduct, user]) expect(text).toBe('n'.repeat(1000));
  });

  it('keeps what the client says that it can, and no more than clients have', () => {
    const can = (name: string, value = true) => [name, { type: 't', value }] as const;
    const said = [can('basic.nack'), can('__proto__', false), ['odd', { type: 'S', value: 'yes' }]] as const;
    const many = Array.from({ length: 1000 }, (_, i) => can(`c${i}`));
    const capabilities = (value: FieldTable) =>
      startOk('x', '', [['capabilities', { type: 'F', value }]]).get(1)!.capabilities!;
    expect([...capabilities(said)]).toEqual([
      ['basic.nack', true],
      ['__proto__', false],
    ]);
    expect(capabilities(many).size).toBe(50);
    expect(startOk('x', '').get(1)!.capabilities).toBeUndefined();
  });
});
