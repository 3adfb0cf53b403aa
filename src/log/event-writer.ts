// Frame events as bytes: what JSON.stringify(eventOf(cursor)) says, several times faster and without garbage.
// Counterpart of frame-event.ts, which has the last word: what is not plain (errors, notes, secrets, frames cut short) is
// left to it. Invariant: the bytes are equal to its own, for every record.

import { LARGEST_DECODED } from '../protocol/byte-reader.ts';
import { CLASS_BASIC } from '../protocol/content-header.ts';
import { FRAME_BODY, FRAME_HEADER, FRAME_HEARTBEAT, FRAME_METHOD, SERVER_TO_CLIENT } from '../protocol/frame.ts';
import { BASIC_PROPERTIES, METHODS, type Method } from '../protocol/method-table.ts';
import { secretArgument } from '../protocol/secrets.ts';
import type { Cursor } from './cursor.ts';
import { type FieldPlan, NOT_PLAIN, planOf, skipField, writeBit, writeField, writeLonglong } from './field-writer.ts';
import { eventOf } from './frame-event.ts';
import { ascii, JsonBytes } from './json-bytes.ts';
import { KIND_FRAMES, ORIGINS, type Origin } from './runs.ts';
import { formatTimestamp } from './timestamp.ts';

const COMMA = 0x2c;
const CLOSE = 0x7d;
/** Room for everything in an event but its values: names, numbers, time. */
const EVENT_ROOM = 1024;

const ID = ascii('{"v":1,"id":');
const FROM_CLIENT = ascii(',"direction":"client-to-server","channel":');
const FROM_SERVER = ascii(',"direction":"server-to-client","channel":');
const HEADER = ascii(',"type":"header","class":"basic","size":');
const BODY = ascii(',"type":"body","size":');
const HEARTBEAT = ascii(',"type":"heartbeat","size":');
const ORIGIN = new Map<Origin, Uint8Array>(ORIGINS.map((origin) => [origin, ascii(`,"origin":"${origin}"`)]));
const ARGUMENTS = ascii(',"arguments":{');
const PAYLOAD = ascii(',"payload":');
const BODY_SIZE = ascii(',"body_size":');
const PROPERTIES = ascii(',"properties":{');

interface MethodPlan {
  /** `,"type":"method","method":"basic.publish","size":` */
  readonly head: Uint8Array;
  readonly fields: readonly FieldPlan[];
  readonly isSecret: boolean;
}

const METHOD_PLANS: readonly MethodPlan[] = METHODS.map((method: Method) => ({
  head: ascii(`,"type":"method","method":"${method.name}","size":`),
  fields: method.fields.map(planOf),
  isSecret: secretArgument(method.name) !== undefined,
}));
const PROPERTY_PLANS = BASIC_PROPERTIES.map(planOf);

export class EventWriter {
  readonly #out = new JsonBytes();
  readonly #showSecrets: boolean;
  /** `,"time":"…Z","connection":1,"direction":"…","channel":` of the last frame, for those that came with it. */
  #prefix = new Uint8Array(0);
  #time = Number.NaN;
  #connection = -1;
  #direction = -1;

  constructor(showSecrets: boolean) {
    this.#showSecrets = showSecrets;
  }

  /** Bytes written and not taken. */
  get size(): number {
    return this.#out.at;
  }

