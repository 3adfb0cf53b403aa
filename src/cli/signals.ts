// Signals that tell a long-running command to stop.

/** As shells have it: 128 + SIGINT. */
const INTERRUPTED = 130;

/** The first signal stops in order, the second at once. */
export function untilSignalled(): Promise<void> {
  return new Promise((resolve) => {
    const stop = (): void => {
      resolve();
      process.on('SIGINT', () => process.exit(INTERRUPTED));
      process.on('SIGTERM', () => process.exit(INTERRUPTED));
    };
    process.once('SIGINT', stop);
    process.once('SIGTERM', stop);
  });
}
