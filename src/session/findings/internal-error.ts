// 541 INTERNAL_ERROR: the server failed, or (RabbitMQ 4) was asked for a feature that it has given up.

import { defineFinding } from '../finding.ts';
import { type AdviceByReason, reportRefusals } from './refusal.ts';

const ADVICE: AdviceByReason = [
  [
    /deprecated/,
    "Do without the deprecated feature; until then it can be permitted in the server's configuration (deprecated_features.permit.…).",
  ],
  [/vhost '.*' is down/, 'Restart the virtual host (rabbitmqctl restart_vhost) and see the log for why it stopped.'],
  [/timeout/, 'A queue did not answer in time: see whether its leader is up and whether the node is overloaded.'],
];

export const internalError = defineFinding({
  id: 'internal-error',
  severity: 'error',
  title: 'The server failed',
  explanation:
    'The server could not do what it was asked for, for a reason of its own: a queue or virtual host is down, or a defect. RabbitMQ 4 also says so when a deprecated feature is asked for that it no longer permits.',
  advice: "See the server's log at this time.",
  watch: ({ report }) => reportRefusals('internal-error', report, ADVICE, 'upon'),
});
