// One client of the broker: its bytes in, the broker's bytes out; no socket in here. Connection methods are handled in
// handshake.ts until the connection is open, channels each in a Channel.
// Counterpart: whoever holds the transport (listener.ts) calls `receive`, `drained` and `disconnected`.
// Invariants: an error of the client closes its channel or its connection, and no one else notices; after
// connection.close nothing is heard but its answer.

import { ProtocolError } from '../../errors.ts';
import { FRAME_BODY, FRAME_HEADER, FRAME_HEARTBEAT, FRAME_METHOD, HEARTBEAT_FRAME } from '../../protocol/frame.ts';
import { decodeMethod, encodeMethodFrame } from '../../protocol/method.ts';
import type { ArgumentsOf, MethodName } from '../../protocol/method-table.ts';
import { PROTOCOL_HEADER } from '../../protocol/protocol-header.ts';
import { Permits } from '../access/permits.ts';
import type { User } from '../access/user.ts';
import type { Broker } from '../broker.ts';
import { Channel } from '../channel/channel.ts';
import type { Timer } from '../clock.ts';
import type { Queue } from '../queue/queue.ts';
import { NO_METHOD, ReplyError } from '../reply-error.ts';
import type { VirtualHost } from '../virtual-host.ts';
import { CONNECTION_METHODS } from './connection-methods.ts';
import { FlowControl } from './flow-control.ts';
import { assertText, frameError, PUBLISH, unannouncedContent, undecodable, unexpectedFrame } from './frame-error.ts';
import { FrameInput, type FrameTaker } from './frame-input.ts';
import { Greeting } from './greeting.ts';
import { Handshake } from './handshake.ts';
import { Heartbeat } from './heartbeat.ts';
import { Output } from './output.ts';
import type { PeerInfo, Transport } from './transport.ts';

/** How long a client may take for the handshake, and to answer connection.close, in ms (RabbitMQ's values). */
const HANDSHAKE_TIMEOUT_MS = 10_000;
const CLOSE_TIMEOUT_MS = 30_000;
/** How long the socket of a client that is no longer listened to, or not trusted, stays open, in ms. */
const LOST_TIMEOUT_MS = 3000;
/** Until connection.tune-ok says more. */
const FIRST_FRAME_MAX = 8192;
/** Class and method id. */
const SMALLEST_METHOD = 4;
/** Class, weight, body size. */
const SMALLEST_HEADER = 12;

type State = 'header' | 'handshake' | 'running' | 'closing' | 'closed';

export class BrokerConnection implements FrameTaker {
  readonly broker: Broker;
  readonly peer: PeerInfo;
  readonly output: Output;
  readonly channels = new Map<number, Channel>();
  readonly exclusiveQueues = new Set<Queue>();
  readonly openedAt: number;
  readonly handshake: Handshake;
  /** `127.0.0.1:50412 -> 127.0.0.1:5672`, as RabbitMQ names connections. */
  readonly name: string;
  bytesReceived = 0;
  /** In so many pieces. */
  piecesReceived = 0;
  channelMax = 0;
  frameMax = 0;
  heartbeatInterval = 0;
  readonly flow: FlowControl;
  vhost!: VirtualHost;
  user!: User;
  permits!: Permits;
  readonly #transport: Transport;
  readonly #input: FrameInput;
  #state: State = 'header';
  readonly #greeting = new Greeting();
  #heartbeat: Heartbeat | undefined;
  #deadline: Timer | undefined;
  #dirty = false;
  /** Channels that have something to say at the end of the turn. */
  readonly #settling: Channel[] = [];
  /** Where frames begin in what comes is no longer known, or nobody wants to know. */
  #lost = false;
  /** Class and method that are being handled, for close methods. */
  #classId = 0;
  #methodId = 0;

  constructor(broker: Broker, transport: Transport, peer: PeerInfo) {
    this.broker = broker;
    this.peer = peer;
    this.#transport = transport;
    this.output = new Output(transport);
    this.flow = new FlowControl(transport, this.output, broker.memory);
    this.#input = new FrameInput(this);
    this.#input.frameMax = FIRST_FRAME_MAX;
    this.handshake = new Handshake(this);
    this.openedAt = broker.clock.now();
    this.name = `${peer.address}:${peer.port} -> ${peer.localAddress}:${peer.localPort}`;
    this.#deadline = broker.clock.after(HANDSHAKE_TIMEOUT_MS, () => this.#handshakeTimedOut());
  }

  get state(): State {
    return this.#state;
  }

