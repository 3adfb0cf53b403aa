// Reads Prometheus' text format 0.0.4, and refuses whatever is not exactly that: what a scraper would stumble over.

export interface Sample {
  readonly name: string;
  readonly labels: { readonly [name: string]: string };
  readonly value: number;
}

export interface Family {
  readonly type: string;
  readonly help: string;
  readonly samples: Sample[];
}

const NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const SAMPLE = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$/;
const LABEL = /^([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(,|$)/;

/** Families by name. Throws an error that names the line. */
export function parseExposition(text: string): Map<string, Family> {
  if (!text.endsWith('\n')) throw new Error('the last line does not end');
  const families = new Map<string, Family>();
  const seen = new Set<string>();
  let current = '';
  let help = '';
  for (const line of text.slice(0, -1).split('\n')) {
    if (line === '') continue;
    const [, keyword, name = '', rest = ''] = /^# (HELP|TYPE) (\S+) (.*)$/.exec(line) ?? [];
    if (keyword === 'HELP') {
      if (!NAME.test(name) || families.has(name)) throw new Error(`a second or wrong HELP: ${line}`);
      help = rest;
      current = name;
    } else if (keyword === 'TYPE') {
      if (name !== current || families.has(name)) throw new Error(`TYPE without its HELP: ${line}`);
      if (!['counter', 'gauge', 'histogram', 'summary'].includes(rest)) throw new Error(`unknown type: ${line}`);
      families.set(name, { type: rest, help, samples: [] });
    } else {
      const sample = parseSample(line);
      const family = families.get(current);
      const base = family?.type === 'histogram' ? sample.name.replace(/_(bucket|sum|count)$/, '') : sample.name;
      if (!family || base !== current) throw new Error(`a sample outside its family: ${line}`);
      const identity = JSON.stringify([sample.name, Object.entries(sample.labels).sort()]);
      if (seen.has(identity)) throw new Error(`a sample twice: ${line}`);
      seen.add(identity);
      family.samples.push(sample);
    }
  }
  for (const [name, family] of families) if (family.type === 'histogram') checkHistogram(name, family.samples);
  return families;
}

function parseSample(line: string): Sample {
  const [, name, labelText, number] = SAMPLE.exec(line) ?? [];
  if (name === undefined || number === undefined) throw new Error(`neither comment nor sample: ${line}`);
  if (!/^([+-]?(\d+(\.\d+)?(e[+-]?\d+)?|Inf)|NaN)$/i.test(number)) throw new Error(`no number: ${line}`);
  const labels: { [name: string]: string } = {};
  for (let rest = labelText ?? ''; rest !== ''; ) {
    const [whole = '', label = '', value = ''] = LABEL.exec(rest) ?? [];
    if (whole === '' || label in labels) throw new Error(`a wrong label: ${line}`);
    labels[label] = value.replace(/\\(["\\n])/g, (_, escaped) => (escaped === 'n' ? '\n' : escaped));
    rest = rest.slice(whole.length);
  }
  return { name, labels, value: number === '+Inf' ? Number.POSITIVE_INFINITY : Number(number) };
}

/** Buckets of each series ascend in bound and count, end with +Inf, and agree with _count; _sum is there. */
function checkHistogram(name: string, samples: readonly Sample[]): void {
  const series = new Map<string, { bound: number; count: number; total?: number; sum?: number }>();
  for (const { name: part, labels, value } of samples) {
    const { le, ...others } = labels;
    const key = JSON.stringify(others);
    const state = series.get(key) ?? { bound: Number.NEGATIVE_INFINITY, count: 0 };
    series.set(key, state);
    if (part === `${name}_bucket`) {
      const bound = le === '+Inf' ? Number.POSITIVE_INFINITY : Number(le);
      if (!(bound > state.bound) || value < state.count) throw new Error(`${name}${key}: buckets do not ascend`);
      state.bound = bound;
      state.count = value;
    } else if (part === `${name}_sum`) state.sum = value;
    else if (part === `${name}_count`) state.total = value;
    else throw new Error(`${part} is no part of a histogram`);
  }
  for (const [key, { bound, count, total, sum }] of series) {
    if (bound !== Number.POSITIVE_INFINITY) throw new Error(`${name}${key}: no bucket +Inf`);
    if (total !== count || sum === undefined) throw new Error(`${name}${key}: _count or _sum is missing or wrong`);
  }
}
