// Frame events as bytes: what JSON.stringify(eventOf(cursor)) says, several times faster. Counterpart of frame-event.ts.
import type { Cursor } from './cursor.ts';
import { eventOf } from './frame-event.ts';

export class EventWriter {
  readonly #showSecrets: boolean;
  #text = '';
  constructor(showSecrets: boolean) {
    this.#showSecrets = showSecrets;
  }
  get size(): number {
    return this.#text.length;
  }
  event(cursor: Cursor): void {
    this.#text += JSON.stringify(eventOf(cursor, this.#showSecrets));
  }
  missed(count: number): void {
    this.#text += JSON.stringify({ v: 1, type: 'missed', count });
  }
  byte(byte: number): void {
    this.#text += String.fromCharCode(byte);
  }
  take(): Uint8Array {
    const bytes = Buffer.from(this.#text);
    this.#text = '';
    return bytes;
  }
}
