// The pieces of a TCP stream that came before what precedes them, in order and bounded.
// Counterpart of TcpStream, which adds them as they come and takes them when they are due.
// Invariant: pieces are sorted by position and never overlap; their bytes are copies.

/** A run of bytes at its position in the stream. */
export interface Piece {
  readonly position: number;
  readonly bytes: Uint8Array;
  readonly time: number;
}

/** Bytes that wait in all streams of a capture together. */
export interface PieceBudget {
  used: number;
}

/** For one stream: twice the largest receive buffer that Linux grants by default (tcp_rmem). */
const LARGEST_STREAM = 12 * 1024 * 1024;
/** For all streams of a capture. */
const LARGEST_CAPTURE = 64 * 1024 * 1024;
/** What a piece costs besides its bytes, roughly. */
const PIECE_COST = 200;

export class PieceList {
  private readonly budget: PieceBudget;
  private pieces: Piece[] = [];
  /** Index of the first piece; those before it are taken. Array.shift would move all that follow, each time. */
  private head = 0;
  private used = 0;

  constructor(budget: PieceBudget) {
    this.budget = budget;
  }

  get count(): number {
    return this.pieces.length - this.head;
  }

  /** Position of the first piece; infinite if there is none. */
  get first(): number {
    return this.count === 0 ? Number.POSITIVE_INFINITY : this.pieces[this.head]!.position;
  }

  /** When the first piece came. There must be one. */
  get firstTime(): number {
    return this.pieces[this.head]!.time;
  }

  /** Position of the last piece; 0 if there is none. */
  get last(): number {
    return this.count === 0 ? 0 : this.pieces[this.pieces.length - 1]!.position;
  }

  /** More waits than this list, or all lists together, may hold. */
  get isOverfull(): boolean {
    return this.count > 0 && (this.used > LARGEST_STREAM || this.budget.used > LARGEST_CAPTURE);
  }

  /** Adds what is not yet there of `bytes[start, end)`, which belong at `position`. False if all of it was there. */
  add(position: number, bytes: Uint8Array, start: number, end: number, time: number): boolean {
    const base = start - position;
    const stop = position + (end - start);
    let index = this.indexFrom(position);
    let added = false;
    let at = position;
    while (at < stop) {
      const piece = this.pieces[index];
      const until = piece === undefined ? stop : Math.min(stop, piece.position);
      if (until > at) {
        this.insert(index, { position: at, bytes: new Uint8Array(bytes.subarray(base + at, base + until)), time });
        added = true;
        index++;
      }
      if (piece === undefined) break;
      at = Math.max(at, piece.position + piece.bytes.length);
      index++;
    }
    return added;
  }

  /** Removes the first piece and returns it. There must be one. */
  take(): Piece {
    const piece = this.pieces[this.head++]!;
    if (this.head > this.pieces.length >> 1) {
      this.pieces.splice(0, this.head);
      this.head = 0;
    }
    this.account(-piece.bytes.length - PIECE_COST);
    return piece;
  }

  /** Removes all pieces. */
  clear(): void {
    this.pieces = [];
    this.head = 0;
    this.account(-this.used);
  }

  /** Index of the first piece that ends behind `position`. */
  private indexFrom(position: number): number {
    let low = this.head;
    let high = this.pieces.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const piece = this.pieces[middle]!;
      if (piece.position + piece.bytes.length > position) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  private insert(index: number, piece: Piece): void {
    if (index === this.pieces.length) this.pieces.push(piece);
    else this.pieces.splice(index, 0, piece);
    this.account(piece.bytes.length + PIECE_COST);
  }

  private account(bytes: number): void {
    this.used += bytes;
    this.budget.used += bytes;
  }
}
