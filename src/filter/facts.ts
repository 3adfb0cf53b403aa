// The fields that stand on no wire as they are: facts of the record, of its connection, of what the session found out.
// Part of fields.ts. Invariant: reading one never throws, and gives undefined where it is not known.

import { SEVERITIES } from '../log/note.ts';
import { ORIGINS } from '../log/runs.ts';
import { directionName, FRAME_OVERHEAD } from '../protocol/frame.ts';
import { classNameById, METHODS } from '../protocol/method-table.ts';
import { SPEC } from '../protocol/spec.ts';
import type { ConnectionFacts } from './context.ts';
import type { FieldType } from './fields.ts';
import { AT_END, AT_HEADER, AT_METHOD, NOTE_KINDS, RECORD_KINDS, type Stage, type Subject } from './subject.ts';
import type { Scalar } from './value.ts';
import { argumentField, longlongAt, readWire } from './wire-field.ts';

export interface Fact {
  readonly name: string;
  readonly type: FieldType;
  readonly summary: string;
  readonly where: string;
  readonly aliases?: readonly string[];
  /** For fields of type `word`: all that they can be. */
  readonly words?: readonly string[];
  /** When it can be asked. */
  readonly stage: Stage;
  read(subject: Subject): Scalar | undefined;
  /** Whether the bare field is true, where that says more than `read`. */
  isPresent?(subject: Subject): boolean;
}

const EVERY = 'every record';
const FRAMES = 'every frame';
const COMMANDS = 'commands';
const CONNECTED = 'records of a connection whose handshake was seen';

/** Octets of class id and method id, and of a content header's fixed part. */
const IDS_SIZE = 4;
const BODY_SIZE_AT = 4;
const BODY_SIZE_END = 12;
const QUEUE = argumentField('queue', 'shortstr', false);

function idAt(subject: Subject, offset: number): number | undefined {
  const payload = subject.methodPayload;
  if (!payload || payload.end - payload.start < IDS_SIZE) return undefined;
  const at = payload.start + offset;
  return (payload.bytes[at]! << 8) | payload.bytes[at + 1]!;
}

function methodName(subject: Subject): string | undefined {
  if (subject.method) return subject.method.name;
  const classId = idAt(subject, 0);
  return classId === undefined ? undefined : `${classId}.${idAt(subject, 2)}`;
}

function className(subject: Subject): string | undefined {
  return subject.method?.className ?? classNameById(idAt(subject, 0) ?? -1);
}

function bodySize({ headerPayload }: Subject): number | bigint | undefined {
  if (!headerPayload || headerPayload.end - headerPayload.start < BODY_SIZE_END) return undefined;
  return longlongAt(headerPayload.bytes, headerPayload.start + BODY_SIZE_AT);
}

const RECORD_FACTS: readonly Fact[] = [
  {
    name: 'id',
    type: 'number',
    summary: 'number of the record, of a command its first',
    where: EVERY,
    stage: AT_METHOD,
    read: (subject) => subject.id,
  },
  {
    name: 'time',
    type: 'time',
    summary: 'when it passed: "2026-11-22T10:00:00Z", or seconds since 1970',
    where: EVERY,
    stage: AT_METHOD,
    read: (subject) => subject.time,
  },
  {
    name: 'type',
    type: 'word',
    words: [...RECORD_KINDS, ...NOTE_KINDS],
    summary: "kind of record; a command's is method (the type of a message is properties.type)",
    where: EVERY,
    stage: AT_METHOD,
    read: (subject) => subject.kind,
  },
  {
    name: 'connection',
    type: 'number',
    summary: 'number of the connection',
    where: EVERY,
    stage: AT_METHOD,
    read: (subject) => subject.connection,
  },
  {
    name: 'channel',
    type: 'number',
    summary: 'number of the channel',
    where: FRAMES,
    aliases: ['amqp.channel'],
    stage: AT_METHOD,
    read: (subject) => subject.channel,
  },
  {
    name: 'direction',
    type: 'word',
    words: ['client-to-server', 'server-to-client'],
    summary: 'whither it goes',
    where: EVERY,
    stage: AT_METHOD,
    read: ({ direction }) => (direction === undefined ? undefined : directionName(direction)),
  },
  {
    name: 'origin',
    type: 'word',
    words: ORIGINS,
    summary: 'how it came to pass',
    where: FRAMES,
    stage: AT_METHOD,
    read: (subject) => subject.origin,
  },
  {
    name: 'method',
    type: 'word',
    words: METHODS.map(({ name }) => name),
    summary: 'method of the command',
    where: COMMANDS,
    stage: AT_METHOD,
    read: methodName,
  },
  {
    name: 'class',
    type: 'word',
    words: Object.keys(SPEC),
    summary: "class of the command's method",
    where: COMMANDS,
    stage: AT_METHOD,
    read: className,
  },
  {
    name: 'method.id',
    type: 'number',
    summary: 'number of the method within its class',
    where: COMMANDS,
    aliases: ['amqp.method.method'],
    stage: AT_METHOD,
    read: (subject) => idAt(subject, 2),
  },
  {
    name: 'class.id',
    type: 'number',
    summary: 'number of the class',
    where: COMMANDS,
    aliases: ['amqp.method.class'],
    stage: AT_METHOD,
    read: (subject) => idAt(subject, 0),
  },
  {
    name: 'size',
    type: 'number',
    summary: 'bytes on the wire, of a command all its frames',
    where: 'every record but notes',
    stage: AT_END,
    read: ({ size }) => (size > 0 ? size : undefined),
  },
  {
    name: 'frames',
    type: 'number',
    summary: 'number of frames of the command',
    where: FRAMES,
    stage: AT_END,
    read: ({ frames }) => (frames > 0 ? frames : undefined),
  },
  {
    name: 'frame.size',
    type: 'number',
    summary: 'bytes on the wire of the largest frame',
    where: FRAMES,
    stage: AT_END,
    read: ({ largestFrame }) => (largestFrame > 0 ? largestFrame : undefined),
  },
  {
    name: 'frame.payload_size',
    type: 'number',
    summary: 'bytes of the payload of the largest frame',
    where: FRAMES,
    aliases: ['amqp.length'],
    stage: AT_END,
    read: ({ largestFrame }) => (largestFrame > 0 ? largestFrame - FRAME_OVERHEAD : undefined),
  },
];

