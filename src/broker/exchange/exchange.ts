// An exchange: a name in a virtual host, its declared properties, and its bindings. Counterpart: router.ts, which follows
// the bindings from exchange to exchange.

import type { FieldTable } from '../../protocol/field-table.ts';
import { type Binding, bindingKey, type Destination } from './binding.ts';
import type { BindingIndex, ExchangeType } from './exchange-type.ts';

export interface ExchangeDeclaration {
  readonly name: string;
  readonly type: ExchangeType;
  readonly durable: boolean;
  readonly autoDelete: boolean;
  /** Clients cannot publish to it, only exchanges can. */
  readonly internal: boolean;
  readonly arguments: FieldTable;
}

export class Exchange implements Destination {
  readonly kind = 'exchange';
  readonly vhost: string;
  readonly name: string;
  readonly type: ExchangeType;
  readonly durable: boolean;
  readonly autoDelete: boolean;
  readonly internal: boolean;
  readonly arguments: FieldTable;
  readonly bindings = new Map<string, Binding>();
  readonly index: BindingIndex;
  /** Where messages go that find no other way; from arguments or policy. */
  alternate: string | undefined;
  deleted = false;
  /** Messages published to it, and copies that it passed on. */
  publishedIn = 0;
  publishedOut = 0;

  constructor(vhost: string, declaration: ExchangeDeclaration, random: () => number) {
    this.vhost = vhost;
    this.name = declaration.name;
    this.type = declaration.type;
    this.durable = declaration.durable;
    this.autoDelete = declaration.autoDelete;
    this.internal = declaration.internal;
    this.arguments = declaration.arguments;
    this.index = declaration.type.createIndex(declaration.arguments, random);
  }

  /** Adds the binding; false: there is an equal one. */
  bind(binding: Binding): boolean {
    const key = bindingKey(binding);
    if (this.bindings.has(key)) return false;
    this.bindings.set(key, binding);
    this.index.add(binding);
    return true;
  }

  /** Removes the binding equal to this one, and returns it; undefined: there is none. */
  unbind(binding: Omit<Binding, 'source'>): Binding | undefined {
    const key = bindingKey(binding);
    const found = this.bindings.get(key);
    if (!found) return undefined;
    this.bindings.delete(key);
    this.index.remove(found);
    return found;
  }
}
