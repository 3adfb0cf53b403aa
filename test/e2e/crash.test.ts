// kill -9 at random moments, 200 rounds: what was confirmed is never lost, and what was acked never comes back once
// something later on the same channel has been confirmed (the store keeps the order).

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type ConfirmChannel, type ConsumeMessage, connect } from 'amqplib';
import { afterAll, expect, it } from 'vitest';
import { seededRandom } from '../../src/faults/random.ts';
import { startCli } from '../rig/process.ts';

const ROUNDS = Number(process.env.CRASH_ROUNDS ?? 200);
const OUTSTANDING = 100;
const QUEUE = 'crash';

const folder = mkdtempSync(path.join(tmpdir(), 'amqp-spy-crash-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What is known of each message, by number. */
class Ledger {
  next = 0;
  readonly confirmed = new Set<number>();
  readonly delivered = new Set<number>();
  /** Acked, and a message published after that was confirmed. */
  readonly settled = new Set<number>();
  /** Acked, by the number that the next message had then. */
  readonly acked = new Map<number, number>();

  confirm(number: number): void {
    this.confirmed.add(number);
    for (const [message, before] of this.acked) {
      if (before > number) continue;
      this.acked.delete(message);
      this.settled.add(message);
    }
  }
}

it(`loses no confirmed message and brings no settled one back, in ${ROUNDS} kills`, { timeout: 600_000 }, async () => {
  const ledger = new Ledger();
  const random = seededRandom(20_261_122);
  for (let round = 0; round < ROUNDS; round++) await crash(ledger, Math.floor(random() * 400));
  const remaining = await drain(ledger);
  const lost = [...ledger.confirmed].filter((number) => !ledger.delivered.has(number));
  expect({ lost, confirmedSome: ledger.confirmed.size > ROUNDS, remaining: remaining > 0 }).toEqual({
    lost: [],
    confirmedSome: true,
    remaining: true,
  });
});

/** Starts the broker, publishes and consumes, and kills it after so many confirms. */
async function crash(ledger: Ledger, confirms: number): Promise<void> {
  const { process, channel } = await start();
  await channel.prefetch(20);
  await channel.consume(QUEUE, (message) => {
    if (!message) return;
    const number = take(ledger, message);
    // Every third stays unsettled, and must come again.
    if (number % 3 === 0) return;
    channel.ack(message);
    ledger.acked.set(number, ledger.next);
  });
  await new Promise<void>((resolve) => {
    let count = 0;
    const publish = (): void => {
      const number = ledger.next++;
      channel.sendToQueue(QUEUE, Buffer.from(String(number)), { persistent: true }, (error) => {
        if (error) return;
        ledger.confirm(number);
        if (++count === confirms) resolve();
        else publish();
      });
    };
    if (confirms === 0) resolve();
    for (let i = 0; i < OUTSTANDING; i++) publish();
  });
  await process.kill();
}

/** Reads what is left. */
async function drain(ledger: Ledger): Promise<number> {
  const { process, channel } = await start();
  let count = 0;
  for (let message = await channel.get(QUEUE); message; message = await channel.get(QUEUE)) {
    take(ledger, message);
    count++;
  }
  await process.stop();
  return count;
}

function take(ledger: Ledger, message: Pick<ConsumeMessage, 'content'>): number {
  const number = Number(message.content.toString());
  if (ledger.settled.has(number)) throw new Error(`message ${number} came back after its ack was stored`);
  ledger.delivered.add(number);
  ledger.acked.delete(number);
  return number;
}

async function start() {
  const process = startCli(['broker', '--port', '0', '--quiet', '--data-dir', folder]);
  const [, port = ''] = await process.waitForLine(/broker on 127\.0\.0\.1:(\d+)/, 'stderr');
  const connection = await connect(`amqp://127.0.0.1:${port}`);
  connection.on('error', () => {});
  const channel: ConfirmChannel = await connection.createConfirmChannel();
  channel.on('error', () => {});
  await channel.assertQueue(QUEUE, { durable: true });
  return { process, channel };
}
