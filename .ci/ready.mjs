// Makes a checkout ready to run: installs the npm packages and builds dist/, each only if it is out of date.
// Counterparts: `npm start` runs it as a program, test.mjs calls its functions.
// Invariant: when all is up to date it starts no process and writes nothing. Progress goes to standard error, one line a
// step. Uses nothing but Node, since it runs before anything is installed.

import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url));

const buildStamp = path.join(root, '.cache', 'build-stamp');

/**
 * Installs the npm packages unless they are there.
 * @returns {boolean} whether they are; if not, it has said why on standard error
 */
export function makeInstalled() {
  return isNodeNewEnough() && (isInstalled() || install());
}

/**
 * Builds dist/ unless it is up to date.
 * @returns {boolean} whether it is; if not, it has said why on standard error
 */
export function makeBuilt() {
  const sources = fingerprint();
  return isBuilt(sources) || build(sources);
}

function isNodeNewEnough() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return true;
  process.stderr.write(`amqp-spy needs Node 20.19 or newer; this is Node ${process.versions.node}\n`);
  return false;
}

/** Compares the lock file with npm's own record, inside node_modules, of what it has installed. */
function isInstalled() {
  const record = path.join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(record)) return false;
  const wanted = JSON.parse(readFileSync(path.join(root, 'package-lock.json'), 'utf8')).packages;
  const present = JSON.parse(readFileSync(record, 'utf8')).packages;
  return Object.entries(wanted).every(([name, { version, optional, devOptional }]) => {
    const installed = present[name];
    // An optional package is missing when it is for another platform.
    return name === '' || (installed ? installed.version === version : optional === true || devOptional === true);
  });
}

function install() {
  return step('Installing packages…', 'npm ci', [
    ...npm(),
    'ci',
    '--include=dev',
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
  ]);
}

/** Under npm, the very npm that runs; else the one on the PATH. */
function npm() {
  const cli = process.env.npm_execpath;
  return cli?.endsWith('.js') && existsSync(cli) ? [process.execPath, cli] : ['npm'];
}

/** Name, size and time of all that the build reads. */
function fingerprint() {
  const hash = createHash('sha256');
  const files = readdirSync(path.join(root, 'src'), { recursive: true }).map((name) => path.join('src', name));
  for (const file of [...files.sort(), 'tsconfig.json', 'node_modules/.package-lock.json']) {
    const { mtimeMs, size } = statSync(path.join(root, file));
    hash.update(`${file} ${size} ${mtimeMs}\n`);
  }
  return hash.digest('hex');
}

function isBuilt(sources) {
  if (!existsSync(path.join(root, 'dist', 'cli', 'main.js')) || !existsSync(buildStamp)) return false;
  return readFileSync(buildStamp, 'utf8') === sources;
}

function build(sources) {
  const tsc = path.join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  // What no source makes any more must not linger.
  rmSync(path.join(root, 'dist'), { recursive: true, force: true });
  if (!step('Building…', 'The build (tsc -p tsconfig.json)', [process.execPath, tsc, '-p', 'tsconfig.json']))
    return false;
  mkdirSync(path.dirname(buildStamp), { recursive: true });
  writeFileSync(buildStamp, sources);
  return true;
}

function step(title, what, [command, ...args]) {
  process.stderr.write(`${title}\n`);
  const result = spawnSync(command, args, {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    maxBuffer: 64 * 1024 * 1024,
  });
  if (result.status === 0) return true;
  const reason = result.error?.message ?? (result.signal ? `signal ${result.signal}` : `exit code ${result.status}`);
  process.stderr.write(`${what} failed (${reason})\n${result.stdout ?? ''}${result.stderr ?? ''}`);
  return false;
}

if (process.argv[1] && path.resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  process.exitCode = makeInstalled() && makeBuilt() ? 0 : 1;
}
