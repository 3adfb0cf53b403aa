// A close with any error code that has no finding of its own.

import { defineFinding } from '../finding.ts';
import { closedWhat, culprit, evidenceOf, onRefusal } from './refusal.ts';
import { clientKey, clientName } from './wording.ts';

export const closedWithError = defineFinding({
  id: 'closed-with-error',
  severity: 'error',
  title: 'The server closed with an error',
  explanation:
    'The server closed a channel or the connection and gave a reply code and text. Deliveries that were not acknowledged go back to the queues.',
  advice: "See the reply text, and the server's log at this time.",
  watch: ({ report }) =>
    onRefusal('closed-with-error', (refusal) => {
      const { connection, channel, closure, reason } = refusal;
      const what = culprit(refusal);
      const told = `${closure.code} ${reason}`.trimEnd();
      report({
        connection,
        channel,
        subject: `${clientKey(connection)}/${told}`,
        text: `${closedWhat(refusal)} ${clientName(connection)}${what && ` for its ${what}`}: ${told}.`,
        evidence: evidenceOf(refusal),
        time: closure.time,
      });
    }),
});
