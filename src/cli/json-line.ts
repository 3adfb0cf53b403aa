// JSON on a line of its own, safe for a terminal. Counterpart of json-printer.ts, which writes events.
// Invariant: no control character but the line break, C1 included, for some terminals act upon U+009B as upon ESC [.

const C1 = /[\x80-\x9f]/g;

/** JSON text with its C1 control characters, which JSON lets stand, escaped: `\u009b`. */
export function escapeC1(json: string): string {
  return json.replace(C1, (character) => `\\u00${character.charCodeAt(0).toString(16)}`);
}

export function jsonLine(value: object): string {
  return escapeC1(JSON.stringify(value));
}
