import { realpathSync } from 'node:fs';
import { appendFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Writable } from 'node:stream';
import { type BootPlan, type BootResult, boot } from './boot.ts';
import type { GuestPlan, RootShare } from './guest.ts';
import { initramfsOf, insertOrder } from './initramfs.ts';
import { type Kernel, provideKernel } from './kernels.ts';
import type { Ending } from './progress.ts';
import { ensureTools } from './tools.ts';
import { hasVirtiofsd } from './virtiofsd.ts';

/** What to run, on which kernel, in what machine. */
export interface VmOptions {
  /** A series ("6.1", "6.12") or a full version. */
  readonly kernel: string;
  readonly command: readonly string[];
  /** Default: this process's directory. */
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: Uint8Array;
  /** Directories the guest may write to; everything else is read-only underneath. */
  readonly shares?: readonly string[];
  readonly memoryMb?: number;
  readonly cpus?: number;
  /** Boots vmlinuz, whose kernel moves to a random address. */
  readonly kaslr?: boolean;
  readonly rootShare?: RootShare;
  /** More kernel arguments. */
  readonly append?: string;
  readonly gdbPort?: number;
  readonly timeoutSeconds?: number;
  /** Gets the kernel's console, of every boot tried. */
  readonly consoleFile?: string;
  readonly stdout?: Writable;
  readonly stderr?: Writable;
  readonly say?: (line: string) => void;
  readonly signal?: AbortSignal;
}

/** How a run ended. `code` is the command's exit code, -1 when it has none. */
export interface VmResult extends Ending {
  readonly kernel: Kernel;
  readonly boots: number;
  readonly seconds: number;
  /** What the kernel printed on the last boot, and what QEMU said. */
  readonly console: string;
  readonly log: string;
}

const MAX_BOOTS = 3;
const START_LIMIT_MS = 120_000;
const DEFAULT_MEMORY_MB = 1024;
const DEFAULT_CPUS = 2;
const FOLDERS = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];

function guestEnv(env: Readonly<Record<string, string>>): Record<string, string> {
  const node = dirname(process.execPath);
  const path = FOLDERS.includes(node) ? FOLDERS : [node, ...FOLDERS];
  return { HOME: '/root', LANG: 'C.UTF-8', TERM: 'dumb', PATH: path.join(':'), ...env };
}

async function guestPlan(options: VmOptions, kernel: Kernel, rootShare: RootShare): Promise<GuestPlan> {
  return {
    rootShare,
    insert: await insertOrder(kernel, rootShare),
    modules: kernel.modules,
    cwd: realpathSync(options.cwd ?? process.cwd()),
    env: guestEnv(options.env ?? {}),
    command: options.command,
    shares: (options.shares ?? []).map(path => realpathSync(path)),
  };
}

function machineOf(options: VmOptions, kernel: Kernel, guest: GuestPlan): BootPlan['machine'] {
  return {
    kernelImage: options.kaslr ? kernel.vmlinuz : kernel.vmlinux,
    memoryMb: options.memoryMb ?? DEFAULT_MEMORY_MB,
    cpus: options.cpus ?? DEFAULT_CPUS,
    rootShare: guest.rootShare,
    shares: guest.shares,
    append: options.append ?? '',
    privileged: process.getuid?.() === 0,
    ...(options.gdbPort && { gdbPort: options.gdbPort }),
  };
}

async function bootOnce(
  options: VmOptions,
  kernel: Kernel,
  rootShare: RootShare,
  limitMs: number,
): Promise<BootResult> {
  const say = sayOf(options);
  const guest = await guestPlan(options, kernel, rootShare);
  const result = await boot({
    machine: machineOf(options, kernel, guest),
    initramfs: await initramfsOf(kernel, guest, { stdin: options.stdin ?? new Uint8Array(), say }),
    stdout: options.stdout ?? process.stdout,
    stderr: options.stderr ?? process.stderr,
    startLimitMs: START_LIMIT_MS,
    limitMs,
    ...(options.signal && { signal: options.signal }),
  });
  if (options.consoleFile) await appendFile(options.consoleFile, result.console);
  return result;
}

function sayOf({ say }: VmOptions): (line: string) => void {
  return say ?? (line => process.stderr.write(`vm: ${line}\n`));
}

/** The last try does without the daemon, in case that is what fails. */
function rootShareOf(options: VmOptions, boots: number): RootShare {
  return options.rootShare ?? (hasVirtiofsd() && boots < MAX_BOOTS ? 'virtiofs' : '9p');
}

/**
 * Runs a command in a VM. A boot that ends before the command started is tried again, twice at most: under load
 * now and then one does. Downloads the kernel, and installs QEMU where that is possible, when missing.
 */
export async function runVm(options: VmOptions): Promise<VmResult> {
  const began = performance.now();
  const deadline = began + (options.timeoutSeconds ?? Number.POSITIVE_INFINITY) * 1000;
  await ensureTools(sayOf(options));
  const kernel = await provideKernel(options.kernel, { say: sayOf(options) });
  if (options.consoleFile) await writeFile(options.consoleFile, '');
  for (let boots = 1; ; boots++) {
    const limitMs = Math.max(0, deadline - performance.now());
    const result = await bootOnce(options, kernel, rootShareOf(options, boots), limitMs);
    const seconds = (performance.now() - began) / 1000;
    if (result.end !== 'never-started' || boots === MAX_BOOTS) return { ...result, kernel, boots, seconds };
    sayOf(options)(`the boot ended before the command started, trying again\n${tailOf(result)}`);
  }
}

/** The last lines of what the kernel and QEMU said, for an error message. */
export function tailOf({ console, log }: Pick<BootResult, 'console' | 'log'>): string {
  return [log.trim(), console.trim()].filter(Boolean).join('\n').split('\n').slice(-20).join('\n');
}
