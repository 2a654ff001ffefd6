import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { endChild, startChild } from './child.ts';
import { openPort } from './port.ts';
import { type Ending, followProgress, type Progress } from './progress.ts';
import { type Machine, qemuArguments } from './qemu.ts';
import { openRunFolder, type RunFolder } from './run-folder.ts';
import { endVirtiofsd, startVirtiofsd } from './virtiofsd.ts';

/** Everything one boot needs besides its own sockets. */
export interface BootPlan {
  readonly machine: Omit<Machine, 'initramfs' | 'consoleFile'>;
  readonly initramfs: Uint8Array;
  readonly stdout: Writable;
  readonly stderr: Writable;
  /** Gives up when the command has not started after this long. */
  readonly startLimitMs: number;
  /** Gives up after this long in all; Infinity for never. */
  readonly limitMs: number;
  readonly signal?: AbortSignal;
}

/** How a boot went; `console` is what the kernel printed, `log` what QEMU said. */
export interface BootResult extends Ending {
  readonly console: string;
  readonly log: string;
}

/** Starts the clocks and the abort listener of one boot; the handle stops them. */
function limitsOf(plan: BootPlan, { finish, hasStarted }: Progress): Disposable {
  const abort = (): void => finish({ end: 'aborted', code: -1 });
  const start = setTimeout(() => {
    if (!hasStarted()) finish({ end: 'never-started', code: -1 });
  }, plan.startLimitMs);
  const whole = Number.isFinite(plan.limitMs)
    ? setTimeout(() => finish({ end: 'time-limit', code: -1 }), plan.limitMs)
    : undefined;
  plan.signal?.addEventListener('abort', abort);
  if (plan.signal?.aborted) abort();
  return {
    [Symbol.dispose]: () => {
      clearTimeout(start);
      clearTimeout(whole);
      plan.signal?.removeEventListener('abort', abort);
    },
  };
}

function listener(onText: (text: string) => void): Writable {
  return new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      onText(chunk.toString());
      done();
    },
  });
}

/** Runs QEMU until the command has ended or a limit is reached; the process is gone afterwards. */
async function runMachine(plan: BootPlan, machine: Machine, folder: RunFolder): Promise<BootResult> {
  const progress: Progress = followProgress(
    () => [out.received(), err.received()],
    () => out.isBlocked() || err.isBlocked(),
  );
  using out = await openPort(join(folder.path, 'out'), plan.stdout, progress.onOutput);
  using err = await openPort(join(folder.path, 'err'), plan.stderr, progress.onOutput);
  using _status = await openPort(join(folder.path, 'status'), listener(progress.onStatus), () => {});
  using _limits = limitsOf(plan, progress);
  const qemu = startChild(['qemu-system-x86_64', ...qemuArguments(machine)], folder.path);
  const onClosed = (): void =>
    progress.finish({ end: progress.hasStarted() ? 'died' : 'never-started', code: -1 });
  qemu.closed.then(onClosed);
  const ending = await progress.ended;
  await endChild(qemu, 'SIGKILL');
  const console = await readFile(machine.consoleFile, 'utf8').catch(() => '');
  return { ...ending, console, log: qemu.log() };
}

async function runOverVirtiofs(plan: BootPlan, machine: Machine, folder: RunFolder): Promise<BootResult> {
  const daemon = await startVirtiofsd(folder.path);
  try {
    if (daemon.isReady) return await runMachine(plan, machine, folder);
    return {
      end: 'never-started',
      code: -1,
      console: '',
      log: `virtiofsd did not start: ${daemon.child.log()}`,
    };
  } finally {
    await endVirtiofsd(daemon.child, folder.path);
  }
}

/** Boots once and runs the command. */
export async function boot(plan: BootPlan): Promise<BootResult> {
  using folder = openRunFolder();
  const initramfs = join(folder.path, 'initramfs');
  await writeFile(initramfs, plan.initramfs);
  const machine: Machine = { ...plan.machine, initramfs, consoleFile: join(folder.path, 'console') };
  const run = machine.rootShare === 'virtiofs' ? runOverVirtiofs : runMachine;
  // Awaited here: the folder must stay until the machine is gone.
  return await run(plan, machine, folder);
}
