// That the exemplary programs are exemplary: checked command by command, without the session tracking that they test.

import { describe, expect, it } from 'vitest';
import { Cursor } from '../../src/log/cursor.ts';
import { methodByName } from '../../src/protocol/method-table.ts';
import { type Command, CommandAssembler } from '../../src/session/command-assembler.ts';
import type { Conversation } from './conversation.ts';
import { played, WELL_BEHAVED } from './well-behaved.ts';

function commandsOf(talk: Conversation): Command[] {
  const commands: Command[] = [];
  const assembler = new CommandAssembler((command) => commands.push(command));
  for (const cursor = new Cursor(talk.log, 1); cursor.next(); ) assembler.record(cursor);
  expect(assembler.pending).toBe(0);
  return commands;
}

/** What is still open on one channel: tags by what was numbered, and calls that nothing has answered. */
class Open {
  readonly tags: Record<'delivered' | 'published', Set<number>> = { delivered: new Set(), published: new Set() };
  readonly calls: string[] = [];
  published = 0;
  confirms = false;
  autoAck = new Set<string>();

  settle(kind: 'delivered' | 'published', tag: number, multiple: boolean): void {
    const tags = this.tags[kind];
    expect(tags.has(tag), `tag ${tag} of what was ${kind}`).toBe(true);
    for (const each of [...tags]) if (each === tag || (multiple && each < tag)) tags.delete(each);
  }
}

function follow(open: Open, { name, direction, method }: Command): void {
  const values = method!.arguments as { readonly [name: string]: never };
  const { spec } = methodByName(name!)!;
  if (spec.replies && values['nowait'] !== true) open.calls.push(name!);
  const asked = open.calls.at(-1);
  if (asked && methodByName(asked)!.spec.replies!.some((reply) => name === `${asked.split('.')[0]}.${reply}`)) {
    open.calls.pop();
  }
  const tag = Number(values['delivery_tag']);
  if (name === 'confirm.select') open.confirms = true;
  else if (name === 'basic.publish' && open.confirms) open.tags.published.add(++open.published);
  else if (name === 'basic.consume' && values['no_ack']) open.autoAck.add(values['consumer_tag']!);
  else if (name === 'basic.deliver' && !open.autoAck.has(values['consumer_tag']!)) open.tags.delivered.add(tag);
  else if (name === 'basic.get-ok') open.tags.delivered.add(tag);
  else if (/^basic\.(ack|nack|reject)$/.test(name!)) {
    open.settle(direction === 0 ? 'delivered' : 'published', tag, values['multiple'] === true);
  }
}

describe.each(WELL_BEHAVED.map((script) => [script.name, script] as const))('a %s', (_, script) => {
  const talk = played(script);
  const commands = commandsOf(talk);

  it('speaks in whole commands and leaves in order', () => {
    expect(commands.filter(({ problem }) => problem !== undefined)).toEqual([]);
    for (const { state, closeReason } of talk.connections.list()) {
      expect({ state, closeReason }).toEqual({ state: 'closed', closeReason: 'client closed: 200 Goodbye' });
    }
    expect(talk.log.firstId).toBe(1);
  });

  it('settles what must be settled, once, and has every call answered', () => {
    if (script.name.startsWith('capture')) return;
    const channels = new Map<string, Open>();
    for (const command of commands) {
      const key = `${command.connection}:${command.channel}`;
      const open = channels.get(key) ?? new Open();
      channels.set(key, open);
      follow(open, command);
    }
    for (const [key, { tags, calls }] of channels) {
      const left = { delivered: [...tags.delivered], published: [...tags.published], calls };
      expect({ key, ...left }).toEqual({ key, delivered: [], published: [], calls: [] });
    }
  });
});

it('the programs have names of their own', () => {
  expect(new Set(WELL_BEHAVED.map(({ name }) => name)).size).toBe(WELL_BEHAVED.length);
});
