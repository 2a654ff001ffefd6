import { defineConfig } from 'vitest/config';

// unit: no privileges, no kernel. live: needs root, runs on whatever kernel is underneath, one file at a time
// because tests share the machine's namespaces and tracing facilities.
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
          exclude: ['**/*.live.test.ts', 'node_modules/**'],
        },
      },
      {
        test: {
          name: 'live',
          include: ['src/**/*.live.test.ts', 'test/**/*.live.test.ts'],
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
