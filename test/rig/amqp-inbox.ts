// What came on one channel of the client of the tests, and who waits for what. Counterpart: amqp-client.ts.
// Invariant: what came is handed out once, to the first who waits for it, else it stays, in order.

import type { ArgumentsOf, BasicProperties, MethodName } from '../../src/protocol/method-table.ts';
import type { SPEC } from '../../src/protocol/spec.ts';
import { type Closed, inspect } from './amqp-closed.ts';

/** Waiting longer than this is a failure, told with what came instead. */
const PATIENCE_MS = 20_000;

type ContentMethod = 'basic.publish' | 'basic.return' | 'basic.deliver' | 'basic.get-ok';
interface Content {
  readonly properties: BasicProperties;
  readonly body: Buffer;
}

/** A method that came, with properties and body if it carries content. */
export type Command<M extends MethodName = MethodName> = M extends MethodName
  ? { readonly method: M; readonly arguments: ArgumentsOf<M> } & (M extends ContentMethod ? Content : unknown)
  : never;

type Spec = typeof SPEC;
/** The names of the methods that answer a synchronous method. */
export type ReplyOf<M extends MethodName> = M extends `${infer C extends keyof Spec}.${infer N}`
  ? Spec[C]['methods'][N & keyof Spec[C]['methods']] extends { replies: readonly (infer R extends string)[] }
    ? `${C}.${R}` & MethodName
    : never
  : never;

/** What came on one channel, and who waits for what. */
export class Inbox {
  readonly commands: Command[] = [];
  readonly #title: string;
  #waiters: { names: readonly string[]; resolve(command: Command): void; reject(reason: unknown): void }[] = [];
  #closed: Closed | undefined;

  constructor(title: string) {
    this.#title = title;
  }

  put(command: Command): void {
    const index = this.#waiters.findIndex(({ names }) => names.length === 0 || names.includes(command.method));
    if (index < 0) this.commands.push(command);
    else this.#waiters.splice(index, 1)[0]!.resolve(command);
  }

  async take(names: readonly string[]): Promise<Command> {
    const index = this.commands.findIndex(({ method }) => names.length === 0 || names.includes(method));
    if (index >= 0) return this.commands.splice(index, 1)[0]!;
    if (this.#closed) throw this.#closed;
    return await new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        const wanted = names.join(' or ') || 'anything';
        reject(new Error(`waited in vain for ${wanted} on ${this.#title}; came: ${inspect(this.commands)}`));
      }, PATIENCE_MS);
      this.#waiters.push({
        names,
        resolve: (command) => {
          clearTimeout(timer);
          resolve(command);
        },
        reject: (reason) => {
          clearTimeout(timer);
          reject(reason);
        },
      });
    });
  }

  close(reason: Closed): void {
    this.#closed ??= reason;
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const { reject } of waiters) reject(this.#closed);
  }
}
