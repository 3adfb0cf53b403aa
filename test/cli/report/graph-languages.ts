// The parts of DOT and Mermaid that topology graphs are written in, as strictly as their own readers take them.

const QUOTED = String.raw`"(?:[^"\\]|\\["\\n])*"`;
const ID = '[A-Za-z][A-Za-z0-9_]*';
const ATTRIBUTES = String.raw`\[${ID}=(?:${QUOTED}|[A-Za-z0-9]+)(?:, ${ID}=(?:${QUOTED}|[A-Za-z0-9]+))*\]`;
const STATEMENT = `${ID}(?: -> ${ID})?(?: ${ATTRIBUTES})?;|${ID}=(?:${QUOTED}|[A-Z]+);`;
const GROUP = String.raw`subgraph ${ID} \{\s*(?:(?:${STATEMENT})\s*)*\}`;
const DOT = new RegExp(String.raw`^digraph ${ID} \{\s*(?:(?:${STATEMENT}|${GROUP})\s*)*\}$`);
/** An ampersand begins an entity, also in a quoted string. */
const STRAY_AMPERSAND = /&(?!amp;)/;

/** Whether all of the text is one graph. */
export function isDot(text: string): boolean {
  return DOT.test(text) && !STRAY_AMPERSAND.test(text);
}

/** No quote, and nothing that HTML, Markdown or Mermaid act upon, but line breaks and numbered characters. */
const TEXT = String.raw`"(?:[^"#&<>;%\x60\\*_~|]|#\d+;|<br/>)*"`;
const SHAPE = String.raw`(?:\(\[${TEXT}\]\)|\{\{${TEXT}\}\}|\[\(${TEXT}\)\])`;
const ARROW = String.raw`(?:-->|-\.->)(?:\|${TEXT}\|)?`;
const MERMAID = new RegExp(
  String.raw`^(?:flowchart LR|  subgraph vhost\d+\[${TEXT}\]|  end|    ${ID}${SHAPE}|    ${ID} ${ARROW} ${ID}|  classDef gone [a-z0-9:,-]+|  class ${ID}(?:,${ID})* gone)$`,
);

/** Whether the line is a whole statement. */
export function isMermaid(line: string): boolean {
  return MERMAID.test(line);
}