const CONTENT_FACTS: readonly Fact[] = [
  {
    name: 'body_size',
    type: 'number',
    summary: 'bytes of the body, as the content header says',
    where: 'content header',
    aliases: ['amqp.header.body-size'],
    stage: AT_HEADER,
    read: bodySize,
  },
];

const SESSION_FACTS: readonly Fact[] = [
  {
    name: 'latency',
    type: 'duration',
    summary: 'time since what it answers; of a delivery, since its publish',
    where: 'acks, confirms, -ok methods, replies, deliveries',
    stage: AT_END,
    read: ({ context, id }) => context.latencyOf(id),
  },
  {
    name: 'queue',
    type: 'string',
    summary: 'queue that the method names, or that a delivery or an ack is about',
    where: 'queue methods, basic.consume, get, deliver, get-ok, ack, nack, reject',
    stage: AT_METHOD,
    read: (subject) => readWire(QUEUE, subject) ?? subject.context.queueOf(subject.id),
  },
  {
    name: 'finding',
    type: 'string',
    summary: 'a finding by its id; alone: a finding, or the evidence of one',
    where: 'findings, and the records that show them',
    stage: AT_END,
    read: ({ note }) => (note?.type === 'finding' ? note.finding : undefined),
    isPresent: ({ note, context, id }) => note?.type === 'finding' || context.hasFinding(id),
  },
  {
    name: 'finding.severity',
    type: 'word',
    words: SEVERITIES,
    summary: 'severity of the finding',
    where: 'findings',
    stage: AT_END,
    read: ({ note }) => (note?.type === 'finding' ? note.severity : undefined),
  },
];

const CONNECTION_FACTS: readonly Fact[] = [
  ofConnection('client.product', 'string', 'client library', (facts) => facts.clientProduct),
  ofConnection('client.version', 'string', 'its version', (facts) => facts.clientVersion),
  ofConnection('client.name', 'string', 'connection_name that the client gave', (facts) => facts.name, [
    'connection_name',
    'connection.name',
  ]),
  ofConnection('client.address', 'string', 'address of the client', (facts) => facts.client?.address),
  ofConnection('client.port', 'number', 'port of the client', (facts) => facts.client?.port),
  ofConnection('server.product', 'string', 'broker', (facts) => facts.serverProduct),
  ofConnection('server.version', 'string', 'its version', (facts) => facts.serverVersion),
  ofConnection('server.address', 'string', 'address of the broker', (facts) => facts.server?.address),
  ofConnection('server.port', 'number', 'port of the broker', (facts) => facts.server?.port),
  ofConnection('user', 'string', 'user who logged in', (facts) => facts.user),
  ofConnection('vhost', 'string', 'virtual host', (facts) => facts.virtualHost),
  ofConnection('tls', 'boolean', 'encrypted on either side', (facts) => (facts.tls?.length ?? 0) > 0),
  ofConnection('client.tls', 'boolean', 'encrypted towards the client', (facts) => facts.tls?.includes('client')),
  ofConnection('server.tls', 'boolean', 'encrypted towards the broker', (facts) => facts.tls?.includes('server')),
];

function ofConnection(
  name: string,
  type: FieldType,
  summary: string,
  fact: (facts: ConnectionFacts) => Scalar | undefined,
  aliases: readonly string[] = [],
): Fact {
  return {
    name,
    type,
    summary,
    where: CONNECTED,
    aliases,
    stage: AT_METHOD,
    read({ context, connection }) {
      const facts = context.connection(connection);
      return facts && fact(facts);
    },
  };
}

export const FACTS: readonly Fact[] = [...RECORD_FACTS, ...CONTENT_FACTS, ...SESSION_FACTS, ...CONNECTION_FACTS];
