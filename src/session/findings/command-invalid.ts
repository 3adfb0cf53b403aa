// 503 COMMAND_INVALID: a method, an exchange type or an authentication mechanism that the server does not have.

import { defineFinding } from '../finding.ts';
import { closedWhat, culprit, evidenceOf, onRefusal } from './refusal.ts';
import { clientKey, clientName } from './wording.ts';

const ADVICE: readonly (readonly [reason: RegExp, advice: string])[] = [
  [/exchange type/, 'Check the type (direct, fanout, topic, headers), or enable the plugin that brings it.'],
  [/authentication mechanism/, 'Choose one of the mechanisms that the server offers in connection.start.'],
];

export const commandInvalid = defineFinding({
  id: 'command-invalid',
  severity: 'error',
  title: 'The server has no such method or type',
  explanation:
    'The client used a method that is not for it to send, an exchange type that the server does not know, or an authentication mechanism that it does not offer. The server closes the whole connection.',
  advice: 'Check what the reply text names against what this server and its plugins support.',
  watch: ({ report }) =>
    onRefusal('command-invalid', (refusal) => {
      const { connection, channel, closure, reason } = refusal;
      const advice = ADVICE.find(([pattern]) => pattern.test(reason))?.[1];
      const what = culprit(refusal);
      report({
        connection,
        channel,
        subject: `${clientKey(connection)}/${reason}`,
        text: `${closedWhat(refusal)} ${clientName(connection)}${what && ` for its ${what}`}: ${reason}.`,
        ...(advice !== undefined && { advice }),
        evidence: evidenceOf(refusal),
        time: closure.time,
      });
    }),
});
