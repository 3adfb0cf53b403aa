// What `npm test` runs: makes the checkout ready, sees to the programs that tests need, then type-checks, lints and tests.
// Arguments go to vitest (`npm test -- test/protocol -t "a name"`), and then only vitest runs.
// Counterparts: ready.mjs, packages.mjs, count-reporter.mjs; .ci/run calls it with CI=true.
// Invariant: the last line is `N passed, N failed`, and the exit code is 0 only when nothing failed. Type-check and lint
// count as one test each. A test never skips itself because a program is missing.

import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { installMissingPackages } from './packages.mjs';
import { makeBuilt, makeInstalled, root } from './ready.mjs';

/** A run that hangs ends here, with a failure. */
const limitMs = 30 * 60 * 1000;

const countsFile = path.join(root, '.cache', `test-counts-${process.pid}.json`);

const filters = process.argv.slice(2);
const failures = [];
let passed = 0;
let failed = 0;

try {
  await testAll();
} catch (error) {
  failures.push(error instanceof Error ? (error.stack ?? error.message) : String(error));
}
for (const failure of failures) process.stderr.write(`FAILED: ${failure}\n`);
failed += failures.length;
process.exitCode = failed === 0 ? 0 : 1;
process.stdout.write(`\n${passed} passed, ${failed} failed\n`);

async function testAll() {
  if (!makeInstalled()) {
    failures.push('The npm packages could not be installed, so that nothing was tested');
    return;
  }
  if (!makeBuilt()) failures.push('The build');
  const allInstalled = installMissingPackages();
  if (!allInstalled && process.env.CI === 'true') failures.push('Programs that tests need are missing');
  if (filters.length === 0) {
    await Promise.all([
      check('type-check', 'typescript/bin/tsc', ['-p', 'test/tsconfig.json']),
      check('lint', '@biomejs/biome/bin/biome', ['check', '.']),
    ]);
  }
  await runVitest();
}

/** Runs a tool that is quiet unless something is wrong, and counts it as one test. */
async function check(title, bin, args) {
  const { status, output } = await node(bin, args, 'pipe');
  if (status === 0) passed++;
  else failures.push(`${title}\n${output}`);
  process.stdout.write(`${status === 0 ? '✓' : '✗'} ${title}\n`);
}

async function runVitest() {
  mkdirSync(path.dirname(countsFile), { recursive: true });
  const reporters = filters.some((filter) => filter.startsWith('--reporter')) ? [] : ['--reporter=default'];
  const args = ['run', '--config', 'test/vitest.config.ts', ...reporters, '--reporter=./.ci/count-reporter.mjs'];
  if (!process.stdout.isTTY) args.push('--no-color');
  const { status } = await node('vitest/vitest.mjs', [...args, ...filters], 'inherit');
  const counts = readCounts();
  passed += counts.passed;
  failed += counts.failed;
  if (counts.skipped > 0) process.stdout.write(`${counts.skipped} skipped or to do\n`);
  // vitest also fails for reasons that are no test's: no file matches, a setup that throws, a crash, the time limit.
  if (status !== 0 && counts.failed === 0) failures.push(`vitest ended with ${status}`);
}

function readCounts() {
  try {
    return JSON.parse(readFileSync(countsFile, 'utf8'));
  } catch {
    return { passed: 0, failed: 0, skipped: 0 };
  } finally {
    rmSync(countsFile, { force: true });
  }
}

/** Runs a package's program; gives its exit code, or the name of the signal that ended it. */
async function node(bin, args, output) {
  const child = spawn(process.execPath, [path.join(root, 'node_modules', bin), ...args], {
    cwd: root,
    env: { ...process.env, TEST_COUNTS_FILE: countsFile },
    stdio: ['ignore', output, output],
    timeout: limitMs,
    killSignal: 'SIGKILL',
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (chunk) => {
      text += chunk;
    });
  }
  return await new Promise((resolve) => {
    child.once('error', (error) => resolve({ status: error.message, output: text }));
    child.once('close', (code, signal) => resolve({ status: code ?? signal, output: text }));
  });
}
