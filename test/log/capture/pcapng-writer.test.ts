import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PcapngWriter } from '../../../src/log/capture/pcapng-writer.ts';
import { encodeFrame, FRAME_BODY, FRAME_HEADER, FRAME_METHOD } from '../../../src/protocol/frame.ts';
import { run } from '../../rig/process.ts';
import { requireCommand } from '../../rig/require-command.ts';
import { concat, hex, latin1, START } from './packets.ts';
import { readChunks } from './transcript.ts';

const client = { address: '10.0.0.1', port: 40000 };
const server = { address: '10.0.0.2', port: 5672 };

/** Records what `write` does, and gives the file. */
function record(write: (writer: PcapngWriter) => void): Uint8Array {
  const pieces: Uint8Array[] = [];
  const writer = new PcapngWriter((bytes) => pieces.push(bytes.slice()), 'amqp-spy 1.2.3');
  write(writer);
  writer.flush();
  return concat(...pieces);
}

describe('a recording', () => {
  it('is read back as it was written', () => {
    const file = record((writer) => {
      writer.open(7, client, server, START);
      writer.data(7, 0, latin1('hello'), START + 1000);
      writer.data(7, 1, latin1('world'), START + 2000);
      writer.close(7, 'closed', START + 3000);
    });
    const { lines, times, summary } = readChunks([file]);
    expect(lines).toEqual(['1: open 10.0.0.1:40000 > 10.0.0.2:5672', '1: > hello', '1: < world', '1: closed']);
    expect(times).toEqual([0, 1, 2, 3]);
    expect(summary).toMatchObject({ packets: 8, gaps: 0, reordered: 0, retransmitted: 0, truncated: null });
  });

  it('of nothing is a capture without packets', () => {
    expect(readChunks([record(() => {})])).toMatchObject({ lines: [], error: undefined });
  });

  it.each(['closed', 'reset', 'capture-ended'] as const)('tells that a connection went %s', (how) => {
    const file = record((writer) => {
      writer.open(1, client, server, START);
      writer.close(1, how, START);
    });
    expect(readChunks([file]).lines.at(-1)).toBe(`1: ${how}`);
  });

  it('shows bytes that were not recorded as a gap', () => {
    const file = record((writer) => {
      writer.open(1, client, server, START);
      writer.data(1, 1, latin1('before'), START);
      writer.gap(1, 1, 12345);
      writer.data(1, 1, latin1('after'), START);
    });
    expect(readChunks([file]).lines.slice(1, 4)).toEqual(['1: < before', '1: < lost 12345', '1: < after']);
  });

  it.each([
    ['::1', '::1'],
    ['::ffff:10.0.0.1', '::ffff:127.0.0.1'],
    ['10.0.0.1', '2001:db8::5'],
    ['fe80::1%eth0', 'fe80::2%eth0'],
  ])('keeps the addresses %s and %s', (from, to) => {
    const file = record((writer) => {
      writer.open(1, { address: from, port: 1234 }, { address: to, port: 5672 }, START);
      writer.data(1, 0, new Uint8Array(70_000), START);
    });
    const plain = (address: string) => address.replace('::ffff:', '').replace('%eth0', '');
    const { lines, transcript } = readChunks([file]);
    expect(lines[0]).toBe(`1: open ${plain(from)}:1234 > ${plain(to)}:5672`);
    expect(transcript.stream(1, 0)).toHaveLength(70_000);
  });

  it('gives a name that is no IP address one of the addresses for documentation', () => {
    const file = record((writer) => {
      writer.open(1, { address: 'in-process', port: 0 }, { address: 'broker.example', port: 5672 }, START);
    });
    expect(readChunks([file]).lines[0]).toBe('1: open 192.0.2.1:0 > 192.0.2.2:5672');
    expect(Buffer.from(file).toString('latin1')).toContain(
      'connection 1: client in-process:0, server broker.example:5672',
    );
  });

  it('keeps connections apart that its server port would make one', () => {
    const file = record((writer) => {
      writer.open(1, client, { ...server, port: 5673 }, START);
      writer.open(2, client, { ...server, port: 5674 }, START);
      writer.data(1, 0, latin1('one'), START);
      writer.data(2, 0, latin1('two'), START);
      writer.open(3, { ...server, port: 5672 }, { ...server, port: 5674 }, START);
      writer.data(3, 0, latin1('three'), START);
    });
    const { transcript, lines } = readChunks([file]);
    expect([1, 2, 3].map((connection) => transcript.stream(connection, 0))).toEqual(['one', 'two', 'three']);
    expect(lines.filter((line) => line.includes('open'))).toEqual([
      '1: open 10.0.0.1:40000 > 10.0.0.2:5672',
      '2: open 10.0.0.1:49152 > 10.0.0.2:5672',
      '3: open 10.0.0.2:49152 > 10.0.0.2:5672',
    ]);
  });

  it('uses a port again once it is free', () => {
    const file = record((writer) => {
      for (let connection = 1; connection <= 3; connection++) {
        writer.open(connection, client, server, START);
        writer.data(connection, 0, latin1(`number ${connection}`), START);
        writer.close(connection, connection === 1 ? 'capture-ended' : 'closed', START);
      }
    });
    const { lines } = readChunks([file]);
    expect(lines.filter((line) => line.includes('40000'))).toHaveLength(3);
    expect(lines).toContain('3: > number 3');
  });

  it('is handed over in few pieces, each of whole blocks', () => {
    const sizes: number[] = [];
    const writer = new PcapngWriter((bytes) => {
      sizes.push(bytes.length);
      expect(bytes.length % 4).toBe(0);
    }, 'amqp-spy');
    writer.open(1, client, server, START);
    for (let i = 0; i < 10_000; i++) writer.data(1, 0, new Uint8Array(94), START);
    writer.flush();
    writer.flush();
    expect(sizes.length).toBeLessThan(12);
  });

  it('refuses data of a connection that is not open', () => {
    expect(() => record((writer) => writer.data(5, 0, latin1('x'), START))).toThrow('connection 5 is not open');
  });

  it('gives back any streams', () => {
    const write = fc.record({
      connection: fc.nat(3),
      direction: fc.constantFrom(0 as const, 1 as const),
      bytes: fc.oneof(
        fc.uint8Array({ minLength: 1, maxLength: 50 }),
        fc.integer({ min: 65_000, max: 140_000 }).map((size) => new Uint8Array(size).fill(size)),
      ),
    });
    fc.assert(
      fc.property(fc.array(write, { maxLength: 60 }), fc.integer({ min: 50, max: 300_000 }), (writes, chunk) => {
        const file = record((writer) => {
          for (let i = 0; i < 4; i++) writer.open(i, { ...client, port: 1000 + (i % 2) }, server, START);
          for (const { connection, direction, bytes } of writes) writer.data(connection, direction, bytes, START);
        });
        const chunks = Array.from({ length: Math.ceil(file.length / chunk) }, (_, i) =>
          file.subarray(i * chunk, (i + 1) * chunk),
        );
        const { transcript, summary } = readChunks(chunks);
        expect(summary).toMatchObject({ connections: 4, gaps: 0, reordered: 0, retransmitted: 0, otherPackets: 0 });
        for (let i = 0; i < 4; i++) {
          for (const direction of [0, 1] as const) {
            const all = writes.filter((each) => each.connection === i && each.direction === direction);
            const expected = Buffer.concat(all.map((each) => each.bytes)).toString('latin1');
            expect(transcript.stream(i + 1, direction) === expected).toBe(true);
          }
        }
      }),
      { numRuns: 50 },
    );
  });
});

