// All findings. A new one: copy a file, add its line here, add its fixture.

import type { FindingDefinition } from '../finding.ts';
import { accessRefused } from './access-refused.ts';
import { ackMultipleAcrossConsumers } from './ack-multiple-across-consumers.ts';
import { authenticationFailed } from './authentication-failed.ts';
import { autoAckLoss } from './auto-ack-loss.ts';
import { blockedConsumer } from './blocked-consumer.ts';
import { channelError } from './channel-error.ts';
import { channelPerMessage } from './channel-per-message.ts';
import { closedWithError } from './closed-with-error.ts';
import { commandInvalid } from './command-invalid.ts';
import { connectionChurn } from './connection-churn.ts';
import { connectionForced } from './connection-forced.ts';
import { connectionPerMessage } from './connection-per-message.ts';
import { consumerCancelled } from './consumer-cancelled.ts';
import { consumerTimeout } from './consumer-timeout.ts';
import { declarePerPublish } from './declare-per-publish.ts';
import { deprecatedInRabbitMq4 } from './deprecated-in-rabbitmq-4.ts';
import { frameTooLarge } from './frame-too-large.ts';
import { globalQos } from './global-qos.ts';
import { handshakeTimeout } from './handshake-timeout.ts';
import { heartbeatOff } from './heartbeat-off.ts';
import { heartbeatShort } from './heartbeat-short.ts';
import { hugeMessage } from './huge-message.ts';
import { inequivalentDeclaration } from './inequivalent-declaration.ts';
import { interleavedPublish } from './interleaved-publish.ts';
import { internalError } from './internal-error.ts';
import { lateReply } from './late-reply.ts';
import { longUnacked } from './long-unacked.ts';
import { messageTooLarge } from './message-too-large.ts';
import { missedHeartbeats } from './missed-heartbeats.ts';
import { missingCorrelationId } from './missing-correlation-id.ts';
import { noConnectionName } from './no-connection-name.ts';
import { noPrefetch } from './no-prefetch.ts';
import { notAllowed } from './not-allowed.ts';
import { notAmqp } from './not-amqp-0-9-1.ts';
import { notFound } from './not-found.ts';
import { notImplemented } from './not-implemented.ts';
import { orphanReply } from './orphan-reply.ts';
import { pollingGet } from './polling-get.ts';
import { preconditionFailed } from './precondition-failed.ts';
import { prefetchExhausted } from './prefetch-exhausted.ts';
import { prefetchOne } from './prefetch-one.ts';
import { protocolError } from './protocol-error.ts';
import { publishWhileBlocked } from './publish-while-blocked.ts';
import { redeliveryLoop } from './redelivery-loop.ts';
import { requeueStorm } from './requeue-storm.ts';
import { resourceLocked } from './resource-locked.ts';
import { returnsIgnored } from './returns-ignored.ts';
import { socketClosed } from './socket-closed.ts';
import { transientToDurable } from './transient-to-durable.ts';
import { txMode } from './tx-mode.ts';
import { unackedGrowth } from './unacked-growth.ts';
import { unconfirmedPublishing } from './unconfirmed-publishing.ts';
import { unknownDeliveryTag } from './unknown-delivery-tag.ts';
import { unroutable } from './unroutable.ts';
import { unroutablePredicted } from './unroutable-predicted.ts';
import { vhostRefused } from './vhost-refused.ts';

/** Why a channel or connection closed, or is about to. */
export const WHY_IT_CLOSED: readonly FindingDefinition[] = [
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
];

/** What works for now, and will hurt. */
export const HABITS_THAT_HURT: readonly FindingDefinition[] = [
  ackMultipleAcrossConsumers,
  autoAckLoss,
  blockedConsumer,
  channelPerMessage,
  connectionChurn,
  connectionPerMessage,
  declarePerPublish,
  deprecatedInRabbitMq4,
  globalQos,
  heartbeatOff,
  heartbeatShort,
  hugeMessage,
  lateReply,
  longUnacked,
  missingCorrelationId,
  noConnectionName,
  noPrefetch,
  orphanReply,
  pollingGet,
  prefetchExhausted,
  prefetchOne,
  publishWhileBlocked,
  redeliveryLoop,
  requeueStorm,
  returnsIgnored,
  transientToDurable,
  txMode,
  unackedGrowth,
  unconfirmedPublishing,
  unroutable,
  unroutablePredicted,
];

export const FINDINGS: readonly FindingDefinition[] = [...WHY_IT_CLOSED, ...HABITS_THAT_HURT];
