import { describe, expect, it } from 'vitest';
import { encodeFrame, FRAME_BODY, FRAME_HEADER, FRAME_METHOD, HEARTBEAT_FRAME } from '../../../src/protocol/frame.ts';
import { ACK, Conversation, concat, hex, latin1, pcap, RST, SYN } from './packets.ts';
import { readChunks, readEveryWay } from './transcript.ts';

const header = latin1('AMQP\0\0\x09\x01');
const publish = encodeFrame(FRAME_METHOD, 1, concat(hex('003c 0028 0000'), latin1('\x01e\x01k\0')));
const deliver = encodeFrame(FRAME_METHOD, 1, concat(hex('003c 003c'), latin1('\x01t\0\0\0\0\0\0\0\x01\0\x01e\x01k')));
const content = encodeFrame(FRAME_HEADER, 1, hex('003c 0000 0000000000000003 0000'));
const body = encodeFrame(FRAME_BODY, 1, latin1('abc'));
const message = concat(publish, content, body);
const start = encodeFrame(
  FRAME_METHOD,
  0,
  concat(hex('000a 000a 0009 00000000 00000005'), latin1('PLAIN'), hex('00000000')),
);
const elsewhere = new Conversation({ serverPort: 7777 });

function text(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('latin1');
}

describe('roles', () => {
  const route = '10.0.0.1:40000 > 10.0.0.2:5672';

  it('follow the SYN', () => {
    const odd = new Conversation({ clientPort: 5672, serverPort: 5673 });
    expect(readEveryWay(pcap([...odd.handshake, odd.client(0, 'x')])).lines[0]).toBe(
      '1: open 10.0.0.1:5672 > 10.0.0.2:5673',
    );
  });

  it('follow the SYN-ACK if the SYN was not captured, which is no start midway', () => {
    const talk = new Conversation();
    const packets = [talk.server(-1, '', { flags: SYN | ACK }), talk.client(0, 'hello'), talk.server(0, 'world')];
    expect(readEveryWay(pcap(packets)).lines).toEqual([
      `1: open ${route}`,
      '1: > hello',
      '1: < world',
      '1: capture-ended',
    ]);
  });

  it.each([
    ['client', (talk: Conversation) => talk.client(0, 'hello')],
    ['server', (talk: Conversation) => talk.server(0, 'hello')],
  ])('follow the port if a %s segment comes first', (_, first) => {
    const { lines } = readEveryWay(pcap([first(new Conversation())]));
    expect(lines[0]).toBe(`1: open ${route} midway`);
  });

  it('follow the protocol header on a port that says nothing', () => {
    const swapped = new Conversation({ clientPort: 1000, serverPort: 7777 });
    const { lines } = readEveryWay(pcap([swapped.client(0, header)]));
    expect(lines).toEqual(['1: open 10.0.0.1:1000 > 10.0.0.2:7777 midway', `1: > ${text(header)}`, '1: capture-ended']);
  });

  it.each([
    ['basic.publish', publish, '> 10.0.0.2:7777'],
    ['basic.deliver', deliver, '10.0.0.2:7777 > 10.0.0.1:40000'],
  ])('follow who may send %s', (_, method, route) => {
    const { lines } = readEveryWay(pcap([elsewhere.client(0, concat(method, content, body))]));
    expect(lines[0]).toContain(route);
    expect(lines[0]).toContain('midway');
  });

  it('fall to the lower port where nothing else tells', () => {
    const packets = [elsewhere.client(0, concat(HEARTBEAT_FRAME, HEARTBEAT_FRAME))];
    expect(readEveryWay(pcap(packets)).lines[0]).toBe('1: open 10.0.0.1:40000 > 10.0.0.2:7777 midway');
    const swapped = new Conversation({ clientPort: 7777, serverPort: 40000 });
    expect(readEveryWay(pcap([swapped.client(0, HEARTBEAT_FRAME)])).lines[0]).toBe(
      '1: open 10.0.0.2:40000 > 10.0.0.1:7777 midway',
    );
  });

  it('come from the ports that the caller names', () => {
    const packets = [elsewhere.client(0, 'anything')];
    expect(readEveryWay(pcap(packets), { ports: [7777] }).lines[0]).toBe(
      '1: open 10.0.0.1:40000 > 10.0.0.2:7777 midway',
    );
    expect(readEveryWay(pcap([new Conversation().client(0, 'x')]), { ports: [7777] }).lines).toEqual([]);
  });
});

