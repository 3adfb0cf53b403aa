// AMQP conversations written straight into a frame log, as a proxy would have seen them: what the tests of session
// tracking, and the transcripts that findings are shown on, are written in. No socket, no broker, and a clock that only
// these calls move. Counterpart: src/proxy/relay.ts, whose notes and connection entries these are.
// Invariant: the same script makes the same log; each call is one write, and returns the id of the first record it made.

import { FrameLog } from '../../src/log/frame-log.ts';
import type { Tape } from '../../src/log/tape.ts';
import { CLIENT_TO_SERVER, HEARTBEAT_FRAME, SERVER_TO_CLIENT } from '../../src/protocol/frame.ts';
import type { MethodName } from '../../src/protocol/method-table.ts';
import { PROTOCOL_HEADER } from '../../src/protocol/protocol-header.ts';
import { ConnectionTable } from '../../src/session/connection-table.ts';
import { ConversationChannel } from './conversation-channel.ts';
import { idsOf, type Peer, type PlainTable, Speaker, type Wire } from './conversation-speaker.ts';

/** 2026-11-22T10:00:00Z in µs. */
export const CONVERSATION_START = Date.UTC(2026, 10, 22, 10) * 1000;

const SERVER = { address: '127.0.0.1', port: 5672 };
const CAPABILITIES = {
  publisher_confirms: true,
  exchange_exchange_bindings: true,
  'basic.nack': true,
  consumer_cancel_notify: true,
  'connection.blocked': true,
  consumer_priorities: true,
  authentication_failure_close: true,
  per_consumer_qos: true,
};

export interface ConversationOptions {
  /** One of 4 MiB by default. */
  readonly log?: FrameLog;
  /** µs that each write takes: 100 by default. */
  readonly step?: number;
}

export interface ConnectOptions {
  /** Of client_properties: pika 1.3.2, unless told otherwise. */
  readonly product?: string;
  readonly version?: string;
  /** The connection_name; none by default. */
  readonly name?: string;
  readonly user?: string;
  readonly vhost?: string;
  /** What tune-ok says: seconds, channels, bytes. The server proposes 60, 2047 and 131072. */
  readonly heartbeat?: number;
  readonly channelMax?: number;
  readonly frameMax?: number;
  /** What the capture begins after: nothing of the handshake is seen. */
  readonly midway?: boolean;
  /** Added to, or put in the place of, the client properties above. */
  readonly clientProperties?: PlainTable;
  readonly mechanism?: 'PLAIN' | 'AMQPLAIN' | 'EXTERNAL';
  /** The version that RabbitMQ says it has: 3.10.8 by default. */
  readonly serverVersion?: string;
  /** The handshake breaks off after the client has sent this. */
  readonly until?: 'nothing' | 'connection.start-ok' | 'connection.tune-ok' | 'connection.open';
  readonly tls?: boolean;
}

export class Conversation {
  readonly log: FrameLog;
  readonly connections = new ConnectionTable();
  /** When the last write happened: µs since the Unix epoch. */
  time = CONVERSATION_START;
  readonly #step: number;
  #madeUp = 0;

  constructor({ log = new FrameLog({ size: 4 << 20 }), step = 100 }: ConversationOptions = {}) {
    this.log = log;
    this.#step = step;
    log.onConnectionMethod = ({ connection, direction }, bytes, start, end) =>
      this.connections.method(connection, direction, bytes, start, end);
  }

  /** Lets time pass, in ms. */
  wait(ms: number): void {
    this.time += ms * 1000;
  }

  /** A client connects and shakes hands. */
  connect(options: ConnectOptions = {}): ConversationClient {
    const client = new ConversationClient(this, this.connections.opened + 1, options);
    if (options.midway !== true) client.shakeHands(options);
    return client;
  }

  /** The clock's next reading. */
  tick(): number {
    this.time += this.#step;
    return this.time;
  }

  madeUpName(kind: string): string {
    this.#madeUp++;
    return `${kind}-${this.#madeUp}`;
  }
}

/** A connection, and channel 0 of it. */
export class ConversationClient extends Speaker {
  readonly id: number;
  /** Of its first record, the note that it opened. */
  readonly openedId: number;
  readonly #talk: Conversation;
  readonly #tapes: Readonly<Record<Peer, Tape>>;
  readonly #frameMax: number;
  readonly #midway: boolean;
  #lastChannel = 0;

  constructor(talk: Conversation, id: number, { midway = false, frameMax = 131_072, tls = false }: ConnectOptions) {
    const tapes = {
      client: talk.log.openTape(id, CLIENT_TO_SERVER),
      server: talk.log.openTape(id, SERVER_TO_CLIENT),
    };
    const wire: Wire = {
      write: (from, bytes) => {
        const first = talk.log.nextId;
        talk.log.append(tapes[from], bytes, talk.tick());
        return first;
      },
      madeUpName: (kind) => talk.madeUpName(kind),
    };
    super(wire, 0);
    this.id = id;
    this.#talk = talk;
    this.#tapes = tapes;
    this.#frameMax = frameMax;
    this.#midway = midway;
    this.openedId = this.#open(tls);
  }

