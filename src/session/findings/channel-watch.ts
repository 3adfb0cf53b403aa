// Findings that are a matter of how things stand, not of a single record: they look now and then, so that messages pass at
// no cost. Counterpart of ../listener.ts, whose events they are built on.
// Invariant: what a look has said true of is not looked at again.

import type { Channel, Closure } from '../channel.ts';
import type { Consumer } from '../consumer.ts';
import type { SessionListener } from '../listener.ts';
import type { SessionTables } from '../tables.ts';

/**
 * True: seen enough. `closure`: the channel is about to go, and this is the last look. `time` in µs since the Unix epoch.
 */
export type Look = (channel: Channel, time: number, closure: Closure | undefined) => boolean;

/** Looks at each open channel about once a second, and a last time before what waits on it is given up. */
export function watchChannels({ connections }: SessionTables, look: Look): SessionListener {
  const done = new WeakSet<Channel>();
  const see: (...seen: Parameters<Look>) => void = (channel, time, closure) => {
    if (!done.has(channel) && look(channel, time, closure)) done.add(channel);
  };
  return {
    tick(time) {
      for (const { channels } of connections.values()) {
        for (const channel of channels.values()) if (channel.isOpen) see(channel, time, undefined);
      }
    },
    channelLosing: (channel, closure) => see(channel, closure.time, closure),
  };
}

/**
 * The same for channels that have published `first` messages, then twice as many, and so on, and before they go: looks
 * that are dearer. What the channel has published last is whole in `channel.contents[0]`.
 */
export function watchPublishers(tables: SessionTables, first: number, look: Look): SessionListener {
  const next = new WeakMap<Channel, number>();
  return watchChannels(tables, (channel, time, closure) => {
    const { published } = channel;
    if (published < first || (closure === undefined && published < (next.get(channel) ?? first))) return false;
    // Of a message that is on its way, some is new and some is the last one's.
    if (channel.contents[0].kind !== 'none') return false;
    next.set(channel, 2 * published);
    return look(channel, time, closure);
  });
}

/** The same for each consumer that there is or was on a channel. */
export function watchConsumers(
  tables: SessionTables,
  look: (consumer: Consumer, ...seen: Parameters<Look>) => boolean,
): SessionListener {
  const done = new WeakSet<Consumer>();
  return watchChannels(tables, (channel, time, closure) => {
    for (const consumer of channel.consumers.values()) {
      if (!done.has(consumer) && look(consumer, channel, time, closure)) done.add(consumer);
    }
    return false;
  });
}