describe('a connection on a port that says nothing', () => {
  it('is AMQP if the client begins with the protocol header, however cut up', () => {
    const packets = [...elsewhere.handshake, elsewhere.client(0, 'AM'), elsewhere.client(2, header.subarray(2))];
    expect(readEveryWay(pcap([...packets, elsewhere.server(0, start)])).lines).toEqual([
      '1: open 10.0.0.1:40000 > 10.0.0.2:7777',
      `1: > ${text(header)}`,
      `1: < ${text(start)}`,
      '1: capture-ended',
    ]);
  });

  it('has its true times, though it was held back', () => {
    const packets = [...elsewhere.handshake, elsewhere.client(0, 'AM'), elsewhere.client(2, 'QP')];
    expect(readEveryWay(pcap(packets)).times).toEqual([0, 3, 4, 4]);
  });

  it.each([
    ['HTTP', elsewhere.client(0, 'GET / HTTP/1.1\r\n')],
    ['TLS', elsewhere.client(0, hex('160301'))],
    ['a protocol that only begins like AMQP', elsewhere.client(0, 'AMEN')],
    ['a protocol in which the server speaks first', elsewhere.server(0, 'SSH-2.0-x\r\n')],
    ['frames without a protocol header', elsewhere.client(0, message)],
  ])('is ignored if it is %s', (_, packet) => {
    const later = [elsewhere.client(500, header), elsewhere.server(900, message)];
    const { lines, summary } = readEveryWay(pcap([...elsewhere.handshake, packet, ...later]));
    expect(lines).toEqual([]);
    expect(summary).toMatchObject({ connections: 0, ignoredConnections: 1, gaps: 0 });
  });

  it('is AMQP by the server alone, in a capture of one direction', () => {
    const packets = [
      elsewhere.server(-1, '', { flags: SYN | ACK }),
      elsewhere.server(0, concat(start, HEARTBEAT_FRAME)),
    ];
    expect(readEveryWay(pcap(packets)).lines[0]).toBe('1: open 10.0.0.1:40000 > 10.0.0.2:7777');
  });

  it('and joined midway is AMQP as soon as frames show, and nothing before them is left out', () => {
    const packets = [elsewhere.client(0, 'the end of a body\xce'), elsewhere.client(18, message)];
    expect(readEveryWay(pcap(packets)).lines).toEqual([
      '1: open 10.0.0.1:40000 > 10.0.0.2:7777 midway',
      `1: > the end of a body\xce${text(message)}`,
      '1: capture-ended',
    ]);
  });

  it('and joined midway keeps its gaps', () => {
    const packets = [elsewhere.client(0, 'xyz'), elsewhere.client(5, message)];
    expect(readEveryWay(pcap(packets)).lines).toEqual([
      '1: open 10.0.0.1:40000 > 10.0.0.2:7777 midway',
      '1: > xyz',
      '1: > lost 2',
      `1: > ${text(message)}`,
      '1: capture-ended',
    ]);
  });

  it('and joined midway is AMQP by a last frame that nothing follows', () => {
    expect(readEveryWay(pcap([elsewhere.client(0, concat(hex('0000'), body))])).lines).toHaveLength(3);
  });

  it('and joined midway is ignored once 64 KiB show no frame', () => {
    const block = new Uint8Array(1000).fill(0x2e);
    const packets = Array.from({ length: 70 }, (_, i) => elsewhere.client(i * 1000, block));
    const { lines, summary } = readChunks([pcap([...packets, elsewhere.client(70_000, message)])]);
    expect(lines).toEqual([]);
    expect(summary.ignoredConnections).toBe(1);
  });

  it('is not begun by a stray acknowledgement or reset', () => {
    const packets = [elsewhere.client(0), elsewhere.client(0, '', { flags: RST })];
    expect(readEveryWay(pcap(packets)).summary).toMatchObject({ connections: 0, ignoredConnections: 0 });
  });
});

