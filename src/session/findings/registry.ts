// All findings. A new one: copy a file, add its line here, add its fixture.

import type { FindingDefinition } from '../finding.ts';
import { accessRefused } from './access-refused.ts';
import { authenticationFailed } from './authentication-failed.ts';
import { channelError } from './channel-error.ts';
import { closedWithError } from './closed-with-error.ts';
import { commandInvalid } from './command-invalid.ts';
import { connectionForced } from './connection-forced.ts';
import { consumerCancelled } from './consumer-cancelled.ts';
import { consumerTimeout } from './consumer-timeout.ts';
import { frameTooLarge } from './frame-too-large.ts';
import { handshakeTimeout } from './handshake-timeout.ts';
import { inequivalentDeclaration } from './inequivalent-declaration.ts';
import { interleavedPublish } from './interleaved-publish.ts';
import { internalError } from './internal-error.ts';
import { messageTooLarge } from './message-too-large.ts';
import { missedHeartbeats } from './missed-heartbeats.ts';
import { notAllowed } from './not-allowed.ts';
import { notAmqp } from './not-amqp-0-9-1.ts';
import { notFound } from './not-found.ts';
import { notImplemented } from './not-implemented.ts';
import { preconditionFailed } from './precondition-failed.ts';
import { protocolError } from './protocol-error.ts';
import { resourceLocked } from './resource-locked.ts';
import { socketClosed } from './socket-closed.ts';
import { unknownDeliveryTag } from './unknown-delivery-tag.ts';
import { vhostRefused } from './vhost-refused.ts';

export const FINDINGS: readonly FindingDefinition[] = [
  // Why it closed
  accessRefused,
  authenticationFailed,
  channelError,
  closedWithError,
  commandInvalid,
  connectionForced,
  consumerCancelled,
  consumerTimeout,
  frameTooLarge,
  handshakeTimeout,
  inequivalentDeclaration,
  interleavedPublish,
  internalError,
  messageTooLarge,
  missedHeartbeats,
  notAllowed,
  notAmqp,
  notFound,
  notImplemented,
  preconditionFailed,
  protocolError,
  resourceLocked,
  socketClosed,
  unknownDeliveryTag,
  vhostRefused,

  // Habits that hurt
];
