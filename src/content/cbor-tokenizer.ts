// Tokens of CBOR (RFC 8949) for cborg, which leaves out what senders do: strings in pieces, and text that is not UTF-8.
// Counterpart: cbor-reader.ts, which has cborg build values of them.
// Invariant: nesting ends at 128 levels, long before the call stack does; a break ends what it may end.

import { type DecodeOptions, Token, Tokenizer, Type } from 'cborg';
import { decodeText, hasEscapes } from '../protocol/text.ts';
import { DecodeError, MAX_DEPTH } from './decoder.ts';
import type { ValueBudget } from './value-budget.ts';

const BYTES_IN_PIECES = 0x5f;
const TEXT_IN_PIECES = 0x7f;

/** An array, map or tag whose members are not all there yet. */
interface Open {
  readonly type: Type;
  /** Members to come in all; of maps keys and values both. Infinity: up to a break. */
  readonly members: number;
  seen: number;
}

export class CborTokenizer extends Tokenizer {
  readonly #open: Open[] = [];
  readonly #budget: ValueBudget;

  /** Each token, and each piece of a string, is a value of the budget. */
  constructor(bytes: Uint8Array, options: DecodeOptions, budget: ValueBudget) {
    super(bytes, options);
    this.#budget = budget;
  }

  /** Throws DecodeError, or what cborg throws. */
  override next(): Token {
    this.#budget.spend();
    const start = this._pos;
    const first = this.data[start];
    const inPieces = first === BYTES_IN_PIECES || first === TEXT_IN_PIECES;
    const token = inPieces ? this.#joined(first === TEXT_IN_PIECES ? Type.string : Type.bytes) : super.next();
    if (token.byteValue) token.value = textOrBytes(token.byteValue);
    if (token.type === Type.break) this.#break(start);
    else if (this.#opens(token)) return token;
    this.#complete();
    return token;
  }

  /** A string of indefinite length (§3.2.3): strings of the same type, up to a break. */
  #joined(type: Type): Token {
    this._pos++;
    const pieces: Uint8Array[] = [];
    for (let at = this._pos; !this.done(); at = this._pos) {
      this.#budget.spend();
      const piece = super.next();
      if (piece.type === Type.break) return stringToken(type, joined(pieces));
      if (piece.type !== type) throw new DecodeError(`has a broken string at byte ${at}`);
      if (piece.value.length > 0) pieces.push(piece.byteValue ?? piece.value);
    }
    throw new DecodeError('is cut short');
  }

  #opens({ type, value }: Token): boolean {
    const members = type === Type.array ? value : type === Type.map ? 2 * value : type === Type.tag ? 1 : 0;
    if (members === 0) return false;
    if (this.#open.length >= MAX_DEPTH) throw new DecodeError(`nested more than ${MAX_DEPTH} deep`);
    this.#open.push({ type, members, seen: 0 });
    return true;
  }

  /** cborg takes a break for the value of a key. */
  #break(at: number): void {
    const open = this.#open.pop();
    if (open?.members !== Number.POSITIVE_INFINITY) {
      throw new DecodeError(`has a break at byte ${at} that ends nothing`);
    }
    if (open.type === Type.map && open.seen % 2 !== 0) {
      throw new DecodeError(`has a key without its value at byte ${at}`);
    }
  }

  /** An item is whole; so may be what holds it. */
  #complete(): void {
    for (let open = this.#open.at(-1); open && ++open.seen === open.members; open = this.#open.at(-1)) this.#open.pop();
  }
}

function stringToken(type: Type, bytes: Uint8Array): Token {
  const token = new Token(type, bytes);
  if (type === Type.string) token.byteValue = bytes;
  return token;
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(pieces.reduce((size, piece) => size + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}

/** Text that is not UTF-8 stays bytes. */
function textOrBytes(bytes: Uint8Array): string | Uint8Array {
  const text = decodeText(bytes, 0, bytes.length);
  return hasEscapes(text) ? bytes : text;
}
