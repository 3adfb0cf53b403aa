// The messages of a capture, each once, in the order of their publishes: told when they leave the session's table, or at
// the end of the capture. Counterpart of session/messages.ts, which forgets the oldest.
// Invariant: bounded; a message is told as late as possible, for what happens to it afterwards is not told.

import type { ChannelMode } from '../../session/channel.ts';
import type { MessageRow } from '../../session/message-row.ts';
import type { Session } from '../../session/session.ts';

/** Messages whose channel's mode is remembered: more than the session's table holds. */
const MODES = 1 << 20;

export interface PassedMessage extends MessageRow {
  /** How the channel stood that it was published on; undefined if its publish was not seen. */
  readonly mode: ChannelMode | undefined;
}

const CHANNEL_MODES: readonly (ChannelMode | undefined)[] = [undefined, 'plain', 'confirm', 'tx'];

export class MessageFeed {
  readonly #session: Session;
  readonly #tell: (message: PassedMessage) => void;
  readonly #modes = new Uint8Array(MODES);
  readonly #wanted: string | undefined;

  /** `messageId`: only those with this message_id. */
  constructor(session: Session, tell: (message: PassedMessage) => void, messageId?: string) {
    this.#session = session;
    this.#tell = tell;
    this.#wanted = messageId;
    session.messages.onLeave = (seq) => this.#pass(session.messages.get(seq));
    session.listen({
      published: ({ mode }, _content, message) => {
        this.#modes[message % MODES] = CHANNEL_MODES.indexOf(mode);
      },
    });
  }

  /** Tells of those that are still there. */
  end(): void {
    const { messages } = this.#session;
    messages.onLeave = undefined;
    for (const message of this.#wanted === undefined ? messages.list() : messages.byMessageId(this.#wanted)) {
      this.#pass(message);
    }
  }

  #pass(message: MessageRow | undefined): void {
    if (!message || (this.#wanted !== undefined && message.messageId !== this.#wanted)) return;
    const mode = message.record > 0 ? CHANNEL_MODES[this.#modes[message.seq % MODES]!] : undefined;
    this.#tell({ ...message, mode });
  }
}