  get bytesSent(): number {
    return this.output.sent + this.output.at;
  }

  /** It has published while memory or disk are short, and is therefore not read from. */
  get blocked(): boolean {
    return this.flow.blocked;
  }

  /** It is not read from for now. */
  get unheard(): boolean {
    return this.flow.unheard;
  }

  /** Nothing that comes now is looked at. */
  get deaf(): boolean {
    return this.#lost || this.#state === 'closed';
  }

  /** Takes the bytes `chunk[0, size)` from the client, valid during the call only. */
  receive(chunk: Uint8Array, size: number): void {
    this.bytesReceived += size;
    this.piecesReceived++;
    if (this.deaf) return;
    try {
      const at = this.#state === 'header' ? this.#takeHeader(chunk, size) : 0;
      if (at < size) this.#input.push(at === 0 ? chunk : chunk.subarray(at), size - at);
    } catch (error) {
      this.#fail(error, 0);
      this.#lose();
    }
  }

  /** What waited has left. */
  drained(): void {
    if (this.#state === 'closed') return;
    this.#weigh();
    if (this.flow.drained()) for (const channel of this.channels.values()) channel.wakeConsumers();
  }

  /** The transport is gone, or the client's half of it. */
  disconnected(): void {
    if (this.#state === 'closed') return;
    const abrupt = this.#state === 'running';
    this.#end();
    this.#transport.end();
    if (abrupt) this.broker.log(`${this.name}: client unexpectedly closed TCP connection`, 'warning');
  }

  /** Closes from the broker's side, and waits for the client's answer. */
  close(replyCode: number, replyText: string, classId = 0, methodId = 0): void {
    if (this.#lost) return this.hangUp();
    if (this.#state === 'closing' || this.#state === 'closed') return;
    this.#leaveChannels();
    const arguments_ = { reply_code: replyCode, reply_text: replyText, class_id: classId, method_id: methodId };
    this.send(0, 'connection.close', arguments_);
    this.#awaitEnd();
  }

  /** Ends the transport once all has left. */
  hangUp(): void {
    if (this.#state === 'closed') return;
    this.#end();
    this.output.flush();
    this.#transport.end();
  }

  send<M extends MethodName>(channel: number, name: M, values: Partial<ArgumentsOf<M>>): void {
    if (this.#state === 'closed' || this.#state === 'closing') return;
    this.output.write(encodeMethodFrame(channel, name, values));
    this.touch();
  }

  /** Something was put into the output, or is to be said at the end of the turn: see to it then. */
  touch(): void {
    if (this.#dirty) return;
    this.#dirty = true;
    this.broker.turn.add(this);
  }

  /** The turn ends: what was gathered leaves. */
  settle(): void {
    this.#dirty = false;
    if (this.#state === 'closed') return;
    for (const channel of this.#settling) channel.settle();
    this.#settling.length = 0;
    this.output.flush();
    this.#weigh();
  }

  /** The channel has confirms to send at the end of the turn. */
  settleLater(channel: Channel): void {
    this.#settling.push(channel);
    this.touch();
  }

  /** More is waiting than a consumer should add to. */
  get full(): boolean {
    if (this.output.full) {
      this.output.flush();
      this.#weigh();
    }
    return this.flow.congested;
  }

  frame(type: number, number: number, bytes: Uint8Array, start: number, end: number): void {
    if (this.#state === 'closing') return this.#awaitCloseOk(type, number, bytes, start, end);
    try {
      if (number === 0) this.#frameOnConnection(type, bytes, start, end);
      else this.#frameOnChannel(type, number, bytes, start, end);
    } catch (error) {
      const undecoded = type === FRAME_METHOD && error instanceof ProtocolError && error.replyCode === 502;
      this.#fail(undecoded ? undecodable(bytes, start + SMALLEST_METHOD, end) : error, number);
    }
  }

  tuned(channelMax: number, frameMax: number, heartbeat: number): void {
    this.channelMax = channelMax;
    this.frameMax = frameMax;
    this.heartbeatInterval = heartbeat;
    this.#input.frameMax = frameMax;
    if (heartbeat > 0) this.#heartbeat = new Heartbeat(this.broker.clock, this, heartbeat);
  }

  /** Enters the virtual host. Throws ReplyError 530. */
  opened(vhostName: string): void {
    const user = this.handshake.user!;
    this.broker.admit(this, user, vhostName);
    this.user = user;
    this.vhost = this.broker.vhosts.get(vhostName)!;
    this.permits = new Permits(this.broker.access, user.name, vhostName);
    this.broker.churn.connectionsOpened++;
    this.#deadline?.cancel();
    this.#state = 'running';
    this.broker.log(`${this.name}: user '${user.name}' authenticated and granted access to vhost '${vhostName}'`);
  }

  sendHeartbeat(): void {
    this.output.write(HEARTBEAT_FRAME);
    this.touch();
  }

  heartbeatMissed(): void {
    this.broker.log(`${this.name}: missed heartbeats from client, timeout: ${this.heartbeatInterval}s`, 'warning');
    this.#cut();
  }

  /** It publishes while resources are short: it is not read from until they no longer are, and told so. */
  holdBack(reason: string): void {
    if (this.blocked || this.#state !== 'running') return;
    this.flow.block();
    if (this.handshake.hasCapability('connection.blocked')) this.send(0, 'connection.blocked', { reason });
  }

  /** Resources are no longer short. */
  letGo(): void {
    if (!this.blocked) return;
    this.flow.unblock();
    if (this.handshake.hasCapability('connection.blocked')) this.send(0, 'connection.unblocked', {});
  }

  /** The channel is gone; its number is free again. */
  forget(channel: Channel): void {
    this.channels.delete(channel.number);
  }

  /** Whoever is asked to hang up is listened to in any case. */
  #weigh(): void {
    if (this.#state !== 'closing' && this.#state !== 'closed') this.flow.weigh();
  }

  #takeHeader(chunk: Uint8Array, size: number): number {
    const taken = this.#greeting.take(chunk, size);
    if (!this.#greeting.accepted) return this.#refuseProtocol();
    if (!this.#greeting.complete) return size;
    this.#state = 'handshake';
    this.handshake.begin();
    return taken;
  }

  /** §2.2.4: the broker answers with the header of the protocol that it speaks, and closes. */
  #refuseProtocol(): never {
    this.output.write(PROTOCOL_HEADER);
    this.broker.log(`${this.name}: bad header: ${this.#greeting.bytes.join(',')}`, 'warning');
    this.hangUp();
    throw new ReplyError(501, 'bad protocol header', 'connection');
  }

  #frameOnConnection(type: number, bytes: Uint8Array, start: number, end: number): void {
    const size = end - start;
    if (type === FRAME_HEARTBEAT && size === 0) return;
    if (type === FRAME_BODY || (type === FRAME_HEADER && size >= SMALLEST_HEADER)) {
      throw unexpectedFrame(type, bytes, start, end);
    }
    if (type !== FRAME_METHOD || size < SMALLEST_METHOD) throw frameError(type, bytes, start, end, 'unknown_frame');
    this.#classId = (bytes[start]! << 8) | bytes[start + 1]!;
    this.#methodId = (bytes[start + 2]! << 8) | bytes[start + 3]!;
    const { method, arguments: values } = decodeMethod(bytes, start, end);
    assertText(method, values);
    const handler = CONNECTION_METHODS[method.name];
    if (!handler || handler.state !== this.#methodState) {
      throw new ReplyError(504, `unexpected method in connection state ${this.#methodState}`, 'connection');
    }
    handler.handle(this, values);
  }

  get #methodState(): string {
    return this.#state === 'handshake' ? this.handshake.state : this.#state;
  }

  #frameOnChannel(type: number, number: number, bytes: Uint8Array, start: number, end: number): void {
    if (this.#state !== 'running') throw unexpectedFrame(type, bytes, start, end);
    const channel = this.channels.get(number);
    const size = end - start;
    if (type === FRAME_METHOD && size >= SMALLEST_METHOD) {
      const classId = (bytes[start]! << 8) | bytes[start + 1]!;
      const methodId = (bytes[start + 2]! << 8) | bytes[start + 3]!;
      this.#classId = classId;
      this.#methodId = methodId;
      if (channel) channel.method(classId, methodId, bytes, start, end);
      else if (classId === 20 && methodId === 10) this.#openChannel(number);
      else throw new ReplyError(504, "expected 'channel.open'", 'connection');
    } else if (type === FRAME_BODY || (type === FRAME_HEADER && size >= SMALLEST_HEADER)) {
      if (!channel) throw unannouncedContent();
      this.#classId = PUBLISH.classId;
      this.#methodId = PUBLISH.methodId;
      if (type === FRAME_HEADER) channel.header(bytes, start, end);
      else channel.body(bytes, start, end);
    } else if (type === FRAME_HEARTBEAT && size === 0) {
      throw unexpectedFrame(type, bytes, start, end);
    } else {
      throw frameError(type, bytes, start, end, 'unknown_frame');
    }
  }

  #openChannel(number: number): void {
    if (this.channelMax !== 0 && this.channels.size >= this.channelMax) {
      throw new ReplyError(
        530,
        `number of channels opened (${this.channels.size}) has reached the negotiated channel_max (${this.channelMax})`,
        'connection',
        NO_METHOD,
      );
    }
    const { access } = this.broker;
    const user = this.user.name;
    if (access.limitsChannels(user)) access.checkUserChannelLimit(user, this.broker.channelsOf(this.user));
    this.channels.set(number, new Channel(this, number));
    this.broker.churn.channelsOpened++;
    this.send(number, 'channel.open-ok', {});
  }

  /** An error of the client, turned into the close method that it deserves. */
  #fail(error: unknown, number: number): void {
    if (this.#state === 'closed') return;
    const failure = asReplyError(error);
    if (!(error instanceof ReplyError) && !(error instanceof ProtocolError)) this.broker.defect(error);
    const where = number === 0 ? this.name : `${this.name} channel ${number}`;
    this.broker.log(`${where}: operation caused a ${failure.scope} exception: ${failure.message}`, 'error');
    const channel = this.channels.get(number);
    const { classId, methodId } = failure.culprit ?? { classId: this.#classId, methodId: this.#methodId };
    const arguments_ = [failure.replyCode, failure.replyText, classId, methodId] as const;
    if (failure.scope === 'channel' && channel) channel.close(...arguments_);
    else if (this.handshake.tells(failure)) this.close(...arguments_);
    else this.#hangUpSilently();
  }

  /** RabbitMQ keeps whom it does not know waiting before it hangs up, which slows down those who try passwords. */
  #hangUpSilently(): void {
    this.#awaitEnd();
    this.#lose();
  }

  /** What comes from now on cannot be understood, not even the answer to connection.close. */
  #lose(): void {
    if (this.#state !== 'closing') return;
    this.#lost = true;
    this.#deadline?.cancel();
    this.#deadline = this.broker.clock.after(LOST_TIMEOUT_MS, () => this.#cut());
  }

  /** All has been said: it is for the client to answer, and to hang up. */
  #awaitEnd(): void {
    this.#heartbeat?.stop();
    this.#state = 'closing';
    this.flow.listen();
    this.#deadline?.cancel();
    const heartbeatMs = this.heartbeatInterval * 1000;
    const timeout = heartbeatMs > 0 ? Math.min(heartbeatMs, CLOSE_TIMEOUT_MS) : CLOSE_TIMEOUT_MS;
    this.#deadline = this.broker.clock.after(timeout, () => this.#cut());
  }

  #awaitCloseOk(type: number, number: number, bytes: Uint8Array, start: number, end: number): void {
    if (type !== FRAME_METHOD || number !== 0 || end - start < 4 || bytes[start + 1] !== 10) return;
    const methodId = bytes[start + 3];
    if (methodId === 51) this.hangUp();
    if (methodId === 50) {
      this.output.write(encodeMethodFrame(0, 'connection.close-ok', {}));
      this.touch();
    }
  }

  #handshakeTimedOut(): void {
    this.broker.log(`${this.name}: handshake timed out`, 'warning');
    this.#cut();
  }

  /** Waits for nothing any more: the client finds its connection reset, as RabbitMQ does it. */
  #cut(): void {
    this.#end();
    this.#transport.destroy();
  }

  #leaveChannels(): void {
    for (const channel of [...this.channels.values()]) channel.leave();
    this.channels.clear();
    if (this.#state === 'running') this.broker.dropExclusive(this);
  }

  #end(): void {
    this.#leaveChannels();
    if (this.vhost) this.broker.log(`${this.name}: closed (vhost '${this.vhost.name}', user '${this.user.name}')`);
    this.#state = 'closed';
    this.#heartbeat?.stop();
    this.#deadline?.cancel();
    this.flow.end();
    this.broker.forget(this);
  }

  /** connection.close from the client. */
  closedByClient(): void {
    this.#leaveChannels();
    this.send(0, 'connection.close-ok', {});
    this.#awaitEnd();
  }
}

function asReplyError(error: unknown): ReplyError {
  if (error instanceof ReplyError) return error;
  if (error instanceof ProtocolError) return new ReplyError(error.replyCode as 502, error.message, 'connection');
  return new ReplyError(541, 'the broker made a mistake', 'connection');
}
