// The frame log: every byte that passes is written here once, and everything that observes reads from here.
// Bounded by its size in bytes; cursor.ts is its reading counterpart, record-store.ts what it stands on.
// Invariant: appending never waits, never throws on any bytes, and allocates nothing per frame.
// Secrets are blanked out on the way in, unless asked for: what is not in the log can leak from no reader.

import {
  CLIENT_TO_SERVER,
  type Direction,
  directionName,
  FRAME_BODY,
  FRAME_END,
  FRAME_HEARTBEAT,
  FRAME_METHOD,
  FRAME_OVERHEAD,
  FRAME_PREFIX_SIZE,
  frameTypeName,
} from '../protocol/frame.ts';
import { frameSize } from '../protocol/frame-splitter.ts';
import {
  foreignProtocol,
  isFramedProtocol,
  PROTOCOL_HEADER_SIZE,
  protocolName,
  startsLikeProtocolHeader,
} from '../protocol/protocol-header.ts';
import { findFrameBoundary } from '../protocol/resync.ts';
import { CLASS_CONNECTION, maskSecrets } from '../protocol/secrets.ts';
import { LargeFrame } from './large-frame.ts';
import { DEFAULT_LOG_SIZE, RecordStore, SMALLEST_LOG_SIZE } from './record-store.ts';
import { KIND_FRAMES, KIND_OPAQUE, KIND_PROTOCOL_HEADER, type Kind, packFlags } from './runs.ts';
import { Tape } from './tape.ts';
import { SLOTS, Traffic, trafficSlot } from './traffic.ts';

/** Unfinished frames up to this size are carried beside the log; larger ones are gathered in the arena. */
const LARGEST_CARRIED = 4096;
/** Of large frames, this much is kept beside the log: the prefix, class id and method id. */
const LARGE_PREFIX = FRAME_PREFIX_SIZE + 4;
/** No more is kept of one frame, however large the log: readers turn it into one string. */
const LARGEST_KEPT = 64 << 20;
/**
 * While seeking a frame boundary, no more than this is kept: two frames of the usual frame-max. What is kept is looked
 * at again when it has grown by a quarter, so that small chunks do not make it slow.
 */
const LARGEST_SOUGHT = 300 << 10;
/** Chunks are taken in pieces of at most this, so that one chunk cannot push itself out of a small log. */
const LARGEST_PIECE = 128 << 10;
/** connection.open: what the client sends after it holds no credentials but those that are masked. */
const CONNECTION_OPEN = (CLASS_CONNECTION << 16) | 40;

export interface FrameLogOptions {
  /** Bound of the whole log in bytes; 256 MiB by default. */
  readonly size?: number;
  /** Keep credentials in clear. */
  readonly showSecrets?: boolean;
}

/** Told of each method of class connection as it passes; `bytes[start, end)` is its payload, masked. Must not write. */
export type ConnectionMethodListener = (tape: Tape, bytes: Uint8Array, start: number, end: number) => void;

export class FrameLog extends RecordStore {
  readonly traffic = new Traffic();
  readonly showSecrets: boolean;
  onConnectionMethod: ConnectionMethodListener | undefined;
  readonly #largestKept: number;

  constructor(options: FrameLogOptions = {}) {
    super(Math.max(options.size ?? DEFAULT_LOG_SIZE, SMALLEST_LOG_SIZE));
    this.#largestKept = Math.min(Math.floor(this.arena.size / 4), LARGEST_KEPT);
    this.showSecrets = options.showSecrets ?? false;
  }

  /** Opens one direction of a connection. `midway`: its beginning was missed, so a frame boundary must be found. */
  openTape(connection: number, direction: Direction, midway = false): Tape {
    const secretive = direction === CLIENT_TO_SERVER && !this.showSecrets;
    return new Tape(connection, direction, midway ? 'seeking' : 'start', secretive);
  }

