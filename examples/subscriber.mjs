// Counts what passes, by routing key, from the spy's WebSocket; prints each key the first time it is seen, and all counts at the end:
//   node examples/subscriber.mjs ws://127.0.0.1:15673

import { WebSocket } from 'ws';

const url = process.argv[2] ?? 'ws://127.0.0.1:15673';
const stream = new WebSocket(`${url}/stream?from=1&batch=1&heartbeats=0`); // from=1: what is in the log already, first
const counts = new Map();

stream.on('message', (data) => {
  const message = JSON.parse(data);
  // The first message says hello; then come arrays of events.
  for (const event of Array.isArray(message) ? message : [message]) {
    if (event.type === 'hello') console.log('connected');
    if (event.type === 'missed') console.warn(`${event.count} events were missed`);
    if (event.method !== 'basic.publish') continue;
    const key = event.arguments.routing_key;
    const count = (counts.get(key) ?? 0) + 1;
    counts.set(key, count);
    if (count === 1) console.log(`first message to ${key}`);
  }
});
stream.on('error', (error) => console.error(error.message));
stream.on('close', () => console.table(Object.fromEntries(counts)));
