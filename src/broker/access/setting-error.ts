// What cannot be set: a user, permission, policy or parameter that is not as it must be. The message is RabbitMQ's text
// where RabbitMQ has one. Counterpart: ReplyError, for what a client is told on the wire.

import { AmqpSpyError } from '../../errors.ts';

export class SettingError extends AmqpSpyError {
  constructor(message: string, options?: ErrorOptions) {
    super('ERR_SETTING', message, options);
  }
}
