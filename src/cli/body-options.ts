// The options that say how bodies are decoded, of every command that shows them. Counterpart: body-decoding.ts, which
// reads the files and decodes. Invariant: parsing them loads nothing.

import type { Command } from 'commander';
import { ConfigError } from '../errors.ts';

/** What commander hands over. */
export interface BodyOptionValues {
  readonly decode?: string;
  readonly proto?: readonly string[];
  readonly protoMap?: readonly string[];
  readonly avro?: readonly string[];
}

export interface BodyOptions {
  /** A decoder's id, or `raw`; undefined: by content type and content. */
  readonly decoder: string | undefined;
  readonly protoFiles: readonly string[];
  /** `routing_key=Type` */
  readonly protoMap: readonly string[];
  readonly avroFiles: readonly string[];
}

/** Declares the options on a command. */
export function addBodyOptions(command: Command): Command {
  return command
    .optionsGroup('Bodies:')
    .option('--decode <decoder>', 'decode every body as this (json, msgpack, protobuf, …), or raw for not at all')
    .option('--proto <file>', 'a .proto file with message types, and those that it imports (repeatable)', collect)
    .option('--proto-map <key=type>', "message type by routing key, as in 'orders.*=shop.Order' (repeatable)", collect)
    .option('--avro <file>', 'an .avsc file with the schema of Avro bodies (repeatable)', collect);
}

/** Checks what can be checked without the files; undefined if none of the options is given. Throws ConfigError. */
export function parseBodyOptions(values: BodyOptionValues): BodyOptions | undefined {
  const { decode, proto = [], protoMap = [], avro = [] } = values;
  if (decode === undefined && [proto, protoMap, avro].every((list) => list.length === 0)) return undefined;
  if (protoMap.length > 0 && proto.length === 0) throw new ConfigError('--proto-map', 'needs --proto FILE');
  return { decoder: decode, protoFiles: proto, protoMap, avroFiles: avro };
}

function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}
