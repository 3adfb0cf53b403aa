// Holds the code to the picture in src/README.md: which part may import which, and which parts touch no outside world.
// Counterpart: src/README.md, which lists every source file.
// Invariant: a new part has its place in `parts` before it has its first import.

import { readdirSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import path from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { root } from './rig/root.ts';

const src = path.join(root, 'src');

/** From the ground floor up. A part imports from itself and from parts on lower floors, not from its neighbours. */
const floors: readonly (readonly string[])[] = [
  ['errors.ts', 'version.ts'],
  ['protocol'],
  ['log'],
  ['filter'],
  ['content'],
  ['session'],
  ['faults'],
  ['net'],
  ['broker'],
  ['proxy'],
  ['spy.ts'],
  ['api'],
  ['cli', 'ui', 'testing'],
  ['index.ts'],
];

/** They also run in a browser, and give the same result for the same input: clock and random source are arguments. */
const pure = new Set(['protocol', 'filter', 'session', 'content', 'faults']);

/** Parts without sockets, though they may have timers and files. */
const socketless = new Set(['log']);

/** The only places of the broker that have sockets: the rest takes bytes and gives bytes. */
const brokerSockets = /^broker\/(listener\.ts|management\/)/;

const sockets = /^node:(net|tls|http|https|http2|dgram|dns|child_process|cluster)(\/|$)/;

/** Global names that reach for a clock, a random source, a timer or Node. */
const impureNames = new Set([
  ...['setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask', 'performance', 'crypto', 'fetch'],
  ...['process', 'Buffer', 'require', '__dirname', '__filename'],
]);

const impureCalls = new Set(['Date.now', 'Math.random', 'new Date()']);

interface SourceFile {
  /** Relative to src, with forward slashes. */
  readonly name: string;
  readonly part: string;
  readonly imports: readonly string[];
  readonly impurities: readonly string[];
}

const files: readonly SourceFile[] = readdirSync(src, { recursive: true, encoding: 'utf8' })
  .filter((name) => /\.tsx?$/.test(name))
  .sort()
  .map(readSource);

describe('the source files', () => {
  it('import only from parts below their own', () => {
    const wrong = files.flatMap((file) =>
      file.imports
        .filter((specifier) => specifier.startsWith('.'))
        .map((specifier) => resolve(file, specifier))
        .filter((target) => partOf(target) !== file.part && floor(partOf(target)) >= floor(file.part))
        .map((target) => `${file.name} imports ${target}`),
    );
    expect(wrong).toEqual([]);
  });

  it('belong to a known part each', () => {
    expect(files.filter((file) => floor(file.part) < 0).map((file) => file.name)).toEqual([]);
  });

  it('leave sockets, files, timers, clock and random source alone where they must run anywhere', () => {
    const wrong = files
      .filter((file) => pure.has(file.part))
      .flatMap((file) =>
        [...file.imports.filter(isNodeModule), ...file.impurities].map((what) => `${file.name}: ${what}`),
      );
    expect(wrong).toEqual([]);
  });

  it('of the log open no sockets', () => {
    const wrong = files
      .filter((file) => socketless.has(file.part))
      .flatMap((file) => file.imports.filter((name) => sockets.test(name)).map((name) => `${file.name}: ${name}`));
    expect(wrong).toEqual([]);
  });

  it('of the broker have no sockets but where it listens', () => {
    const wrong = files
      .filter((file) => file.part === 'broker' && !brokerSockets.test(file.name))
      .flatMap((file) => file.imports.filter((name) => sockets.test(name)).map((name) => `${file.name}: ${name}`));
    expect(wrong).toEqual([]);
  });

  it('of the browser app import nothing of Node, and no part that needs it', () => {
    const needsNode = new Set(['net', 'broker', 'proxy', 'spy.ts', 'api', 'index.ts']);
    const wrong = files
      .filter((file) => file.part === 'ui')
      .flatMap((file) =>
        file.imports
          .filter((name) => isNodeModule(name) || (name.startsWith('.') && needsNode.has(partOf(resolve(file, name)))))
          .map((name) => `${file.name}: ${name}`),
      );
    expect(wrong).toEqual([]);
  });

  it('stand in src/README.md, one line each, and nothing else does', () => {
    const readme = readFileSync(path.join(src, 'README.md'), 'utf8');
    const listed = [...readme.matchAll(/^\s*[-*|]\s*`([^`]+\.tsx?)`/gm)].map((match) => match[1]);
    expect(listed.sort()).toEqual(files.map((file) => file.name).sort());
  });
});

describe('package-lock.json', () => {
  it('names no place to download from', () => {
    const lock = JSON.parse(readFileSync(path.join(root, 'package-lock.json'), 'utf8')) as {
      packages: Record<string, { resolved?: string; link?: boolean }>;
    };
    const resolved = Object.entries(lock.packages).filter(([, entry]) => entry.resolved !== undefined && !entry.link);
    expect(resolved.map(([name]) => name)).toEqual([]);
  });
});

function readSource(fileName: string): SourceFile {
  const name = fileName.split(path.sep).join('/');
  const text = readFileSync(path.join(src, fileName), 'utf8');
  const imports = ts.preProcessFile(text).importedFiles.map((file) => file.fileName);
  const part = partOf(name);
  return { name, part, imports, impurities: pure.has(part) ? findImpurities(name, text) : [] };
}

function findImpurities(name: string, text: string): string[] {
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isIdentifier(node) && impureNames.has(node.text) && isGlobal(node)) found.push(node.text);
    if (ts.isPropertyAccessExpression(node) || ts.isNewExpression(node)) {
      const call = node.getText(source);
      if (impureCalls.has(call)) found.push(call);
    }
    node.forEachChild(visit);
  };
  const source = ts.createSourceFile(name, text, ts.ScriptTarget.Latest, true);
  visit(source);
  return found;
}

/** Not a property or declaration that happens to have a global's name. */
function isGlobal(node: ts.Identifier): boolean {
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent)) return parent.expression === node;
  return !('name' in parent && parent.name === node);
}

function resolve(file: SourceFile, specifier: string): string {
  return path.posix.join(path.posix.dirname(file.name), specifier);
}

function partOf(name: string): string {
  return name.split('/')[0] ?? name;
}

function floor(part: string): number {
  return floors.findIndex((level) => level.includes(part));
}

function isNodeModule(specifier: string): boolean {
  return specifier.startsWith('node:') || builtinModules.includes(specifier);
}
