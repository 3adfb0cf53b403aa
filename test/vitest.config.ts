// How the tests run. Counterpart: .ci/test.mjs, which starts vitest with this file.

import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  root: fileURLToPath(new URL('..', import.meta.url)),
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: 'test/rig/global-setup.ts',
    setupFiles: 'test/rig/cleanup.ts',
    // Only bounds tests that have gone wrong; a slow machine must not fail one.
    testTimeout: 60_000,
    hookTimeout: 120_000,
    teardownTimeout: 20_000,
  },
});
