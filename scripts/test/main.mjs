// main.mjs [PART…] [-- FILTER…]: runs the parts of ./test and ends with one line that counts their tests.
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { PARTS, ROOT } from './parts.mjs';
import { runPart } from './run-part.mjs';

const WHOLE_RUN_MINUTES = 45;
const BUNDLES = join(ROOT, '.cache/live-tests');
const HELP = `Runs the tests: sudo ./test [PART…] [-- FILE…]

Without PART it runs all of them; FILE picks test files by a piece of their path. As root it first installs what
the tests need from the distribution (apt). The last line counts the tests of all parts.

  --list   the parts
  --help   this text
`;

function parse(argv) {
  const split = argv.includes('--') ? argv.indexOf('--') : argv.length;
  const names = argv.slice(0, split);
  const known = PARTS.flat().map(({ name }) => name);
  const unknown = names.filter(name => !known.includes(name));
  if (unknown.length > 0)
    throw new Error(`no such part: ${unknown.join(', ')} (there are ${known.join(', ')})`);
  const isWanted = ({ name }) => names.length === 0 || names.includes(name);
  return {
    rows: PARTS.map(row => row.filter(isWanted)).filter(row => row.length > 0),
    filters: argv.slice(split + 1),
  };
}

function asOwner(command) {
  return spawnSync(join(ROOT, 'scripts/as-owner.sh'), command, {
    cwd: ROOT,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
}

function isAlive(pid) {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error.code === 'EPERM';
  }
}

/** Bundles of runs that were killed go, ours are made. */
function bundleLiveTests(folder) {
  mkdirSync(BUNDLES, { recursive: true });
  for (const name of readdirSync(BUNDLES)) {
    if (!isAlive(Number(name))) rmSync(join(BUNDLES, name), { recursive: true, force: true });
  }
  const { status } = asOwner([process.execPath, 'scripts/test/bundle-live.mjs', folder]);
  if (status !== 0) console.log('the live tests could not be bundled: the VMs will find none');
}

function count(rows, state) {
  return rows.filter(row => row.state === state).length;
}

function counts(rows) {
  return `${count(rows, 'passed')} passed, ${count(rows, 'failed')} failed, ${count(rows, 'skipped')} skipped`;
}

async function runTimed(part, context) {
  const began = Date.now();
  const rows = await runPart(part, context);
  console.log(`==== ${part.name}: ${counts(rows)} (${((Date.now() - began) / 1000).toFixed(1)} s)\n`);
  return rows;
}

/** Side by side where the machine has the processors for it. */
async function runRow(parts, context) {
  console.log(`==== ${parts.map(({ name, says }) => `${name}: ${says}`).join('; ')}`);
  if (availableParallelism() > 1)
    return (await Promise.all(parts.map(part => runTimed(part, context)))).flat();
  const rows = [];
  for (const part of parts) rows.push(...(await runTimed(part, context)));
  return rows;
}

/** A pipe makes our programs think nobody looks; CI=1 makes vitest think somebody does. */
function colours() {
  return process.stdout.isTTY && !process.env.NO_COLOR ? { FORCE_COLOR: '1' } : { NO_COLOR: '1' };
}

function placeOf({ part, file, name }) {
  return [part, file, name].filter(Boolean).join('  ');
}

function showSkipped(rows) {
  const skipped = rows.filter(({ state }) => state === 'skipped');
  if (skipped.length > 0) console.log(`skipped:`);
  for (const row of skipped) console.log(`  ${placeOf(row)}  (${row.note || 'the reason is in its name'})`);
}

function showFailed(rows) {
  const failed = rows.filter(({ state }) => state === 'failed');
  if (failed.length > 0) console.log('failed:');
  for (const row of failed)
    console.log(`  ${placeOf(row)}\n    ${(row.note ?? '').split('\n').join('\n    ')}`);
}

async function run({ rows: parts, filters }) {
  const folder = mkdtempSync(join(tmpdir(), 'netwhy-test-'));
  const bundles = join(BUNDLES, String(process.pid));
  // Reports are also written by the owner of the checkout, who need not be root.
  chmodSync(folder, 0o1777);
  const context = {
    folder,
    filters,
    env: { NETWHY_LIVE_TESTS: join(bundles, 'entries'), CI: process.env.CI ?? '1', ...colours() },
    deadline: Date.now() + WHOLE_RUN_MINUTES * 60_000,
  };
  const found = [];
  let interrupted = false;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => (interrupted = true));
  try {
    for (const row of parts) {
      if (interrupted) break;
      if (row.some(({ series }) => series) && process.getuid() === 0) bundleLiveTests(bundles);
      const prefix = row.length > 1 ? part => `${part.name} | ` : () => '';
      found.push(...(await runRow(row, { ...context, prefix })));
    }
  } finally {
    for (const made of [folder, bundles]) rmSync(made, { recursive: true, force: true });
    // Gives back to the owner what root has written.
    asOwner(['true']);
  }
  return found;
}

const argv = process.argv.slice(2);
if (argv[0] === '--help') {
  console.log(HELP);
} else if (argv[0] === '--list') {
  for (const { name, says, needsRoot } of PARTS.flat()) {
    console.log(`${name.padEnd(8)} ${says}${needsRoot ? ' (root)' : ''}`);
  }
} else {
  let found;
  try {
    found = await run(parse(argv));
  } catch (error) {
    found = [{ part: 'test', name: error.message, state: 'failed', note: error.stack }];
  }
  showSkipped(found);
  showFailed(found);
  console.log(counts(found));
  process.exitCode = count(found, 'failed') === 0 ? 0 : 1;
}
