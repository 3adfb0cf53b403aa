// What comes back on channels, as lines of text. Counterparts: transcript.ts, which hears; broker-model.ts, which expects.

/** What comes on one channel; the three kinds in order each, but not among each other. */
export interface Heard {
  /** Deliveries, and consumers cancelled by the broker. */
  readonly deliveries: string[];
  /** Answers, returned messages, errors. */
  readonly replies: string[];
  readonly confirms: string[];
}

export type HeardByChannel = Map<number, Heard>;

export function heardOn(channels: HeardByChannel, number: number): Heard {
  const heard = channels.get(number) ?? { deliveries: [], replies: [], confirms: [] };
  channels.set(number, heard);
  return heard;
}
