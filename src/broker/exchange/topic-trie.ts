// Topic patterns as a tree of words: `*` stands for one word, `#` for any number of words, none included.
// Words are what lies between dots, so some may be empty: `a..b` has three; only the empty key has none at all.
// Invariant: a match looks at no node twice for the same rest of the key, so its cost is at most nodes × words, however
// the patterns are made up; and it finds no binding twice.

import type { Binding, Destination } from './binding.ts';
import { addDestinations, type Bound, withBinding, withoutBinding } from './binding-list.ts';

class TopicNode {
  /** Bindings whose pattern ends here. */
  bound: Bound | undefined = undefined;
  star: TopicNode | undefined = undefined;
  hash: Hash | undefined = undefined;
  /** Most nodes lead on by one word only: it stands here. A second one moves both into `children`. */
  word = '';
  child: TopicNode | undefined = undefined;
  children: Map<string, TopicNode> | undefined = undefined;

  /** Where that very word leads. */
  next(word: string): TopicNode | undefined {
    if (this.children) return this.children.get(word);
    return this.word === word ? this.child : undefined;
  }

  isLeaf(): boolean {
    return !(this.child || this.children || this.star || this.hash);
  }

  /** Where a word of a pattern leads; made if it is not there yet. */
  grow(word: string): TopicNode {
    if (word === '*') {
      this.star ??= new TopicNode();
      return this.star;
    }
    if (word === '#') {
      this.hash ??= new Hash();
      return this.hash.node;
    }
    return this.next(word) ?? this.#growWord(word);
  }

  #growWord(word: string): TopicNode {
    const node = new TopicNode();
    if (this.child) {
      this.children = new Map([[this.word, this.child]]);
      this.child = undefined;
    }
    if (this.children) this.children.set(word, node);
    else {
      this.word = word;
      this.child = node;
    }
    return node;
  }

  /** Where a word of a pattern leads, if it leads anywhere. */
  follow(word: string): TopicNode | undefined {
    if (word === '*') return this.star;
    if (word === '#') return this.hash?.node;
    return this.next(word);
  }

  cut(word: string): void {
    if (word === '*') this.star = undefined;
    else if (word === '#') this.hash = undefined;
    else if (this.children) {
      this.children.delete(word);
      if (this.children.size === 0) this.children = undefined;
    } else this.child = undefined;
  }
}

/** A `#`, and how far the present match has been through it: from word `from` to the end. */
class Hash {
  readonly node = new TopicNode();
  match = 0;
  from = 0;
}

export class TopicTrie {
  readonly #root = new TopicNode();
  /** The words of the key being matched; reused, `#count` of them are meant. */
  readonly #words: string[] = [];
  #count = 0;
  #match = 0;

  /** Adds the binding under its routing key as a pattern. */
  add(binding: Binding): void {
    this.#split(binding.routingKey);
    let node = this.#root;
    for (let at = 0; at < this.#count; at++) node = node.grow(this.#words[at]!);
    node.bound = withBinding(node.bound, binding);
  }

  remove(binding: Binding): void {
    this.#split(binding.routingKey);
    this.#remove(this.#root, 0, binding);
  }

  #remove(node: TopicNode, at: number, binding: Binding): void {
    if (at === this.#count) {
      node.bound = withoutBinding(node.bound, binding);
      return;
    }
    const word = this.#words[at]!;
    const next = node.follow(word);
    if (!next) return;
    this.#remove(next, at + 1, binding);
    if (!next.bound && next.isLeaf()) node.cut(word);
  }

  /** Adds the destinations of all bindings whose pattern matches the key. */
  match(key: string, found: Destination[]): void {
    this.#split(key);
    this.#match++;
    this.#visit(this.#root, 0, found);
  }

  /** The node stands for all that came before word `at`. */
  #visit(node: TopicNode, at: number, found: Destination[]): void {
    if (node.hash) this.#skip(node.hash, at, found);
    if (at === this.#count) {
      if (node.bound) addDestinations(node.bound, found);
      return;
    }
    const next = node.next(this.#words[at]!);
    if (next) this.#visit(next, at + 1, found);
    if (node.star) this.#visit(node.star, at + 1, found);
  }

  /** Lets a `#` take any number of words from word `at` on; those that it took before in this match are done. */
  #skip(hash: Hash, at: number, found: Destination[]): void {
    const { node } = hash;
    const isFirst = hash.match !== this.#match;
    const end = isFirst ? this.#count + 1 : hash.from;
    if (at >= end) return;
    hash.match = this.#match;
    hash.from = at;
    if (!node.isLeaf()) {
      for (let next = at; next < end; next++) this.#visit(node, next, found);
    } else if (isFirst && node.bound) addDestinations(node.bound, found);
  }

  #split(key: string): void {
    const words = this.#words;
    let count = 0;
    if (key !== '') {
      let start = 0;
      for (let dot = key.indexOf('.'); dot >= 0; dot = key.indexOf('.', start)) {
        words[count++] = key.slice(start, dot);
        start = dot + 1;
      }
      words[count++] = key.slice(start);
    }
    this.#count = count;
  }
}
