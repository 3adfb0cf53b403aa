// `read --topology dot|mermaid|json`: exchanges, queues and bindings as they were declared and used, and who published
// and consumed, those that are gone included.

import { topologyJson } from '../../api/topology-json.ts';
import { jsonLine } from '../json-line.ts';
import { DirectUse } from './direct-use.ts';
import { dotLines } from './dot.ts';
import { mermaidLines } from './mermaid.ts';
import type { Report, ReportSources, TopologyForm } from './report.ts';
import { topologyGraph } from './topology-graph.ts';

export class TopologyReport implements Report {
  readonly #sources: ReportSources;
  readonly #form: TopologyForm;
  readonly #direct: DirectUse;
  #json: object = {};

  constructor(sources: ReportSources, form: TopologyForm) {
    this.#sources = sources;
    this.#form = form;
    this.#direct = new DirectUse(sources.session);
  }

  atLastPacket(time: number): void {
    if (this.#form === 'json') this.#json = topologyJson(this.#sources.session, time, true);
  }

  end(): void {
    const { output, session } = this.#sources;
    if (this.#form === 'json') return output.line(jsonLine(this.#json));
    const graph = topologyGraph(session, this.#direct);
    for (const line of this.#form === 'dot' ? dotLines(graph) : mermaidLines(graph)) output.line(line);
  }
}
