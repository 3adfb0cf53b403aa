// The two ends of a proxied connection, as a test plays them: each says what it is told to and keeps what it hears.
// Counterpart: running-spy.ts, which stands between them.
// Invariant: no waiting by the clock; every wait is for something that the peer sees.

import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import {
  type ConnectionOptions,
  connect as connectTls,
  createServer as createTlsServer,
  type TlsOptions,
} from 'node:tls';
import { onTestFinished } from 'vitest';

/** How a peer saw its connection go: in order, or with an error's code. */
export type Gone = 'closed' | string;

export class Peer {
  readonly socket: Socket;
  /** Resolves when the other side has sent its last byte; never, if the connection is lost before. */
  readonly ended: Promise<void>;
  /** Resolves when the connection is gone both ways. */
  readonly gone: Promise<Gone>;
  readonly #chunks: Buffer[] = [];
  #size = 0;
  #changed: () => void = () => {};

  constructor(socket: Socket) {
    this.socket = socket;
    let gone: Gone = 'closed';
    socket.setNoDelay(true);
    socket.on('error', (error: NodeJS.ErrnoException) => {
      gone = error.code ?? error.message;
    });
    this.ended = new Promise((resolve) => void socket.once('end', resolve));
    this.gone = new Promise((resolve) => void socket.once('close', () => resolve(gone)));
    socket.on('data', (chunk) => {
      this.#chunks.push(chunk);
      this.#size += chunk.length;
      this.#changed();
    });
    socket.once('close', () => this.#changed());
  }

  /** All that came so far. */
  get heard(): Buffer {
    return Buffer.concat(this.#chunks);
  }

  /** Waits until so many bytes have come. */
  async hear(size: number): Promise<Buffer> {
    while (this.#size < size) {
      if (this.socket.destroyed) throw new Error(`expected ${size} bytes, the connection went after ${this.#size}`);
      await new Promise<void>((resolve) => (this.#changed = resolve));
    }
    return this.heard;
  }

  /** Waits for the last byte. */
  async hearAll(): Promise<Buffer> {
    const lost = this.gone.then((how) => {
      if (how !== 'closed') throw new Error(`expected an end, found ${how}`);
    });
    await Promise.race([this.ended, lost]);
    return this.heard;
  }

  say(bytes: Uint8Array | string): void {
    this.socket.write(bytes);
  }

  end(bytes: Uint8Array | string = ''): void {
    this.socket.end(bytes);
  }

  reset(): void {
    this.socket.resetAndDestroy();
  }

  /** Reads no more, so that what is sent to it piles up. */
  stall(): void {
    this.socket.pause();
  }

  resume(): void {
    this.socket.resume();
  }
}

/** A server that a test plays by hand. */
export class Origin {
  readonly server: Server;
  readonly port: number;
  readonly #peers: Peer[] = [];
  readonly #waiting: ((peer: Peer) => void)[] = [];

  constructor(server: Server, tls: boolean) {
    this.server = server;
    this.port = (server.address() as AddressInfo).port;
    server.on(tls ? 'secureConnection' : 'connection', (socket: Socket) => {
      const peer = new Peer(socket);
      const next = this.#waiting.shift();
      if (next) next(peer);
      else this.#peers.push(peer);
    });
  }

  /** The next connection, in order. */
  async accept(): Promise<Peer> {
    const peer = this.#peers.shift() ?? (await new Promise<Peer>((resolve) => this.#waiting.push(resolve)));
    onTestFinished(() => void peer.socket.destroy());
    return peer;
  }
}

/** Starts a server on a free port, until the test is over. */
export async function startOrigin(options: { host?: string; tls?: TlsOptions } = {}): Promise<Origin> {
  const { host = '127.0.0.1', tls } = options;
  const server = tls ? createTlsServer({ ...tls, allowHalfOpen: true }) : createServer({ allowHalfOpen: true });
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => void server.listen({ host, port: 0, backlog: 8192 }, resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return new Origin(server, tls !== undefined);
}

/** Connects to a port of this machine, until the test is over. */
export async function dial(port: number, host = '127.0.0.1'): Promise<Peer> {
  const socket = connect({ port, host, allowHalfOpen: true });
  const peer = new Peer(socket);
  await new Promise<void>((resolve, reject) => void socket.once('connect', resolve).once('error', reject));
  onTestFinished(() => void socket.destroy());
  return peer;
}

/** Connects with TLS; rejects if the handshake fails. */
export async function dialTls(port: number, options: ConnectionOptions): Promise<Peer> {
  const socket = connectTls({ port, host: '127.0.0.1', allowHalfOpen: true, ...options } as ConnectionOptions);
  const peer = new Peer(socket);
  onTestFinished(() => void socket.destroy());
  await new Promise<void>((resolve, reject) => void socket.once('secureConnect', resolve).once('error', reject));
  return peer;
}