  /** Writes what passed. The chunk is copied; `time` in µs since the Unix epoch; `origin` indexes ORIGINS. */
  append(tape: Tape, chunk: Uint8Array, time: number, origin = 0): void {
    for (let at = 0; at < chunk.length; ) {
      const before = at;
      if (tape.large) {
        at = tape.large.add(chunk, at);
        tape.bytes += at - before;
        if (tape.large.filled === tape.large.total) this.#finishLarge(tape, tape.large, chunk[at - 1]!, time, origin);
      } else {
        at = Math.min(chunk.length, at + LARGEST_PIECE);
        tape.bytes += at - before;
        this.#appendPiece(tape, before === 0 && at === chunk.length ? chunk : chunk.subarray(before, at), time, origin);
      }
      this.wakeAll();
    }
  }

  /** Writes one whole frame that is no part of what flows on: dropped, or made by the spy. */
  appendFrame(tape: Tape, frame: Uint8Array, time: number, origin: number): void {
    const { arena } = this;
    const kept = Math.min(frame.length, this.#largestKept);
    arena.put(kept === frame.length ? frame : frame.subarray(0, kept));
    this.#countFrame(tape, arena.at, frame.length, kept);
    this.#push(tape, KIND_FRAMES, 1, kept, time, origin, kept < frame.length);
    this.wakeAll();
  }

  /** Bytes were lost between what came and what will come (captures): what is unfinished never ends. */
  gap(tape: Tape, size: number, time: number): void {
    this.#giveUpUnfinished(tape, time, 'bytes are missing from the capture');
    this.note(tape.connection, { type: 'gap', direction: directionName(tape.direction), size }, time);
    if (tape.phase !== 'opaque') tape.phase = 'seeking';
  }

  /** The stream ended. */
  end(tape: Tape, time: number): void {
    if (tape.phase === 'seeking') this.#endSeek(tape, time);
    this.#giveUpUnfinished(tape, time, 'the stream ended inside a frame');
    this.wakeAll();
  }

  #appendPiece(tape: Tape, chunk: Uint8Array, time: number, origin: number): void {
    const { arena } = this;
    const carried = tape.carried;
    const size = carried + chunk.length;
    if (size < tape.wanted) return tape.hold(chunk, 0, chunk.length);
    arena.reserve(size);
    if (carried > 0) arena.bytes.set(tape.carry!.subarray(0, carried), arena.at);
    arena.bytes.set(chunk, arena.at + carried);
    tape.carried = 0;
    const end = arena.at + size;
    switch (tape.phase) {
      case 'frames':
        return this.#scan(tape, end, time, origin);
      case 'start':
        return this.#start(tape, end, time, origin);
      case 'seeking':
        return this.#seek(tape, end, time, false);
      case 'opaque':
        return this.#opaque(tape, size, size, time, origin);
    }
  }

