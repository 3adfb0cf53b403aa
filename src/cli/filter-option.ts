// --filter and --filter-help, shared by the live command and `read`. The filter language is loaded when it is asked for:
// most runs do without. Counterpart: filter/filter.ts.

import { type Command, CommanderError } from 'commander';
import { ConfigError, FilterSyntaxError } from '../errors.ts';
import type { FilterContext } from '../filter/context.ts';
import type { Filter } from '../filter/filter.ts';
import { FilteredReader } from '../filter/filtered-reader.ts';
import type { RecordStore } from '../log/record-store.ts';
import type { Printer } from './printer.ts';

/** What commander hands over. */
export interface FilterOptionValues {
  readonly filter?: string;
}

/** Declares the options on a command. */
export function addFilterOptions(command: Command): Command {
  return command
    .option('--filter <expression>', 'only what passes, recordings included: \'basic.publish && exchange == "orders"\'')
    .option('--filter-help', 'explain filters and list their fields')
    .on('option:filter-help', () => {
      void import('../filter/help.ts').then(({ filterHelp }) => process.stdout.write(filterHelp()));
      // Ends the parsing, as --help does.
      throw new CommanderError(0, 'amqp-spy.filter-help', '(filter help)');
    });
}

/** Reads the filter, if there is one. Rejects with ConfigError, whose message shows where it is wrong. */
export async function loadFilter({ filter: text }: FilterOptionValues): Promise<Filter | undefined> {
  if (text === undefined) return undefined;
  const { parseFilter } = await import('../filter/filter.ts');
  try {
    return parseFilter(text);
  } catch (error) {
    if (!(error instanceof FilterSyntaxError)) throw error;
    throw new ConfigError('--filter', error.message, { cause: error });
  }
}

/** The same printer, shown only what passes. */
export function withFilter(printer: Printer, log: RecordStore, filter: Filter, context: FilterContext): Printer {
  const reader = new FilteredReader(log, filter, context, printer);
  return {
    record: (cursor) => reader.record(cursor),
    missed: (count) => reader.missed(count),
    flush: () => printer.flush(),
  };
}
