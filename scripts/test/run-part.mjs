import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { ROOT } from './parts.mjs';

const KILL_AFTER_MS = 10_000;
/** The VM runner's answer when this machine cannot have that kernel, as opposed to something going wrong. */
const UNAVAILABLE = 69;
/** Its answer when the machine ended before the command did. */
const DIED = 125;

function row(part, state, note) {
  return { part: part.name, file: '', name: part.says, state, note };
}

/** With a prefix when parts run side by side, so that their lines can be told apart. */
function show(stream, prefix) {
  createInterface({ input: stream }).on('line', line => console.log(prefix + line));
}

function killGroup(child, signal) {
  try {
    process.kill(-child.pid, signal);
  } catch {
    // It ended by itself meanwhile.
  }
}

/** Runs a command in a process group of its own, which is ended when the time is over. */
async function runStep(command, { env, prefix, deadline }) {
  const [file, ...args] = command;
  const child = spawn(file, args, { cwd: ROOT, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  for (const stream of [child.stdout, child.stderr]) show(stream, prefix);
  const stop = signal => killGroup(child, signal);
  const onSignal = signal => stop(signal);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, onSignal);
  const left = Math.max(0, deadline - Date.now());
  const timers = [setTimeout(stop, left, 'SIGTERM'), setTimeout(stop, left + KILL_AFTER_MS, 'SIGKILL')];
  const [code, signal] = await once(child, 'close').catch(error => [error.message]);
  for (const timer of timers) clearTimeout(timer);
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.off(name, onSignal);
  return {
    code,
    how: Date.now() >= deadline ? 'ran into its time limit' : `ended with ${signal ?? `code ${code}`}`,
  };
}

function rowsOf(part, report) {
  if (!existsSync(report)) return [];
  const lines = readFileSync(report, 'utf8').split('\n').filter(Boolean);
  return lines.map(line => ({ part: part.name, ...JSON.parse(line) }));
}

/** What a part found: one row per test. A part that broke off has one more, which failed. */
function judge(part, report, { code, how }) {
  if (code === UNAVAILABLE && part.series)
    return [row(part, 'skipped', 'this machine cannot run it; see above')];
  if (!part.reports) return [row(part, code === 0 ? 'passed' : 'failed', how)];
  const rows = rowsOf(part, report);
  const tests = rows.filter(({ end }) => !end);
  const isWhole = rows.some(({ end }) => end) && tests.length > 0;
  const isExplained = code === 0 || tests.some(({ state }) => state === 'failed');
  if (isWhole && isExplained) return tests;
  return [...tests, row(part, 'failed', tests.length === 0 ? `${how}; no test ran` : how)];
}

/** Runs one part to its end, whatever happens in it, and answers with its rows. */
export async function runPart(part, context) {
  if (part.needsRoot && process.getuid() !== 0) return [row(part, 'skipped', 'needs root: sudo ./test')];
  const report = join(context.folder, `${part.name}.ndjson`);
  const env = { ...process.env, ...context.env, NETWHY_TEST_REPORT: report };
  const deadline = Math.min(Date.now() + part.minutes * 60_000, context.deadline);
  const options = { env, prefix: context.prefix(part), deadline };
  const steps = part.steps(context);
  let ending = await runSteps(steps, options);
  if (part.series && ending.code === DIED) {
    // Emulated processors now and then meet a breakpoint of ftrace's that is already gone; nobody else's do.
    console.log(`${options.prefix}the machine died: once more from the beginning`);
    rmSync(report, { force: true });
    ending = await runSteps(steps, options);
  }
  return judge(part, report, ending);
}

async function runSteps(steps, options) {
  let ending = { code: 0, how: '' };
  for (const step of steps) if (ending.code === 0) ending = await runStep(step, options);
  return ending;
}