  /** Finds the whole frames between the arena's head and `end`, and keeps the rest for later. The hot loop. */
  #scan(tape: Tape, end: number, time: number, origin: number): void {
    const { arena } = this;
    const { view } = arena;
    const { frames, bytes } = this.traffic;
    const slots = tape.direction * SLOTS;
    const begin = arena.at;
    let at = begin;
    let count = 0;
    let broken = false;
    while (at + FRAME_OVERHEAD <= end) {
      const type = view.getUint8(at);
      const size = view.getUint32(at + 3);
      const last = at + FRAME_PREFIX_SIZE + size;
      if (type > FRAME_HEARTBEAT || type === 0 || (type > FRAME_BODY && type < FRAME_HEARTBEAT)) {
        broken = true;
        break;
      }
      if (last >= end) break;
      if (view.getUint8(last) !== FRAME_END) {
        broken = true;
        break;
      }
      let slot = slots + type;
      if (type === FRAME_METHOD) {
        const ids = size < 4 ? 0 : view.getUint32(at + FRAME_PREFIX_SIZE);
        slot = slots + trafficSlot(ids);
        if (ids >>> 16 === CLASS_CONNECTION) this.#connectionMethod(tape, at + FRAME_PREFIX_SIZE, last);
      }
      frames[slot]! += 1;
      bytes[slot]! += size + FRAME_OVERHEAD;
      count++;
      at = last + 1;
    }
    if (count > 0) {
      tape.frames += count;
      this.#push(tape, KIND_FRAMES, count, at - begin, time, origin);
    }
    if (at === end) return;
    if (broken || frameTypeName(view.getUint8(arena.at)) === undefined) this.#turnOpaque(tape, end - at, time, origin);
    else this.#keepUnfinished(tape, end - at);
  }

  #connectionMethod(tape: Tape, start: number, end: number): void {
    const { bytes, view } = this.arena;
    if (!this.showSecrets) maskSecrets(bytes, start, end);
    if (tape.secretive && view.getUint32(start) === CONNECTION_OPEN) tape.secretive = false;
    this.onConnectionMethod?.(tape, bytes, start, end);
  }

  /** An unfinished frame's `size` bytes stand at the head, where the next write overwrites what is not kept. */
  #keepUnfinished(tape: Tape, size: number): void {
    const { arena } = this;
    const total = size < LARGE_PREFIX ? 0 : frameSize(arena.bytes, arena.at);
    if (total <= LARGEST_CARRIED) return tape.hold(arena.bytes, arena.at, arena.at + size);
    const prefix = arena.bytes.slice(arena.at, arena.at + LARGE_PREFIX);
    tape.large = new LargeFrame(arena, prefix, total, size, this.#largestKept);
  }

  #finishLarge(tape: Tape, large: LargeFrame, last: number, time: number, origin: number): void {
    const whole = last === FRAME_END;
    tape.large = undefined;
    if (!whole) this.#sayOpaque(tape, large.total, time, 'a frame does not end with 0xCE');
    large.settle();
    const at = this.arena.memoryAt(large.position);
    if (whole) {
      tape.frames++;
      this.#countFrame(tape, at, large.total, large.kept);
    } else {
      this.#countOpaque(tape, at, large.total, large.kept);
    }
    const kind = whole ? KIND_FRAMES : KIND_OPAQUE;
    const flags = packFlags(tape.direction, kind, origin, large.kept < large.total, !whole && tape.secretive);
    this.pushAt(large.position, tape.connection, flags, 1, large.kept, time);
  }

  /** Counts one frame outside the scan, and looks at it as the scan does. */
  #countFrame(tape: Tape, at: number, size: number, kept: number): void {
    const { view } = this.arena;
    const type = view.getUint8(at);
    const ids = type === FRAME_METHOD && size >= FRAME_OVERHEAD + 4 ? view.getUint32(at + FRAME_PREFIX_SIZE) : 0;
    const slot = tape.direction * SLOTS + (type === FRAME_METHOD ? trafficSlot(ids) : type);
    this.traffic.frames[slot]! += 1;
    this.traffic.bytes[slot]! += size;
    if (ids >>> 16 !== CLASS_CONNECTION) return;
    this.#connectionMethod(tape, at + FRAME_PREFIX_SIZE, at + (kept < size ? kept : size - 1));
  }

  /** Counts `size` bytes that are no frame, and blanks out what is kept of them if they may hold secrets. */
  #countOpaque(tape: Tape, at: number, size: number, kept: number): void {
    const { bytes, view } = this.arena;
    this.traffic.opaqueBytes[tape.direction]! += size;
    const brokenMethod = kept > LARGE_PREFIX && bytes[at] === FRAME_METHOD;
    if (brokenMethod && view.getUint16(at + FRAME_PREFIX_SIZE) === CLASS_CONNECTION) tape.secretive = !this.showSecrets;
    if (tape.secretive) bytes.fill(0, at, at + kept);
  }

  /** The first bytes of a stream: a protocol header, frames at once (the server's side), or something else. */
  #start(tape: Tape, end: number, time: number, origin: number): void {
    const { arena } = this;
    const size = end - arena.at;
    if (startsLikeProtocolHeader(arena.bytes, arena.at, end)) {
      if (size < PROTOCOL_HEADER_SIZE) return tape.hold(arena.bytes, arena.at, end);
      const name = protocolName(arena.bytes, arena.at);
      tape.phase = 'frames';
      tape.frames++;
      this.#push(tape, KIND_PROTOCOL_HEADER, 1, PROTOCOL_HEADER_SIZE, time, origin);
      if (isFramedProtocol(name)) this.#scan(tape, end, time, origin);
      else this.#turnOpaque(tape, size - PROTOCOL_HEADER_SIZE, time, origin, name);
    } else if (tape.direction === CLIENT_TO_SERVER) {
      this.#turnOpaque(tape, size, time, origin);
    } else {
      tape.phase = 'frames';
      this.#scan(tape, end, time, origin);
    }
  }

  /** Joined in the middle: passes over the bytes between head and `end` up to the first plausible frame. */
  #seek(tape: Tape, end: number, time: number, atEnd: boolean): void {
    const { arena } = this;
    const size = end - arena.at;
    tape.wanted = 0;
    if (tape.skipped === 0 && size >= PROTOCOL_HEADER_SIZE && startsLikeProtocolHeader(arena.bytes, arena.at, end)) {
      tape.phase = 'start';
      return this.#start(tape, end, time, 0);
    }
    const boundary = findFrameBoundary(arena.bytes, arena.at, end, atEnd);
    if (boundary < 0) {
      const kept = atEnd ? 0 : Math.min(size, LARGEST_SOUGHT);
      tape.skipped += size - kept;
      tape.wanted = kept + (kept >> 2);
      return tape.hold(arena.bytes, end - kept, end);
    }
    tape.phase = 'frames';
    const rest = arena.bytes.slice(boundary, end);
    this.#saySkipped(tape, tape.skipped + boundary - arena.at, time);
    arena.put(rest);
    this.#scan(tape, arena.at + rest.length, time, 0);
  }

  #endSeek(tape: Tape, time: number): void {
    const { arena } = this;
    if (tape.carried > 0) {
      arena.put(tape.carry!.subarray(0, tape.carried));
      const end = arena.at + tape.carried;
      tape.carried = 0;
      this.#seek(tape, end, time, true);
    }
    this.#saySkipped(tape, tape.skipped, time);
  }

  #saySkipped(tape: Tape, skipped: number, time: number): void {
    tape.skipped = 0;
    if (skipped === 0) return;
    this.note(tape.connection, { type: 'resync', direction: directionName(tape.direction), skipped }, time);
  }

  /** What stands in the `size` bytes at the head is no frame, and neither is anything after it. */
  #turnOpaque(tape: Tape, size: number, time: number, origin: number, protocol?: string): void {
    const { arena } = this;
    const rest = arena.bytes.slice(arena.at, arena.at + size);
    const seen = protocol ?? foreignProtocol(rest, 0, rest.length);
    const reason = seen === 'unknown' ? 'no AMQP 0-9-1 frame begins here' : `looks like ${seen}`;
    this.#sayOpaque(tape, size, time, reason);
    arena.put(rest);
    if (size > 0) this.#opaque(tape, size, size, time, origin);
  }

  /** The last `size` bytes of what came, and all that follows, are opaque. */
  #sayOpaque(tape: Tape, size: number, time: number, reason: string): void {
    tape.phase = 'opaque';
    const offset = tape.bytes - size;
    this.note(tape.connection, { type: 'opaque', direction: directionName(tape.direction), offset, reason }, time);
  }

  /** Files bytes at the head that are no frame: `kept` of `size`. */
  #opaque(tape: Tape, size: number, kept: number, time: number, origin: number): void {
    this.#countOpaque(tape, this.arena.at, size, kept);
    this.#push(tape, KIND_OPAQUE, 1, kept, time, origin, kept < size);
  }

  #giveUpUnfinished(tape: Tape, time: number, reason: string): void {
    const size = tape.unfinished;
    const kept = tape.large?.prefix ?? tape.carry?.subarray(0, tape.carried) ?? new Uint8Array(0);
    tape.large = undefined;
    tape.carried = 0;
    tape.wanted = 0;
    if (tape.phase === 'seeking') tape.skipped += size;
    else if (size > 0) {
      this.note(tape.connection, { type: 'unfinished', direction: directionName(tape.direction), size, reason }, time);
      this.arena.put(kept);
      this.#opaque(tape, size, kept.length, time, 0);
    }
  }

  /** Files the `size` bytes at the head of the arena. */
  #push(tape: Tape, kind: Kind, count: number, size: number, time: number, origin: number, cut = false): void {
    const withheld = kind === KIND_OPAQUE && tape.secretive;
    this.push(tape.connection, packFlags(tape.direction, kind, origin, cut, withheld), count, size, time);
  }
}