  /** Writes the event of the record that the cursor shows. */
  event(cursor: Cursor): void {
    const out = this.#out;
    const mark = out.at;
    if (cursor.kind === KIND_FRAMES && !cursor.cut && this.#frame(cursor)) return;
    out.at = mark;
    this.json(eventOf(cursor, this.#showSecrets));
  }

  /** Writes that records were missed. */
  missed(count: number): void {
    this.json({ v: 1, type: 'missed', count });
  }

  /** Writes any other value. */
  json(value: object): void {
    this.#out.string(JSON.stringify(value));
  }

  /** Adds a field to what was written last, an object. */
  extend(name: string, value: object): void {
    this.#out.at--;
    this.#out.string(`,${JSON.stringify(name)}:${JSON.stringify(value)}}`);
  }

  /** Writes a byte between events. */
  byte(byte: number): void {
    this.#out.reserve(1);
    this.#out.byte(byte);
  }

  /** What is written, to keep; starts anew. */
  take(): Uint8Array {
    return this.#out.take();
  }

  #frame(cursor: Cursor): boolean {
    const out = this.#out;
    const { bytes, start, end } = cursor;
    out.reserve(EVENT_ROOM);
    out.copy(ID);
    out.integer(cursor.id);
    this.#samePrefix(cursor);
    out.integer((bytes[start + 1]! << 8) | bytes[start + 2]!);
    switch (bytes[start]) {
      case FRAME_METHOD:
        return this.#method(cursor);
      case FRAME_HEADER:
        return this.#header(cursor);
      case FRAME_BODY:
        out.reserve(EVENT_ROOM + 2 * (end - start));
        this.#sizeAndOrigin(BODY, cursor);
        out.copy(PAYLOAD);
        out.base64(bytes, cursor.payloadStart, cursor.payloadEnd);
        out.byte(CLOSE);
        return true;
      case FRAME_HEARTBEAT:
        this.#sizeAndOrigin(HEARTBEAT, cursor);
        out.byte(CLOSE);
        return cursor.payloadEnd === cursor.payloadStart;
      default:
        return false;
    }
  }

  #samePrefix(cursor: Cursor): void {
    const { time, connection, direction } = cursor;
    if (time !== this.#time || connection !== this.#connection || direction !== this.#direction) {
      this.#time = time;
      this.#connection = connection;
      this.#direction = direction;
      const text = `,"time":"${formatTimestamp(time)}","connection":${connection}`;
      this.#prefix = Buffer.concat([Buffer.from(text), direction === SERVER_TO_CLIENT ? FROM_SERVER : FROM_CLIENT]);
    }
    this.#out.copy(this.#prefix);
  }

  #sizeAndOrigin(head: Uint8Array, cursor: Cursor): void {
    const out = this.#out;
    out.copy(head);
    out.integer(cursor.end - cursor.start);
    out.copy(ORIGIN.get(cursor.origin)!);
  }

  #method(cursor: Cursor): boolean {
    const out = this.#out;
    const { bytes, method, payloadEnd } = cursor;
    const plan = method && METHOD_PLANS[method.index]!;
    if (payloadEnd - cursor.payloadStart > LARGEST_DECODED) return false;
    if (!plan || (plan.isSecret && !this.#showSecrets)) return false;
    this.#sizeAndOrigin(plan.head, cursor);
    out.copy(ARGUMENTS);
    let at = cursor.payloadStart + 4;
    let bit = 8;
    let bits = 0;
    let isFirst = true;
    for (const field of plan.fields) {
      if (!field.reserved) {
        if (!isFirst) out.byte(COMMA);
        isFirst = false;
      }
      if (field.domain === 'bit') {
        if (bit === 8) {
          if (at >= payloadEnd) return false;
          bits = bytes[at++]!;
          bit = 0;
        }
        if (!field.reserved) writeBit(out, field, ((bits >> bit) & 1) === 1);
        bit++;
      } else {
        bit = 8;
        if (field.reserved) at = skipField(field.domain, bytes, at, payloadEnd);
        else at = writeField(out, field, bytes, at, payloadEnd);
        if (at === NOT_PLAIN) return false;
      }
    }
    out.reserve(2);
    out.byte(CLOSE);
    out.byte(CLOSE);
    return at === payloadEnd;
  }

  #header(cursor: Cursor): boolean {
    const out = this.#out;
    const { bytes, payloadStart, payloadEnd } = cursor;
    if (payloadEnd - payloadStart > LARGEST_DECODED) return false;
    if (payloadEnd - payloadStart < 14 || ((bytes[payloadStart]! << 8) | bytes[payloadStart + 1]!) !== CLASS_BASIC) {
      return false;
    }
    this.#sizeAndOrigin(HEADER, cursor);
    out.copy(BODY_SIZE);
    writeLonglong(out, bytes, payloadStart + 4);
    out.copy(PROPERTIES);
    const flags = (bytes[payloadStart + 12]! << 8) | bytes[payloadStart + 13]!;
    // Bit 0: more flags follow. Bit 1: stands for no property.
    if (flags & 3) return false;
    let at = payloadStart + 14;
    let isFirst = true;
    for (let bit = 15, index = 0; bit > 1; bit--, index++) {
      if ((flags & (1 << bit)) === 0) continue;
      if (!isFirst) out.byte(COMMA);
      isFirst = false;
      at = writeField(out, PROPERTY_PLANS[index]!, bytes, at, payloadEnd);
      if (at === NOT_PLAIN) return false;
    }
    out.reserve(2);
    out.byte(CLOSE);
    out.byte(CLOSE);
    return at === payloadEnd;
  }
}
