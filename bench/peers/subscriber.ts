// The spy's one WebSocket subscriber, a process: it reads the stream of events and counts messages, no more.

import WebSocket from 'ws';

const socket = new WebSocket(String(process.argv[2]), { perMessageDeflate: false });
let messages = 0;
socket.on('open', () => process.send?.({ port: 0 }));
socket.on('message', () => {
  messages += 1;
});
process.on('message', () => process.send?.({ messages }));
process.on('disconnect', () => process.exit());
