import { defineConfig } from 'vitest/config';

// The live tests as scripts/test/bundle-live.mjs bundled them, for running inside a VM. Plain JavaScript and nothing
// imported but vitest itself, because everything that is loaded there takes long.
export default defineConfig({
  root: process.env.NETWHY_LIVE_TESTS,
  server: { watch: null },
  test: {
    name: 'live',
    include: ['**/*.live.test.ts'],
    server: { deps: { external: [/\/live-tests\/\d+\/bundles\//] } },
    // One process for all files saves a second and more per file; the run on the host has one for each.
    pool: 'forks',
    isolate: false,
    fileParallelism: false,
    // As on the host: what fails twice is broken.
    retry: 1,
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