describe('the same addresses and ports', () => {
  const first = new Conversation();
  const second = new Conversation({ clientStart: 500_000, serverStart: 700_000 });

  it('with a new SYN are a new connection', () => {
    const packets = [...first.handshake, first.client(0, 'one'), ...first.farewell(3, 0)];
    const { lines } = readEveryWay(pcap([...packets, ...second.handshake, second.client(0, 'two')]));
    expect(lines).toEqual([
      '1: open 10.0.0.1:40000 > 10.0.0.2:5672',
      '1: > one',
      '1: closed',
      '2: open 10.0.0.1:40000 > 10.0.0.2:5672',
      '2: > two',
      '2: capture-ended',
    ]);
  });

  it('with a new SYN end the connection before, whose end was not captured', () => {
    const packets = [...first.handshake, first.client(0, 'one'), ...second.handshake, second.client(0, 'two')];
    expect(readEveryWay(pcap(packets)).lines[2]).toBe('1: capture-ended');
  });

  it('with a new SYN-ACK are a new connection, too', () => {
    const packets = [
      ...first.handshake,
      ...first.farewell(0, 0),
      ...second.handshake.slice(1),
      second.client(0, 'two'),
    ];
    expect(readEveryWay(pcap(packets)).lines.slice(-2)).toEqual(['2: > two', '2: capture-ended']);
  });

  it('with the same SYN again are one connection', () => {
    const [syn, synAck, ack] = first.handshake as [Uint8Array, Uint8Array, Uint8Array];
    const { lines } = readEveryWay(pcap([syn, syn, synAck, synAck, ack, first.client(0, 'one'), syn, synAck]));
    expect(lines).toEqual(['1: open 10.0.0.1:40000 > 10.0.0.2:5672', '1: > one', '1: capture-ended']);
  });

  it('with a SYN captured behind its answer and the first data are one connection', () => {
    const [syn, synAck, ack] = first.handshake as [Uint8Array, Uint8Array, Uint8Array];
    expect(readEveryWay(pcap([synAck, syn, ack, first.client(0, 'one')])).lines).toHaveLength(3);
  });

  it('in other directions are kept apart', () => {
    const there = new Conversation({ clientPort: 5672, serverPort: 5673 });
    const here = new Conversation({ clientPort: 5673, serverPort: 5672 });
    const packets = [there.syn, here.syn, there.client(0, 'there'), here.client(0, 'here')];
    const { lines } = readEveryWay(pcap(packets));
    expect(lines).toContain('1: > there');
    expect(lines).toContain('2: > here');
  });
});

describe('many connections', () => {
  it('are told apart', () => {
    const talks = Array.from(
      { length: 300 },
      (_, i) => new Conversation({ clientPort: 20_000 + i, clientStart: i * 7 }),
    );
    const packets = [0, 1, 2].flatMap((round) =>
      talks.map((talk, i) => (round === 0 ? talk.syn : talk.client((round - 1) * 4, String(i).padStart(4)))),
    );
    const { transcript, summary } = readChunks([pcap(packets)]);
    expect(summary.connections).toBe(300);
    for (let i = 0; i < 300; i++) expect(transcript.stream(i + 1, 0)).toBe(String(i).padStart(4).repeat(2));
  });

  it('beyond the bound push out ended, then ignored, then the longest idle ones', () => {
    const at = (clientPort: number, serverPort = 5672) => new Conversation({ clientPort, serverPort });
    const packets = [
      at(1).syn,
      ...at(2).handshake,
      ...at(2).farewell(0, 0),
      ...at(3, 80).handshake,
      at(3, 80).client(0, 'GET'),
      at(4).syn,
      at(1).client(0, 'one'),
      at(5).syn,
      at(6).syn,
      at(7).syn,
      at(1).client(3, 'still'),
      at(4).client(0, 'again'),
    ];
    const { lines } = readEveryWay(pcap(packets), { connections: 4 });
    const ports = lines.map((line) => line.replace(/open 10.0.0.1:(\d+) .*5672/, '$1'));
    expect(ports).toEqual([
      '1: 1',
      '2: 2',
      '2: closed',
      '3: 4',
      '1: > one',
      '4: 5',
      '5: 6',
      '3: capture-ended',
      '6: 7',
      '1: > still',
      '4: capture-ended',
      '7: 4 midway',
      '7: > again',
      '1: capture-ended',
      '5: capture-ended',
      '6: capture-ended',
      '7: capture-ended',
    ]);
  });
});
