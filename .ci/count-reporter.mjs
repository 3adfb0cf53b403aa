// A vitest reporter that only counts, for the closing line of test.mjs.
// Counterpart: test.mjs reads the file that TEST_COUNTS_FILE names.
// Invariant: whatever went wrong counts as at least one failure: a failed test, a test that did not run because a hook
// or its file failed, an error outside any test.

import { writeFileSync } from 'node:fs';

export default class CountReporter {
  onTestRunEnd(modules, unhandledErrors) {
    const counts = { passed: 0, failed: unhandledErrors.length, skipped: 0 };
    for (const module of modules) countModule(module, counts);
    writeFileSync(process.env.TEST_COUNTS_FILE, JSON.stringify(counts));
  }
}

function countModule(module, counts) {
  const before = counts.failed;
  for (const test of module.children.allTests()) {
    const { state } = test.result();
    if (state === 'passed') counts.passed++;
    else if (state === 'skipped' && wasLeftOut(test)) counts.skipped++;
    else counts.failed++;
  }
  if (module.state() === 'failed' && counts.failed === before) counts.failed++;
}

/** Left out by its author or by a filter; not one that skipped itself while running, or that a failed hook kept from it. */
function wasLeftOut(test) {
  return test.options.mode === 'skip' || test.options.mode === 'todo';
}
