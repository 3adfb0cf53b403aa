// The library: what `import { … } from 'amqp-spy'` gives. Everything else is internal.

export type * from './api/json.ts';
export { type Api, type ApiOptions, startApi } from './api/server.ts';
export { type Broker, type BrokerOptions, createBroker, type LogLevel } from './broker/broker.ts';
export type { BrokerSocket } from './broker/broker-socket.ts';
export { AmqpSpyError, CaptureFormatError, ConfigError, FilterSyntaxError, ProtocolError } from './errors.ts';
export type { FaultKind, FaultSpec } from './faults/registry.ts';
export { type Candidate, type Completions, completions } from './filter/completions.ts';
export { type Filter, parseFilter } from './filter/filter.ts';
export { Cursor } from './log/cursor.ts';
export { eventOf, type LogEvent } from './log/frame-event.ts';
export { FrameLog } from './log/frame-log.ts';
export { type ListenAddress, parseListenAddress, parseUpstreams, type UpstreamAddress } from './net/address.ts';
export { decodeContentHeader, encodeContentHeaderFrame } from './protocol/content-header.ts';
export type { FieldTable, FieldValue } from './protocol/field-table.ts';
export { decodeMethod, encodeMethodFrame } from './protocol/method.ts';
export type { ArgumentsOf, BasicProperties, MethodName } from './protocol/method-table.ts';
export { SPEC } from './protocol/spec.ts';
export type { Connection, ConnectionTable } from './session/connection-table.ts';
export type { Session } from './session/session.ts';
export { type Spy, type SpyOptions, startSpy } from './spy.ts';
export { VERSION } from './version.ts';
