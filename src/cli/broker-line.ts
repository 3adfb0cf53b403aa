// The broker's log lines as RabbitMQ's operators know them: time, level, what happened.

import type { LogLevel } from '../broker/broker.ts';
import { nowMicros } from '../log/clock.ts';
import { formatTimestamp } from '../log/timestamp.ts';

/** `2026-11-22T06:30:00.123456Z [info] …`, with its line feed. */
export function formatBrokerLine(line: string, level: LogLevel, micros: number = nowMicros()): string {
  return `${formatTimestamp(micros)} [${level}] ${line}\n`;
}
