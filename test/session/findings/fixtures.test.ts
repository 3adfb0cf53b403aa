// The contract of findings: each fires on its own fixtures, word for word, and on nothing else; none fires on programs that
// behave. UPDATE_DOCS=1 writes docs/findings.md anew.

import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { FINDINGS, HABITS_THAT_HURT, WHY_IT_CLOSED } from '../../../src/session/findings/registry.ts';
import { eventsOf } from '../../log/records.ts';
import { type FindingFixture, sessionOf } from '../../rig/finding-fixture.ts';
import { root } from '../../rig/root.ts';
import { WELL_BEHAVED } from '../../rig/well-behaved.ts';
import { findingsMarkdown } from './markdown.ts';

const folder = path.join(root, 'fixtures/findings');
const docs = path.join(root, 'docs/findings.md');

const FIXTURES = new Map<string, readonly FindingFixture[]>();
for (const file of readdirSync(folder)) {
  const { fixtures } = (await import(path.join(folder, file))) as { readonly fixtures: readonly FindingFixture[] };
  FIXTURES.set(path.basename(file, '.ts'), fixtures);
}

describe('the registry of findings', () => {
  it('has each id once, in order, with a fixture for each', () => {
    for (const part of [WHY_IT_CLOSED, HABITS_THAT_HURT]) {
      const ids = part.map(({ id }) => id);
      expect(ids).toEqual([...new Set(ids)].sort());
    }
    expect([...FIXTURES.keys()].sort()).toEqual(FINDINGS.map(({ id }) => id).sort());
  });

  it.each(FINDINGS)('describes $id in whole sentences', ({ id, title, explanation, advice }) => {
    expect(id).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/);
    expect(title).toMatch(/^[A-Z].*[^.]$/);
    for (const text of [explanation, advice]) expect(text).toMatch(/^([A-Z]|[a-z]+\.[a-z]).*[.?)]$/);
  });

  it('is what docs/findings.md says', () => {
    if (process.env['UPDATE_DOCS']) writeFileSync(docs, findingsMarkdown());
    expect(readFileSync(docs, 'utf8')).toBe(findingsMarkdown());
  });
});

describe.each([...FIXTURES])('%s is found', (id, fixtures) => {
  it.each(fixtures)('when $when', (fixture) => {
    const { session, talk } = sessionOf(fixture);
    expect(session.failure).toBeUndefined();
    const found = session.findings.list();
    const own = found.filter(({ definition }) => definition.id === id);
    expect(own.map(({ text, count }) => ({ text, count }))).toEqual([
      { text: fixture.text, count: fixture.count ?? 1 },
    ]);
    const others = new Set(found.map(({ definition }) => definition.id).filter((other) => other !== id));
    expect([...others].sort()).toEqual([...(fixture.also ?? [])].sort());
    const { evidence, advice } = own[0]!;
    const notes = eventsOf(talk.log, 1).filter((event) => event.type === 'finding');
    expect(notes).toHaveLength(found.length);
    expect(notes).toContainEqual(expect.objectContaining({ finding: id, text: fixture.text, advice, evidence }));
    expect(evidence.length).toBeGreaterThan(0);
    for (const record of evidence) expect(session.hasFinding(record)).toBe(true);
  });
});

describe('no finding', () => {
  it.each(WELL_BEHAVED)('is made of a $name', (program) => {
    const { session } = sessionOf(program);
    expect(session.failure).toBeUndefined();
    expect(session.findings.list().map(({ definition, text }) => `${definition.id}: ${text}`)).toEqual([]);
  });
});

it('what happens again to the same client is counted, and not told again', () => {
  const [fixture] = FIXTURES.get('unknown-delivery-tag')!;
  const play: FindingFixture['play'] = (talk) => {
    for (let i = 0; i < 5; i++) fixture!.play(talk);
  };
  const { session, talk } = sessionOf({ play });
  expect(session.findings.list()).toMatchObject([{ count: 5 }]);
  expect(eventsOf(talk.log, 1).filter(({ type }) => type === 'finding')).toHaveLength(1);
});
