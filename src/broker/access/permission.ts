// What a user may do in a virtual host, as it is set: regular expressions on the names of exchanges and queues, and for
// topic exchanges on routing keys. Plain data and its compiled form. RabbitMQ's rabbit_auth_backend_internal.

import { Pattern } from './pattern.ts';
import { PatternError } from './pcre.ts';
import { SettingError } from './setting-error.ts';

export type PermissionName = 'configure' | 'write' | 'read';

export interface PermissionRecord {
  readonly user: string;
  readonly vhost: string;
  readonly configure: string;
  readonly write: string;
  readonly read: string;
}

export interface TopicPermissionRecord {
  readonly user: string;
  readonly vhost: string;
  readonly exchange: string;
  readonly write: string;
  readonly read: string;
}

/** A permission with its patterns compiled. */
export interface Permission {
  readonly record: PermissionRecord;
  readonly patterns: Readonly<Record<PermissionName, Pattern>>;
}

/** Throws SettingError. */
export function compilePermission(record: PermissionRecord): Permission {
  const { configure, write, read } = record;
  return { record, patterns: { configure: compile(configure), write: compile(write), read: compile(read) } };
}

/** Throws SettingError. What stands in braces is filled in later, per connection. */
export function checkTopicPermission({ write, read }: TopicPermissionRecord): void {
  compile(write);
  compile(read);
}

/** A topic permission's pattern for a connection: `{username}` and `{vhost}` filled in as they are, unescaped. */
export function expandTopicPattern(source: string, variables: Readonly<Record<string, string>>): Pattern | undefined {
  const expanded = source.replaceAll(/\{(\w+)\}/g, (placeholder, name: string) => variables[name] ?? placeholder);
  try {
    return compile(expanded);
  } catch (error) {
    // A user name may make a pattern invalid; nothing matches that.
    if (error instanceof SettingError) return undefined;
    throw error;
  }
}

/** The empty pattern permits nothing but the empty name. */
function compile(source: string): Pattern {
  try {
    return new Pattern(source === '' ? '^$' : source);
  } catch (error) {
    if (!(error instanceof PatternError)) throw error;
    throw new SettingError(`regular expression '${source}' is invalid: ${error.reason} (at offset ${error.offset})`, {
      cause: error,
    });
  }
}
