// Reads an LMDB data file without LMDB: with plain reads instead of a memory map, and checking all it relies on, so that
// a file that was cut short or scribbled on becomes an error instead of a crash or garbage. Counterpart: the library,
// which maps the file and trusts it; it gets to see a file only after this.
// Layout: lmdb 3 (its LMDB's data version 2) on 64-bit machines. Pages 0 and 1 are meta pages: the two newest
// transactions, each the root of a tree that shares what did not change with the other.
//
//   page   | number:8 | transaction:8 | 0:2 | flags:2 | lower:2 upper:2, or pages:4 | offsets of nodes:2 each … nodes |
//   node   | low:2 | high:2 | flags:2 | key length:2 | key | data, or where it is: | page:8 | transaction:8 | pages:8 |
//   meta   | magic:4 | version:4 | address:8 | map size:8 | free tree | main tree | last page:8 | transaction:8 |
//   tree   | page size:4 | flags:2 | depth:2 | branches:8 | leaves:8 | overflow pages:8 | entries:8 | root:8 |
// Invariant: nothing is handed out from a page that was reached twice, lies outside the file or is not what it is said to be.

import { fstatSync, fsyncSync, readSync, writeSync } from 'node:fs';
import { AmqpSpyError } from '../../errors.ts';

const PAGE_HEADER = 24;
const NODE_HEADER = 8;
const OVERFLOW_POINTER = 24;
const MAGIC = 0xbeefc0de;
const DATA_VERSION = 2;
const META_SIZE = 144;
const FREE_TREE = 24;
const MAIN_TREE = 72;
const NO_PAGE = 0xffffffff;

const BRANCH = 1;
const LEAF = 2;
const OVERFLOW = 4;
const META = 8;
/** The flags of the free tree, with what the file was made with: `noSubdir`, and neither encrypted nor the like. */
const FREE_FLAGS = 0x4008;
/** Flags that a page keeps from its transaction, which say nothing about it. */
const PASSING_FLAGS = 0xf000;

/** The file may be shorter than its last page says, by pages that were freed before they were ever written. */
const MISSING_PAGES = 0x40000;

const PAGE_SIZES = [4096, 8192, 16384, 32768, 65536];

interface Tree {
  readonly depth: number;
  readonly branches: number;
  readonly leaves: number;
  readonly overflowPages: number;
  readonly entries: number;
  readonly root: number;
}

/** The state of a file after one transaction. */
export interface Snapshot {
  readonly transaction: number;
  readonly pageSize: number;
  /** The meta page, 0 or 1. */
  readonly slot: number;
  readonly lastPage: number;
  readonly free: Tree;
  readonly main: Tree;
}

export class LmdbFile {
  readonly #fd: number;
  readonly #size: number;

  /** The descriptor stays the caller's. */
  constructor(fd: number) {
    this.#fd = fd;
    this.#size = fstatSync(fd).size;
  }

