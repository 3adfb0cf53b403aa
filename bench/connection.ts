// The load's end of one AMQP connection over a raw socket. Counterpart of sink.ts and of RabbitMQ. During a call it
// peeks at frame headers to get through the handshake; after that it hands on raw chunks and looks at nothing.
// The chunk given to `onChunk` is valid only during the call: reads land in one buffer for all connections.

import { connect, type Socket } from 'node:net';
import { CHANNEL_OPEN, PROTOCOL_HEADER, START_OK, TUNE_OK_AND_OPEN } from './handshake.ts';

const READ_BUFFER = Buffer.allocUnsafeSlow(256 * 1024);

/** One open connection with channel 1 open on it. */
export interface Connection {
  readonly socket: Socket;
  /** Receives every byte that arrives from the moment it is set. */
  onChunk: (chunk: Buffer) => void;
  /** Sends a method and waits for the reply with this class and method id. */
  call(request: Buffer, classId: number, methodId: number): Promise<void>;
}

/**
 * Connects to a loopback port, opens the connection on `/` as guest, and opens channel 1.
 * @throws if the peer closes, or answers with another method than the one expected.
 */
export async function openConnection(port: number): Promise<Connection> {
  const connection = new RawConnection(port);
  await connection.call(PROTOCOL_HEADER, 10, 10);
  await connection.call(START_OK, 10, 30);
  await connection.call(TUNE_OK_AND_OPEN, 10, 41);
  await connection.call(CHANNEL_OPEN, 20, 11);
  return connection;
}

class RawConnection implements Connection {
  readonly socket: Socket;
  onChunk: (chunk: Buffer) => void = (chunk) => this.#collect(chunk);
  #collected: Buffer = Buffer.alloc(0);
  #check: () => void = () => {};

  constructor(port: number) {
    const callback = (size: number): boolean => {
      this.onChunk(READ_BUFFER.subarray(0, size));
      return true;
    };
    this.socket = connect({ host: '127.0.0.1', port, noDelay: true, onread: { buffer: READ_BUFFER, callback } });
  }

  call(request: Buffer, classId: number, methodId: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const closed = () => reject(new Error(`connection closed while waiting for ${classId}.${methodId}`));
      this.socket.once('close', closed);
      this.socket.once('error', reject);
      this.#check = () => {
        const reply = this.#takeFrame();
        if (reply === undefined) return;
        this.socket.off('close', closed).off('error', reject);
        const found = `${reply.readUInt16BE(7)}.${reply.readUInt16BE(9)}`;
        if (found === `${classId}.${methodId}`) resolve();
        else reject(new Error(`expected method ${classId}.${methodId}, got ${found}: ${reply.toString('latin1')}`));
      };
      this.socket.write(request);
    });
  }

  #collect(chunk: Buffer): void {
    this.#collected = Buffer.concat([this.#collected, chunk]);
    this.#check();
  }

  #takeFrame(): Buffer | undefined {
    const bytes = this.#collected;
    if (bytes.length < 8) return undefined;
    const size = bytes.readUInt32BE(3) + 8;
    if (bytes.length < size) return undefined;
    this.#collected = bytes.subarray(size);
    return bytes.subarray(0, size);
  }
}
