import { NetwhyError, SyscallError } from '../base/index.ts';
import { addressOf } from './address.ts';
import type { CapabilityName } from './capabilities.ts';
import { hintFor } from './hints.ts';
import { native } from './native.ts';

/** asm/unistd_64.h (x86-64) and asm-generic/unistd.h (arm64, riscv64). */
const NUMBERS = {
  x64: { bpf: 321, perf_event_open: 298, ioctl: 16, setns: 308, prlimit64: 302 },
  arm64: { bpf: 280, perf_event_open: 241, ioctl: 29, setns: 268, prlimit64: 261 },
  riscv64: { bpf: 280, perf_event_open: 241, ioctl: 29, setns: 268, prlimit64: 261 },
} as const;

export type SyscallName = keyof (typeof NUMBERS)['x64'];
/** Bytes are passed by address. */
export type Argument = number | bigint | Uint8Array;

export interface SyscallText {
  /** What the error says was called; the syscall's own name when absent. */
  readonly as?: string;
  /** Capabilities that the call needs, for the hint of EPERM and EACCES. */
  readonly needs?: readonly CapabilityName[];
}

/** Result of the call, 0 or more. Throws SyscallError with a hint. */
export function syscall(name: SyscallName, args: readonly Argument[], text: SyscallText = {}): number {
  const result = rawSyscall(name, args);
  if (result >= 0) return result;
  throw failed(text.as ?? name, -result, text.needs);
}

// Written around the call, so that no optimisation can find the arguments' memory unused while the kernel reads it.
let held: readonly Argument[] | undefined;

/** The same without exceptions: 0 or more, or the negative errno. */
export function rawSyscall(name: SyscallName, args: readonly Argument[]): number {
  const { syscall: call, errno } = native();
  held = args;
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0] = held.map(wordOf);
  const result = call(numberOf(name), a, b, c, d, e, f);
  const failure = result < 0 ? -errno() : 0;
  held = undefined;
  return failure || result;
}

function wordOf(argument: Argument): number | bigint {
  return argument instanceof Uint8Array ? addressOf(argument) : argument;
}

export function failed(call: string, errno: number, needs: readonly CapabilityName[] = []): SyscallError {
  return new SyscallError(call, errno, hintFor(call, errno, needs));
}

function numberOf(name: SyscallName): number {
  const numbers = (NUMBERS as Readonly<Record<string, Record<SyscallName, number>>>)[process.arch];
  if (numbers) return numbers[name];
  const known = Object.keys(NUMBERS).join(', ');
  throw new NetwhyError(`no system call numbers for ${process.arch}; netwhy knows ${known}`);
}
