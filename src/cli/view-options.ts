// The options that say what is shown and how, shared by the live command and `read`; and the printer that they ask for.
// Invariant: JSON is always one line a record, in the frame event's shape, so that a pipe into jq never changes.

import type { Command } from 'commander';
import { ConfigError } from '../errors.ts';
import { connectionContext } from '../filter/context.ts';
import type { Filter } from '../filter/filter.ts';
import type { RecordStore } from '../log/record-store.ts';
import type { ConnectionTable } from '../session/connection-table.ts';
import type { Session } from '../session/session.ts';
import type { BodyDecoding } from './body-decoding.ts';
import { addBodyOptions, type BodyOptions, type BodyOptionValues, parseBodyOptions } from './body-options.ts';
import { addFilterOptions, type FilterOptionValues, withFilter } from './filter-option.ts';
import type { Output } from './output.ts';
import { loadPalette, wantsColor } from './palette.ts';
import type { View } from './pretty-printer.ts';
import { onlyFindings, type Printer, SILENT_PRINTER, withoutHeartbeats } from './printer.ts';

const VIEWS = ['commands', 'frames', 'raw'] as const satisfies readonly View[];
const FORMATS = ['pretty', 'json', 'tracer'] as const;
export type Format = (typeof FORMATS)[number];

/** What commander hands over. */
export interface ViewOptionValues extends BodyOptionValues, FilterOptionValues {
  readonly view?: string;
  readonly format: string;
  /** false: --no-heartbeats. */
  readonly heartbeats: boolean;
  readonly color?: boolean;
  readonly quiet?: true;
  readonly findingsOnly?: true;
}

export interface ViewOptions {
  readonly view: View;
  readonly format: Format;
  readonly heartbeats: boolean;
  /** undefined: as the environment and the terminal have it. */
  readonly color: boolean | undefined;
  /** Nothing but the summary. */
  readonly quiet: boolean;
  readonly findingsOnly: boolean;
  /** Only what passes is shown. */
  readonly filter?: Filter;
  /** Without them bodies are decoded by content type and content. */
  readonly bodies?: BodyOptions | undefined;
}

/** What a printer needs to know of the traffic. */
export interface PrinterSources {
  readonly log: RecordStore;
  readonly connections: ConnectionTable;
  readonly showSecrets: boolean;
  /** What the traffic means; without it, only what passes is shown. */
  readonly session?: Session;
}

/** Declares the options on a command. `live`: with the full screen. */
export function addViewOptions(command: Command, live = false): Command {
  const top = live ? '; top: a full screen, refreshed every second' : '';
  command
    .optionsGroup('View:')
    .option(
      '--view <what>',
      `commands: a line a method, with its content; frames: a line a frame; raw: frames in hex${top} (default: commands)`,
    )
    .option(
      '--format <how>',
      "pretty, json (always frames, one JSON object a line) or tracer (RabbitMQ's Java Tracer)",
      'pretty',
    )
    .option('--no-heartbeats', 'leave heartbeats out')
    .option('--findings-only', 'nothing but findings: what the clients do wrong, and what to do about it')
    .option('--color', 'colour, whatever the output is')
    .option('--no-color', 'no colour (so does the environment variable NO_COLOR)')
    .option('--quiet', 'nothing but the summary');
  return addBodyOptions(addFilterOptions(command));
}

/** Checks the values; `views` are told to those who ask for another. Throws ConfigError. */
export function parseViewOptions(values: ViewOptionValues, views: readonly string[] = VIEWS): ViewOptions {
  const format = oneOf('--format', values.format, FORMATS);
  const view = oneOf('--view', values.view ?? (format === 'json' ? 'frames' : 'commands'), VIEWS, views);
  if (format === 'json' && view !== 'frames') {
    throw new ConfigError('--view', '--format json always shows frames; leave --view out');
  }
  const { heartbeats, color, quiet = false, findingsOnly = false } = values;
  if (quiet && findingsOnly) throw new ConfigError('--findings-only', 'goes without --quiet');
  return { view, format, heartbeats, color, quiet, findingsOnly, bodies: parseBodyOptions(values) };
}

/** Those of the live command, which has a full screen, too; beside it nothing is printed. Throws ConfigError. */
export function parseLiveViewOptions(values: ViewOptionValues): ViewOptions & { readonly isTop: boolean } {
  if (values.view !== 'top') return { ...parseViewOptions(values, [...VIEWS, 'top']), isTop: false };
  if (values.format !== 'pretty') throw new ConfigError('--view', 'top is a full screen: leave --format out');
  if (values.findingsOnly) throw new ConfigError('--findings-only', 'goes without --view top, which has them');
  return { ...parseViewOptions({ ...values, view: 'commands', quiet: true }), isTop: true };
}

/** Makes the printer that the options ask for, and loads no more than it needs. */
export async function createPrinter(options: ViewOptions, output: Output, sources: PrinterSources): Promise<Printer> {
  if (options.quiet) return SILENT_PRINTER;
  const { filter, heartbeats, findingsOnly } = options;
  let printer = await printerOf(options, output, sources);
  if (findingsOnly) printer = onlyFindings(printer);
  else if (!heartbeats) printer = withoutHeartbeats(printer);
  if (!filter) return printer;
  const { log, session, connections } = sources;
  return withFilter(printer, log, filter, session ?? connectionContext((id) => connections.get(id)));
}

async function printerOf(
  { format, view, color, findingsOnly, bodies }: ViewOptions,
  output: Output,
  sources: PrinterSources,
): Promise<Printer> {
  switch (format) {
    case 'json': {
      const { JsonPrinter } = await import('./json-printer.ts');
      return new JsonPrinter(output, sources.showSecrets);
    }
    case 'tracer': {
      const { TracerPrinter } = await import('./tracer-printer.ts');
      return new TracerPrinter(output, view, sources);
    }
    case 'pretty': {
      const { PrettyPrinter } = await import('./pretty-printer.ts');
      const palette = await loadPalette(wantsColor(output.stream, color));
      const decoding = view === 'commands' && !findingsOnly ? await loadBodies(bodies) : undefined;
      return new PrettyPrinter(output, { view, palette, links: sources.session?.links, ...sources, bodies: decoding });
    }
  }
}

async function loadBodies(options: BodyOptions | undefined): Promise<BodyDecoding | undefined> {
  const { loadBodyDecoding } = await import('./body-decoding.ts');
  return loadBodyDecoding(options);
}

function oneOf<T extends string>(
  option: string,
  value: string,
  choices: readonly T[],
  told: readonly string[] = choices,
): T {
  const found = choices.find((choice) => choice === value);
  if (found === undefined)
    throw new ConfigError(option, `expected ${told.slice(0, -1).join(', ')} or ${told.at(-1)}, found '${value}'`);
  return found;
}
