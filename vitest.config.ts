import { defineConfig } from 'vitest/config';

const files = (suffix: string): string[] => [`src/**/*${suffix}`, `tests/**/*${suffix}`];

// unit: no privileges, no kernel.
// live: needs root, runs on whatever kernel is underneath, also inside VMs; one file at a time, because tests share
// the machine's namespaces and tracing facilities.
// host: needs root, a package registry or QEMU, and minutes: the launcher, the npm package, the VM runner.
export default defineConfig({
  test: {
    // Root must leave no files in the checkout.
    cache: false,
    projects: [
      {
        test: {
          name: 'unit',
          include: files('.test.ts'),
          exclude: [...files('.live.test.ts'), ...files('.host.test.ts')],
          testTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'live',
          include: files('.live.test.ts'),
          fileParallelism: false,
          // Real packets on a machine that does other things too: what fails twice is broken.
          retry: 1,
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: 'host',
          include: files('.host.test.ts'),
          fileParallelism: false,
          testTimeout: 300_000,
          hookTimeout: 300_000,
        },
      },
    ],
  },
});