describe('Wireshark', () => {
  let folder: string;

  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'amqp-spy-recording-'));
    requireCommand('tshark');
  });

  afterAll(() => rmSync(folder, { recursive: true }));

  async function tshark(file: Uint8Array, ...args: string[]): Promise<string> {
    const name = path.join(folder, 'recording.pcapng');
    writeFileSync(name, file);
    const checks = ['-o', 'tcp.check_checksum:TRUE', '-o', 'ip.check_checksum:TRUE'];
    return await run('tshark', ['-n', '-r', name, ...checks, ...args]);
  }

  const header = latin1('AMQP\0\0\x09\x01');
  const publish = encodeFrame(FRAME_METHOD, 1, concat(hex('003c 0028 0000'), latin1('\x04logs\x03key\0')));
  const content = encodeFrame(FRAME_HEADER, 1, hex('003c 0000 00000000000249f0 0000'));
  const body = encodeFrame(FRAME_BODY, 1, new Uint8Array(150_000).fill(0x61));

  const recording = (from: string, to: string, port: number) =>
    record((writer) => {
      let time = START;
      for (let connection = 1; connection <= 4; connection++) {
        writer.open(connection, { address: from, port: 40000 + (connection % 3) }, { address: to, port }, time++);
      }
      for (let connection = 1; connection <= 4; connection++) {
        writer.data(connection, 0, header, time++);
        writer.data(connection, 0, concat(publish, content, body), time++);
        for (let i = 0; i < 100; i++) writer.data(connection, 1, concat(publish, content, body.subarray(0, 7)), time++);
        for (const octet of publish) writer.data(connection, 0, Uint8Array.of(octet), time++);
        writer.close(connection, connection === 2 ? 'reset' : 'closed', time++);
      }
      writer.open(5, { address: from, port: 40001 }, { address: to, port }, time++);
      writer.close(5, 'closed', time++);
    });

  it.each([
    ['127.0.0.1', '127.0.0.1', 5672],
    ['10.0.0.1', '10.0.0.2', 5673],
    ['::1', '::1', 5672],
    ['10.0.0.1', '2001:db8::1', 9999],
  ])('finds nothing to complain about between %s and %s', async (from, to, port) => {
    const marks = [
      'tcp.analysis.flags',
      'tcp.checksum.status == 0',
      'ip.checksum.status == 0',
      '_ws.malformed',
      '_ws.short',
    ];
    const reuse = 'tcp.analysis.reused_ports';
    expect(await tshark(recording(from, to, port), '-Y', `(${marks.join(' || ')}) && !${reuse}`)).toBe('');
  });

  it('dissects AMQP without settings, whatever the true port', async () => {
    const file = record((writer) => {
      writer.open(1, client, { ...server, port: 9999 }, START);
      writer.data(1, 0, header, START);
      writer.data(1, 0, concat(publish, content, body), START);
    });
    const fields = ['-T', 'fields', '-e', 'amqp.method.method', '-e', 'amqp.length', '-Y', 'amqp'];
    expect(await tshark(file, ...fields)).toContain('40\t16,14\n\t150000\n');
    expect(await tshark(file, '-T', 'fields', '-e', 'frame.comment', '-Y', 'frame.comment')).toBe(
      'connection 1: client 10.0.0.1:40000, server 10.0.0.2:9999\n',
    );
  });

  it('shows who wrote the file, and the interface', async () => {
    const name = path.join(folder, 'named.pcapng');
    writeFileSync(name, recording('::1', '::1', 5672));
    const info = await run(requireCommand('capinfos'), [name]);
    expect(info).toMatch(/Capture application: +amqp-spy 1\.2\.3/);
    expect(info).toMatch(/Name = amqp-spy/);
    expect(info).toMatch(/Time resolution = 0x06/);
  });
});