  /** The entry and the note of a connection that begins. */
  #open(tls: boolean): number {
    const { client: fromClient, server: fromServer } = this.#tapes;
    const { log, connections } = this.#talk;
    const id = this.id;
    const time = this.#talk.tick();
    const client = { address: '127.0.0.1', port: 50_000 + id };
    if (this.#midway) {
      for (const tape of [fromClient, fromServer]) {
        tape.phase = 'frames';
        tape.secretive = false;
      }
    }
    const state = this.#midway ? 'open' : 'opening';
    connections.add({ id, client, server: SERVER, openedAt: time, state, fromClient, fromServer });
    const first = log.nextId;
    const note = { ...(tls && { tls: ['client'] as const }), ...(this.#midway && { midway: true as const }) };
    log.note(id, { type: 'connection.opened', client, server: SERVER, ...note }, time);
    return first;
  }

  shakeHands(options: ConnectOptions): void {
    const { mechanism = 'PLAIN', user = 'guest', vhost = '/', until } = options;
    const { heartbeat = 60, channelMax = 2047, frameMax = 131_072, serverVersion = '3.10.8' } = options;
    if (until === 'nothing') return;
    this.wire.write('client', PROTOCOL_HEADER);
    this.server('connection.start', {
      version_minor: 9,
      server_properties: { product: 'RabbitMQ', version: serverVersion, capabilities: CAPABILITIES },
      mechanisms: 'PLAIN AMQPLAIN',
      locales: 'en_US',
    });
    const client_properties = clientProperties(options);
    this.client('connection.start-ok', {
      client_properties,
      mechanism,
      response: sasl(mechanism, user),
      locale: 'en_US',
    });
    if (until === 'connection.start-ok') return;
    this.server('connection.tune', { channel_max: 2047, frame_max: 131_072, heartbeat: 60 });
    this.client('connection.tune-ok', { channel_max: channelMax, frame_max: frameMax, heartbeat });
    if (until === 'connection.tune-ok') return;
    this.client('connection.open', { virtual_host: vhost });
    if (until === 'connection.open') return;
    this.server('connection.open-ok');
  }

  /** Opens a channel: the next one, or the one of that number. Where the beginning was missed it was open before. */
  channel(number = this.#lastChannel + 1): ConversationChannel {
    this.#lastChannel = Math.max(this.#lastChannel, number);
    const channel = new ConversationChannel(this.wire, number, this.#frameMax);
    if (!this.#midway) channel.call('channel.open');
    return channel;
  }

  /** One peer sends bytes as they are. */
  bytes(from: Peer, bytes: Uint8Array): number {
    return this.wire.write(from, bytes);
  }

  heartbeat(from: Peer): number {
    return this.wire.write(from, HEARTBEAT_FRAME);
  }

  /** The client closes the connection, the server agrees, and the client hangs up. */
  close(replyCode = 200, replyText = 'Goodbye'): number {
    const id = this.call('connection.close', { reply_code: replyCode, reply_text: replyText });
    this.cut('client');
    return id;
  }

  /** The server closes the connection for what a method did, the client agrees, and the server hangs up. */
  closeByServer(replyCode: number, replyText: string, method?: MethodName): number {
    const id = this.server('connection.close', { reply_code: replyCode, reply_text: replyText, ...idsOf(method) });
    this.client('connection.close-ok');
    this.cut('server');
    return id;
  }

  /** The sockets end without a word. Returns the id of the note that says so. */
  cut(
    by: Peer | 'spy' | 'capture' = 'client',
    how: 'closed' | 'reset' | 'failed' | 'capture-ended' = 'closed',
    reason?: string,
  ): number {
    const { log, connections } = this.#talk;
    const { client, server } = this.#tapes;
    const time = this.#talk.tick();
    log.end(client, time);
    log.end(server, time);
    const id = log.nextId;
    const carried = { bytes_from_client: client.bytes, bytes_from_server: server.bytes };
    log.note(
      this.id,
      { type: 'connection.closed', by, how, ...(reason !== undefined && { reason }), ...carried },
      time,
    );
    connections.close(this.id, time, reason ?? `${by} ${how === 'reset' ? 'reset' : 'closed'} the connection`);
    return id;
  }
}

function clientProperties({ product = 'pika', version = '1.3.2', name, clientProperties }: ConnectOptions): PlainTable {
  const named = name === undefined ? {} : { connection_name: name };
  return { product, version, platform: 'Test', capabilities: CAPABILITIES, ...named, ...clientProperties };
}

/** The SASL response; its password is redacted in the log as any other. */
function sasl(mechanism: string, user: string): string {
  if (mechanism === 'PLAIN') return `\0${user}\0secret`;
  if (mechanism !== 'AMQPLAIN') return '';
  const longstr = (text: string) => `S\0\0\0${String.fromCharCode(text.length)}${text}`;
  return `\x05LOGIN${longstr(user)}\x08PASSWORD${longstr('secret')}`;
}
