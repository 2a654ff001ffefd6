import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The checkout; every part runs in it. */
export const ROOT = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');

const NODE = process.execPath;
const AS_OWNER = join(ROOT, 'scripts/as-owner.sh');
const VITEST = [NODE, 'node_modules/vitest/vitest.mjs', 'run'];
const REPORTERS = ['--reporter=default', `--reporter=${join(ROOT, 'scripts/test/reporter.mjs')}`];

/** A part that is one test: passed when its program ends with 0. Nothing of it may need root. */
function program(name, says, minutes, command) {
  return { name, says, minutes, needsRoot: false, reports: false, steps: () => [[AS_OWNER, ...command]] };
}

/** A part of vitest's, whose reporter writes every test down. */
function suite(name, says, minutes, { needsRoot = false } = {}) {
  const runner = needsRoot ? [] : [AS_OWNER];
  const steps = ({ filters }) => [[...runner, ...VITEST, '--project', name, ...REPORTERS, ...filters]];
  return { name, says, minutes, needsRoot, reports: true, steps };
}

/** The live tests inside a VM. The bundles are made once for all VMs, before the first. */
function vm(series, minutes) {
  const vitest = [...VITEST, '--config', 'scripts/test/guest.vitest.config.mjs', ...REPORTERS];
  const env = [
    'NETWHY_TEST_REPORT',
    'NETWHY_LIVE_TESTS',
    'CI',
    'NO_COLOR',
    'FORCE_COLOR',
    'NETWHY_SLOW=1',
  ].flatMap(name => ['--env', name]);
  const steps = ({ folder, filters }) => {
    const options = [...env, '--share', folder, '--console', join(folder, `vm-${series}.console`)];
    return [[NODE, 'dist/bin/vm.js', ...options, series, '--', ...vitest, ...filters]];
  };
  const says = `the live tests inside a VM with Debian's ${series} kernel`;
  return { name: `vm-${series}`, says, minutes, needsRoot: true, reports: true, series, steps };
}

/** Every part, in the order of a whole run; those in one row run side by side. */
export const PARTS = [
  [program('build', 'the programs and the library', 5, [NODE, 'scripts/build.mjs'])],
  [program('lint', 'Biome: format, style, import cycles', 3, ['node_modules/.bin/biome', 'check', '.'])],
  [program('types', 'TypeScript, every tier and the tests', 5, ['node_modules/.bin/tsc', '-b'])],
  [suite('unit', 'tests without privileges', 10)],
  [suite('live', 'tests on the running kernel', 15, { needsRoot: true })],
  [suite('host', 'the launcher, the npm package, the VM runner', 15, { needsRoot: true })],
  [vm('6.1', 32), vm('6.12', 32)],
];
