// A message as the broker keeps it: where it was published, and its content as it came: the content header's payload
// followed by the body, without frames around them. Properties are decoded only when somebody asks, and forgotten when the
// turn is over: they take several times the memory of their bytes, which is what watermarks count.
// Invariant: a message never changes once published; dead-lettering and the like make new ones (edit.ts).

import { decodeContentHeader } from '../../protocol/content-header.ts';
import type { FieldTable } from '../../protocol/field-table.ts';
import type { BasicProperties } from '../../protocol/method-table.ts';

/** What a message costs beside its content, in bytes: the object, its places in queues. For watermarks; measured. */
const MESSAGE_OVERHEAD = 200;

/** Whose properties were decoded last: the only message that holds them. */
let asked: Message | undefined;

export class Message {
  /** Name of the exchange it was published to; empty: the default exchange. */
  readonly exchange: string;
  readonly routingKey: string;
  /** The content lies in `[start, end)` of these bytes, which may be shared with others. */
  readonly bytes: Uint8Array;
  readonly start: number;
  /** Where the header's payload ends and the body begins. */
  readonly bodyStart: number;
  readonly end: number;
  /** delivery-mode 2. */
  readonly persistent: boolean;
  /** 0 where the property is absent. */
  readonly priority: number;
  /** Per-message time to live in ms; -1: none. */
  readonly expiration: number;
  #properties: BasicProperties | undefined;

  constructor(exchange: string, routingKey: string, content: MessageContent) {
    this.exchange = exchange;
    this.routingKey = routingKey;
    this.bytes = content.bytes;
    this.start = content.start;
    this.bodyStart = content.bodyStart;
    this.end = content.end;
    this.persistent = content.persistent;
    this.priority = content.priority;
    this.expiration = content.expiration;
    this.#properties = undefined;
  }

  /** Body size in bytes. */
  get bodySize(): number {
    return this.end - this.bodyStart;
  }

  get body(): Uint8Array {
    return this.bytes.subarray(this.bodyStart, this.end);
  }

  /** The content header frame's payload. */
  get header(): Uint8Array {
    return this.bytes.subarray(this.start, this.bodyStart);
  }

  get properties(): BasicProperties {
    return this.#properties ?? this.remember(decodeContentHeader(this.bytes, this.start, this.bodyStart).properties);
  }

  /** Its properties are known already. */
  remember(properties: BasicProperties): BasicProperties {
    if (asked === undefined) queueMicrotask(Message.#forgetProperties);
    else asked.#properties = undefined;
    this.#properties = properties;
    asked = this;
    return properties;
  }

  static #forgetProperties(): void {
    asked!.#properties = undefined;
    asked = undefined;
  }

  get headers(): FieldTable {
    return this.properties.headers ?? [];
  }

  /** What it counts towards watermarks, in bytes. */
  get cost(): number {
    return this.end - this.start + MESSAGE_OVERHEAD;
  }
}

/** What a publisher sent after basic.publish, and what the broker must know of it at once. */
export interface MessageContent {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly bodyStart: number;
  readonly end: number;
  readonly persistent: boolean;
  readonly priority: number;
  readonly expiration: number;
}
