// The page of keys. Counterparts: dashboard.ts and table.ts, which act on them.

import type { Details } from './details.ts';

export const HELP: Details = {
  title: 'Keys',
  lines: [
    { label: '1 to 6', value: 'connections, channels, queues, exchanges, latencies, findings' },
    { label: 'Tab ← →', value: 'the next or the previous of them' },
    { label: '↑ ↓ PgUp PgDn', value: 'select a row (also k and j); Home and End, the first and the last' },
    { label: 'Enter', value: 'all about the selected row; Esc leads back' },
    { label: '/', value: 'show only rows that contain what is typed; Esc shows all again' },
    { label: '< >', value: 'sort by the next column to the left or to the right; s as >' },
    { label: 'r', value: 'reverse the order' },
    { label: 'a', value: 'also show what was closed more than a minute ago' },
    { label: 'p or Space', value: 'pause, and go on' },
    { label: 'Ctrl-L', value: 'draw everything anew' },
    { label: 'Ctrl-Z', value: 'suspend; fg brings it back' },
    { label: 'q or Ctrl-C', value: 'quit' },
    { text: '' },
    { heading: 'What the numbers mean' },
    { label: '/s', value: 'messages a second over the last ten seconds; bytes a second over the last one' },
    { label: 'IN, OUT', value: 'from the client, to the client' },
    { label: 'UNACK, UNCONF', value: 'deliveries not acknowledged yet; publishes not confirmed yet' },
    { label: 'AT DECL', value: 'messages in the queue when it was last declared' },
    { label: 'P99', value: '99 % took at most this long, within 1 %' },
    { label: '!', value: 'findings about the connection' },
  ],
};
