// The program that crash.test.ts kills: writes to a store at random, as fast as it can, and notes each step in a file
// before it takes it. Counterpart: crash.test.ts, which reads the notes.
//
//   node crash-writer.mjs FOLDER NOTES SEED [fill]      fill: never deletes, and says `refused: …` when the disk is full
//   p QUEUE POSITION SIZE   d QUEUE POSITION   x QUEUE   e KEY VALUE   r KEY   c STEPS: so many steps are confirmed

import { appendFileSync } from 'node:fs';
import path from 'node:path';

const [folder, notes, seed, fill] = process.argv.slice(2);
const dist = path.join(import.meta.dirname, '..', '..', '..', 'dist', 'broker');
const { openStore } = await import(path.join(dist, 'store', 'lmdb-store.js'));
const { Message } = await import(path.join(dist, 'message', 'message.js'));

let state = Number(seed);
function random(limit) {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return Math.floor((state / 2 ** 32) * limit);
}

const store = await openStore(folder);
// A file that may not grow further is a signal first, and an error only for those who do not die of it.
process.on('SIGXFSZ', () => {});
store.onFailure = async (error) => {
  await store.close([]);
  console.log(`refused: ${error.message}`);
  process.exit(0);
};
const QUEUES = [1, 2, 3];
const living = new Map(QUEUES.map((queue) => [queue, [...store.messages(queue)].map(({ position }) => position)]));
store.restored();
let position = Math.max(0, ...[...living.values()].flat());
let steps = 0;
let lines = [];

function note(line) {
  lines.push(line);
  steps++;
}

function put(queue) {
  const size = random(50) === 0 ? random(60_000) : random(200);
  const bytes = Buffer.alloc(14 + size, `${queue}/${++position};`);
  const content = { bytes, start: 0, bodyStart: 14, end: bytes.length, persistent: true, priority: 0, expiration: -1 };
  note(`p ${queue} ${position} ${size}`);
  store.putMessage(queue, 0, position, new Message('exchange', `key.${queue}`, content), 0, 0);
  living.get(queue).push(position);
}

function remove(queue) {
  const positions = living.get(queue);
  if (positions.length === 0) return;
  const [deleted] = positions.splice(random(4) === 0 ? random(positions.length) : 0, 1);
  note(`d ${queue} ${deleted}`);
  store.deleteMessage(queue, 0, deleted);
}

function step() {
  const queue = QUEUES[random(3)];
  const what = random(100);
  if (what < 50 || fill) put(queue);
  else if (what < 96) remove(queue);
  else if (what === 96 && random(10) === 0) {
    note(`x ${queue}`);
    store.deleteMessages(queue);
    living.set(queue, []);
  } else if (what < 99) {
    note(`e key${random(5)} ${steps}`);
    store.putEntity('queue', lines.at(-1).split(' ')[1], steps - 1);
  } else {
    note(`r key${random(5)}`);
    store.deleteEntity('queue', lines.at(-1).split(' ')[1]);
  }
}

function turn() {
  for (let i = random(60); i >= 0; i--) step();
  const reached = steps;
  // One write for all steps of a turn: they are handed over in this very turn, and so in the same commit or later.
  appendFileSync(notes, `${lines.join('\n')}\n`);
  lines = [];
  store.flush(() => appendFileSync(notes, `c ${reached}\n`));
  setImmediate(turn);
}

turn();
