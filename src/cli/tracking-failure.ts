// What is said on stderr, once and at the end, if the session met a defect of its own and no longer follows the traffic.

export function trackingStopped(reason: string): string {
  return `amqp-spy: session tracking stopped: ${reason}; the traffic was not affected\n`;
}
