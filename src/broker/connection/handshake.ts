// From the protocol header to connection.open-ok (AMQP 0-9-1 §2.2.4): who the client is, and within which limits it and
// the broker will speak. Counterpart: connection.ts, which hands over to its channels once this is done.
//
//   header ─▶ starting ─start-ok▶ tuning ─tune-ok▶ opening ─open▶ running

import type { FieldTable } from '../../protocol/field-table.ts';
import { fieldOf } from '../../protocol/field-table.ts';
import type { ArgumentsOf } from '../../protocol/method-table.ts';
import { encodeText } from '../../protocol/text.ts';
import type { User } from '../access/user.ts';
import { NO_METHOD, ReplyError } from '../reply-error.ts';
import type { BrokerConnection } from './connection.ts';
import { credentialsOf } from './sasl.ts';
import { serverProperties } from './server-properties.ts';
import { isLoopback } from './transport.ts';

/** RabbitMQ's defaults. */
export const OFFERED = { channelMax: 2047, frameMax: 131_072, heartbeat: 60 };
/** AMQP 0-9-1: a frame of this size must always be possible. */
const FRAME_MIN_SIZE = 4096;

export type HandshakeState = 'starting' | 'tuning' | 'opening' | 'running';

export class Handshake {
  state: HandshakeState = 'starting';
  clientProperties: FieldTable = [];
  mechanism = '';
  user: User | undefined;
  readonly #connection: BrokerConnection;

  constructor(connection: BrokerConnection) {
    this.#connection = connection;
  }

  /** The protocol header has come. */
  begin(): void {
    const { broker } = this.#connection;
    this.#connection.send(0, 'connection.start', {
      version_major: 0,
      version_minor: 9,
      server_properties: serverProperties(broker.clusterName),
      mechanisms: this.#mechanisms,
      locales: 'en_US',
    });
  }

  startOk({ client_properties, mechanism, response }: ArgumentsOf<'connection.start-ok'>): void {
    const connection = this.#connection;
    this.clientProperties = client_properties;
    this.mechanism = mechanism;
    this.user = this.#authenticate(mechanism, encodeText(response));
    this.state = 'tuning';
    const { channelMax, frameMax, heartbeat } = connection.broker.offered;
    connection.send(0, 'connection.tune', { channel_max: channelMax, frame_max: frameMax, heartbeat });
  }

  tuneOk({ channel_max, frame_max, heartbeat }: ArgumentsOf<'connection.tune-ok'>): void {
    const { channelMax, frameMax } = this.#connection.broker.offered;
    assertNegotiated('frame_max', FRAME_MIN_SIZE, frame_max, frameMax);
    assertNegotiated('channel_max', 1, channel_max, channelMax);
    this.#connection.tuned(channel_max, frame_max, heartbeat);
    this.state = 'opening';
  }

  open({ virtual_host }: ArgumentsOf<'connection.open'>): void {
    this.#connection.opened(virtual_host);
    this.state = 'running';
    this.#connection.send(0, 'connection.open-ok', {});
  }

  /** EXTERNAL only to those it lets in: some clients prefer it to their password as soon as it is offered. */
  get #mechanisms(): string {
    const { broker, peer } = this.#connection;
    const name = peer.certificateName;
    return name !== undefined && broker.access.users.has(name) ? 'PLAIN AMQPLAIN EXTERNAL' : 'PLAIN AMQPLAIN';
  }

  /**
   * Whether the client is told what it did wrong. RabbitMQ closes the socket without a word as long as it does not trust
   * the client; of a failed login it tells those that declare to understand.
   */
  tells({ replyCode }: ReplyError): boolean {
    if (this.state === 'opening' || this.state === 'running') return true;
    return replyCode === 403 && this.hasCapability('authentication_failure_close');
  }

  /** Whether the client told that it knows a capability, such as `connection.blocked`. */
  hasCapability(name: string): boolean {
    const capabilities = fieldOf(this.clientProperties, 'capabilities');
    return capabilities?.type === 'F' && fieldOf(capabilities.value, name)?.value === true;
  }

  #authenticate(mechanism: string, response: Uint8Array): User {
    const { broker, peer } = this.#connection;
    const credentials = credentialsOf(mechanism, response, peer.certificateName);
    const { name } = credentials;
    const result =
      credentials.password === undefined
        ? broker.access.authenticateByName(name)
        : broker.access.authenticate(name, credentials.password);
    if (result.refused !== undefined) throw this.#refused(mechanism, result.refused);
    if (broker.access.isLoopbackOnly(name) && !isLoopback(peer)) {
      throw this.#refused(mechanism, `user '${name}' can only connect via localhost`);
    }
    broker.churn.loginsSucceeded++;
    return result.user;
  }

  #refused(mechanism: string, why: string): ReplyError {
    this.#connection.broker.churn.loginsFailed++;
    this.#connection.broker.log(`${this.#connection.name}: ${mechanism} login refused: ${why}`, 'warning');
    return new ReplyError(
      403,
      `Login was refused using authentication mechanism ${mechanism}. For details see the broker logfile.`,
      'connection',
      NO_METHOD,
    );
  }
}

function assertNegotiated(name: string, least: number, value: number, offered: number): void {
  if (value !== 0 && value < least) {
    throw new ReplyError(530, `negotiated ${name} = ${value} is lower than the minimum allowed value (${least})`);
  }
  if (offered !== 0 && (value === 0 || value > offered)) {
    throw new ReplyError(
      530,
      `negotiated ${name} = ${value === 0 ? 'no limit' : value} is higher than the maximum allowed value (${offered})`,
    );
  }
}
