// What the decoders are, in words: help for a terminal and a table for docs/bodies.md, both made from the registry.

import type { DecoderDefinition, DecoderSort } from './decoder.ts';
import { DECODERS } from './registry.ts';

const SORTS: { readonly [S in DecoderSort]: string } = {
  encoding: 'Encodings, taken off first',
  envelope: 'Envelopes of messaging libraries',
  format: 'Formats',
};

/** A line a decoder, for the terminal. */
export function decoderHelp(): string {
  const width = Math.max(...DECODERS.map(({ id }) => id.length));
  return DECODERS.map(({ id, summary }) => `  ${id.padEnd(width)}  ${plain(summary)}`).join('\n');
}

/** The table of docs/bodies.md. */
export function decoderTable(): string {
  return (Object.keys(SORTS) as DecoderSort[])
    .map((sort) => {
      const rows = DECODERS.filter((decoder) => decoder.sort === sort).map(row);
      const head = '| `--decode` | What it does | By properties | By content |\n| --- | --- | --- | --- |';
      return `### ${SORTS[sort]}\n\n${head}\n${rows.join('\n')}`;
    })
    .join('\n\n');
}

function row({ id, summary, contentTypes, contentEncodings = [], recognised }: DecoderDefinition): string {
  const types = contentTypes.map(code).join(', ');
  const encodings = contentEncodings.map(code).join(', ');
  const properties = [types && `content-type ${types}`, encodings && `content-encoding ${encodings}`];
  return `| ${code(id)} | ${summary} | ${properties.filter(Boolean).join('; ')} | ${recognised ?? ''} |`;
}

function code(text: string): string {
  return `\`${text}\``;
}

function plain(text: string): string {
  return text.replaceAll('`', '');
}
