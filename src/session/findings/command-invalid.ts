// 503 COMMAND_INVALID: a method, an exchange type or an authentication mechanism that the server does not have.

import { defineFinding } from '../finding.ts';
import { type AdviceByReason, reportRefusals } from './refusal.ts';

const ADVICE: AdviceByReason = [
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
  watch: ({ report }) => reportRefusals('command-invalid', report, ADVICE),
});