  /** The transactions that the file says it has, newest first; at most two. */
  snapshots(): Snapshot[] {
    for (const pageSize of PAGE_SIZES) {
      const found = [0, 1].flatMap((slot) => this.#snapshot(slot, pageSize) ?? []);
      if (found.length > 0) return found.sort((a, b) => b.transaction - a.transaction);
    }
    return [];
  }

  /** All keys and values of a snapshot by key, ascending. Throws ERR_STORE_DAMAGED where it makes no sense. */
  *entries(snapshot: Snapshot): Generator<[key: Buffer, value: Buffer]> {
    const walk = new TreeWalk(this.#fd, this.#size, snapshot);
    yield* walk.entries(snapshot.main);
    for (const [, list] of walk.entries(snapshot.free)) walk.checkFree(list);
    walk.checkTransaction();
  }

  /** Makes this snapshot the newest one of the file, durably. */
  cutTo(snapshot: Snapshot): void {
    const page = Buffer.alloc(PAGE_HEADER + META_SIZE);
    readSync(this.#fd, page, 0, page.length, snapshot.slot * snapshot.pageSize);
    const slot = 1 - snapshot.slot;
    page.writeBigUInt64LE(BigInt(slot), 0);
    // Older than the one it is a copy of, so that the library takes that.
    page.writeBigUInt64LE(BigInt(Math.max(0, snapshot.transaction - 1)), PAGE_HEADER + 128);
    writeSync(this.#fd, page, 0, page.length, slot * snapshot.pageSize);
    fsyncSync(this.#fd);
  }

  #snapshot(slot: number, pageSize: number): Snapshot | undefined {
    const page = Buffer.alloc(PAGE_HEADER + META_SIZE);
    if (readSync(this.#fd, page, 0, page.length, slot * pageSize) < page.length) return undefined;
    const meta = page.subarray(PAGE_HEADER);
    const sound =
      page.readUInt16LE(18) === META &&
      meta.readUInt32LE(0) === MAGIC &&
      (meta.readUInt32LE(4) & 0xffff) === DATA_VERSION &&
      meta.readUInt32LE(FREE_TREE) === pageSize &&
      meta.readUInt16LE(FREE_TREE + 4) === FREE_FLAGS &&
      meta.readUInt32LE(MAIN_TREE) === 0 &&
      meta.readUInt16LE(MAIN_TREE + 4) === 0;
    const lastPage = readNumber(meta, 120);
    if (!sound || lastPage > this.#size / pageSize + MISSING_PAGES) return undefined;
    return {
      transaction: readNumber(meta, 128),
      pageSize,
      slot,
      lastPage,
      free: readTree(meta, FREE_TREE),
      main: readTree(meta, MAIN_TREE),
    };
  }
}

/** One walk through the trees of a snapshot: no page may come up twice. */
class TreeWalk {
  readonly #fd: number;
  readonly #pageSize: number;
  readonly #pages: number;
  readonly #snapshot: Snapshot;
  readonly #used: Uint8Array;
  #newest = 0;
  #branches = 0;
  #leaves = 0;
  #overflowPages = 0;
  #entries = 0;

  constructor(fd: number, size: number, snapshot: Snapshot) {
    this.#fd = fd;
    this.#snapshot = snapshot;
    this.#pageSize = snapshot.pageSize;
    this.#pages = Math.min(snapshot.lastPage + 1, Math.floor(size / snapshot.pageSize));
    this.#used = new Uint8Array((this.#pages >> 3) + 1);
  }

  *entries(tree: Tree): Generator<[key: Buffer, value: Buffer]> {
    this.#branches = 0;
    this.#leaves = 0;
    this.#overflowPages = 0;
    this.#entries = 0;
    if (tree.root !== NO_PAGE) yield* this.#walk(tree.root, tree.depth);
    const counted =
      this.#branches === tree.branches &&
      this.#leaves === tree.leaves &&
      this.#overflowPages === tree.overflowPages &&
      this.#entries === tree.entries;
    if (!counted) throw damaged(`the tree at page ${tree.root} has not as many pages and entries as it should`);
  }

  /** No page may be both free and in use. Free pages stand alone, or as the negative size of a block before its first. */
  checkFree(list: Buffer): void {
    const length = Math.min(Number(list.readBigInt64LE(0)), list.length / 8 - 1);
    let block = 1;
    for (let i = 1; i <= length; i++) {
      const entry = Number(list.readBigInt64LE(i * 8));
      if (entry < 0) block = -entry;
      else {
        for (let page = entry; entry !== 0 && page < entry + block; page++) {
          if (page < 2 || page > this.#snapshot.lastPage) throw damaged(`page ${page} is free, but outside the file`);
          if (this.#isUsed(page)) throw damaged(`page ${page} is both free and in use`);
        }
        block = 1;
      }
    }
  }

  /** A transaction rewrites at least one root. */
  checkTransaction(): void {
    if (this.#newest !== 0 && this.#newest !== this.#snapshot.transaction) {
      throw damaged(`transaction ${this.#snapshot.transaction} has pages of ${this.#newest} at most`);
    }
  }

  *#walk(number: number, depth: number): Generator<[key: Buffer, value: Buffer]> {
    const page = this.#page(number, depth > 1 ? BRANCH : LEAF);
    const nodes = page.readUInt16LE(20) >> 1;
    if (nodes === 0) throw damaged(`page ${number} is empty`);
    if (depth > 1) this.#branches++;
    else this.#leaves++;
    for (let i = 0; i < nodes; i++) {
      const node = this.#node(page, number, i);
      if (depth > 1) yield* this.#walk(childOf(node), depth - 1);
      else yield this.#entry(node, number);
    }
  }

  #entry(node: Buffer, page: number): [key: Buffer, value: Buffer] {
    this.#entries++;
    const size = node.readUInt16LE(0) + node.readUInt16LE(2) * 0x10000;
    const dataAt = NODE_HEADER + node.readUInt16LE(6);
    const key = node.subarray(NODE_HEADER, dataAt);
    const flags = node.readUInt16LE(4);
    if (flags === 0) {
      if (dataAt + size > node.length) throw damaged(`an entry does not fit into page ${page}`);
      return [key, node.subarray(dataAt, dataAt + size)];
    }
    if (flags !== 1 || dataAt + OVERFLOW_POINTER > node.length) throw damaged(`page ${page} has an unknown entry`);
    return [key, this.#overflow(readNumber(node, dataAt), readNumber(node, dataAt + 16), size)];
  }

  #overflow(number: number, pages: number, size: number): Buffer {
    if (Math.ceil((PAGE_HEADER + size) / this.#pageSize) !== pages) throw damaged(`page ${number}: wrong value size`);
    this.#use(number, pages);
    this.#overflowPages += pages;
    const bytes = this.#read(number, PAGE_HEADER + size);
    const sound =
      readNumber(bytes, 0) === number &&
      (bytes.readUInt16LE(18) & ~PASSING_FLAGS) === OVERFLOW &&
      bytes.readUInt32LE(20) === pages;
    if (!sound) throw damaged(`page ${number} does not hold a value`);
    return bytes.subarray(PAGE_HEADER);
  }

  #page(number: number, kind: number): Buffer {
    this.#use(number, 1);
    const page = this.#read(number, this.#pageSize);
    const transaction = readNumber(page, 8);
    const sound =
      readNumber(page, 0) === number &&
      transaction <= this.#snapshot.transaction &&
      (page.readUInt16LE(18) & ~PASSING_FLAGS) === kind &&
      page.readUInt16LE(20) <= page.readUInt16LE(22) &&
      page.readUInt16LE(22) <= this.#pageSize - PAGE_HEADER;
    if (!sound) throw damaged(`page ${number} is not a ${kind === BRANCH ? 'branch' : 'leaf'} of its tree`);
    this.#newest = Math.max(this.#newest, transaction);
    return page;
  }

  /** The node and what follows it on its page. */
  #node(page: Buffer, number: number, i: number): Buffer {
    const at = PAGE_HEADER + page.readUInt16LE(PAGE_HEADER + i * 2);
    const fits =
      at >= PAGE_HEADER + page.readUInt16LE(22) &&
      at + NODE_HEADER <= page.length &&
      at + NODE_HEADER + page.readUInt16LE(at + 6) <= page.length;
    if (!fits) throw damaged(`page ${number} has a node outside of it`);
    return page.subarray(at);
  }

  #read(number: number, length: number): Buffer {
    const bytes = Buffer.allocUnsafeSlow(length);
    const position = number * this.#pageSize;
    let read = 0;
    while (read < length) {
      const count = readSync(this.#fd, bytes, read, length - read, position + read);
      if (count === 0) throw damaged(`the file ends within page ${number}`);
      read += count;
    }
    return bytes;
  }

  #use(number: number, count: number): void {
    if (number < 2 || number + count > this.#pages) throw damaged(`page ${number} lies outside the file`);
    for (let page = number; page < number + count; page++) {
      if (this.#isUsed(page)) throw damaged(`page ${page} is used twice`);
      this.#used[page >> 3]! |= 1 << (page & 7);
    }
  }

  #isUsed(page: number): boolean {
    return page < this.#pages && (this.#used[page >> 3]! & (1 << (page & 7))) !== 0;
  }
}

function childOf(node: Buffer): number {
  return node.readUInt16LE(0) + node.readUInt16LE(2) * 0x10000 + node.readUInt16LE(4) * 0x100000000;
}

function readTree(meta: Buffer, at: number): Tree {
  const root = meta.readBigUInt64LE(at + 40);
  return {
    depth: meta.readUInt16LE(at + 6),
    branches: readNumber(meta, at + 8),
    leaves: readNumber(meta, at + 16),
    overflowPages: readNumber(meta, at + 24),
    entries: readNumber(meta, at + 32),
    root: root === 0xffffffffffffffffn ? NO_PAGE : Number(root),
  };
}

/** An unsigned 64-bit number; those beyond 2^53 are damage, and too large for every check. */
function readNumber(bytes: Buffer, at: number): number {
  return bytes.readUInt32LE(at) + bytes.readUInt32LE(at + 4) * 0x100000000;
}

function damaged(what: string): AmqpSpyError {
  return new AmqpSpyError('ERR_STORE_DAMAGED', what);
}
