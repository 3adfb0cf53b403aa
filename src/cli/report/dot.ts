// A topology graph in the DOT language of Graphviz: `amqp-spy read FILE --topology dot | dot -Tsvg`.
// Counterparts: topology-graph.ts, which makes it; mermaid.ts.
// Invariant: whatever names hold, they end up inside one quoted string each.

import type { GraphEdge, GraphGroup, GraphNode, NodeKind } from './topology-graph.ts';

const SHAPES: { readonly [K in NodeKind]: string } = {
  producer: 'box, style="rounded"',
  exchange: 'hexagon',
  queue: 'cylinder',
  consumer: 'box, style="rounded"',
};
const GONE = ', color=gray, fontcolor=gray';

/** Lines of DOT, without line breaks. */
export function dotLines(groups: readonly GraphGroup[]): string[] {
  return [
    'digraph amqp {',
    '  rankdir=LR;',
    '  node [fontname="Helvetica", fontsize=11];',
    '  edge [fontname="Helvetica", fontsize=9];',
    ...groups.flatMap((group, index) => groupLines(group, index)),
    '}',
  ];
}

function groupLines({ vhost, nodes, edges }: GraphGroup, index: number): string[] {
  return [
    `  subgraph cluster_${index} {`,
    `    label=${quoted([`virtual host ${vhost}`])};`,
    ...nodes.map((node) => `    ${nodeText(node)};`),
    ...edges.map((edge) => `    ${edgeText(edge)};`),
    '  }',
  ];
}

function nodeText({ id, kind, lines, gone }: GraphNode): string {
  return `${id} [shape=${SHAPES[kind]}, label=${quoted(lines)}${gone ? GONE : ''}]`;
}

function edgeText({ from, to, label, implied, gone }: GraphEdge): string {
  const style = implied ? 'style=dashed' : '';
  const colors = gone ? 'color=gray, fontcolor=gray' : '';
  const attributes = [label === '' ? '' : `label=${quoted([label])}`, style, colors].filter(Boolean);
  return `${from} -> ${to}${attributes.length === 0 ? '' : ` [${attributes.join(', ')}]`}`;
}

/** One string: backslashes would begin escapes, ampersands entities. */
function quoted(lines: readonly string[]): string {
  const escaped = lines.map((line) => line.replace(/[\\"]/g, '\\$&').replaceAll('&', '&amp;'));
  return `"${escaped.join('\\n')}"`;
}
