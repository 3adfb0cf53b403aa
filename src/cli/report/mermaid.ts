// A topology graph as a Mermaid flowchart, which GitHub and GitLab draw in Markdown.
// Counterparts: topology-graph.ts, which makes it; dot.ts.
// Invariant: whatever names hold, they end up inside one quoted text each.

import type { GraphEdge, GraphGroup, GraphNode, NodeKind } from './topology-graph.ts';

const SHAPES: { readonly [K in NodeKind]: readonly [open: string, close: string] } = {
  producer: ['([', '])'],
  exchange: ['{{', '}}'],
  queue: ['[(', ')]'],
  consumer: ['([', '])'],
};

/** Lines of Mermaid, without line breaks. */
export function mermaidLines(groups: readonly GraphGroup[]): string[] {
  const gone = groups.flatMap(({ nodes }) => nodes.filter((node) => node.gone).map(({ id }) => id));
  return [
    'flowchart LR',
    ...groups.flatMap((group, index) => groupLines(group, index)),
    ...(gone.length === 0 ? [] : ['  classDef gone stroke-dasharray:3,color:gray', `  class ${gone.join(',')} gone`]),
  ];
}

function groupLines({ vhost, nodes, edges }: GraphGroup, index: number): string[] {
  return [
    `  subgraph vhost${index}[${quoted([`virtual host ${vhost}`])}]`,
    ...nodes.map((node) => `    ${nodeText(node)}`),
    ...edges.map((edge) => `    ${edgeText(edge)}`),
    '  end',
  ];
}

function nodeText({ id, kind, lines }: GraphNode): string {
  const [open, close] = SHAPES[kind];
  return `${id}${open}${quoted(lines)}${close}`;
}

function edgeText({ from, to, label, implied, gone }: GraphEdge): string {
  return `${from} ${implied || gone ? '-.->' : '-->'}${label === '' ? '' : `|${quoted([label])}|`} ${to}`;
}

/** One text: what would end it, or mean something to Markdown, HTML or Mermaid itself, goes by its number. */
function quoted(lines: readonly string[]): string {
  return `"${lines.map((line) => line.replace(/["#&<>`%\\*_~|;]/g, (character) => `#${character.charCodeAt(0)};`)).join('<br/>')}"`;
}
