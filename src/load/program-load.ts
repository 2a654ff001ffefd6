import { ATTACH_TYPES, INSN_BYTES, PROG_TYPES } from '../abi/index.ts';
import type { Program } from '../asm/index.ts';
import { errnoName, SyscallError, VerifierError } from '../base/index.ts';
import { Attr, bpfCall, Fd, hintFor, missingCapabilities, raiseMemlock, tryBpf } from '../sys/index.ts';
import type { LoadTarget } from './attach-target.ts';
import { type FunctionInfo, functionInfoOf } from './function-info.ts';
import { verifierReport } from './verifier-report.ts';

const EPERM = 1;
const E2BIG = 7;
/** A signal arrived while the verifier worked: nothing is wrong with the program. */
const EAGAIN = 11;
const TRIES = 20;
const ENOSPC = 28;
/** BPF_LOG_STATS: statistics and the reason, no instructions. */
const LOG_REASON_ONLY = 4;
const NAME_SIZE = 16;
const TOO_LONG =
  'the verifier walks every path, and every round of a loop: fewer branches, shorter loops, or bpf_loop (5.17)';
const LOG_BYTES_FIRST = 1 << 20;
const LOG_BYTES_MOST = 16 << 20;

export interface Loading {
  readonly name: string;
  readonly code: Program;
  /** Relocated instructions. */
  readonly instructions: Uint8Array;
  readonly license: string;
  readonly target: LoadTarget;
  /** Verifier log level for a rejected program: 1 shows states at branches, 2 at every instruction. */
  readonly logLevel: number;
}

/**
 * BPF_PROG_LOAD. First without a log, which is quicker; refused, once more with one.
 * Throws VerifierError, or SyscallError when the verifier was never asked.
 */
export function loadProgram(loading: Loading): Fd {
  const info = functionInfoOf(loading.code);
  try {
    return loadOrExplain(loading, info);
  } finally {
    info?.btf.close();
  }
}

function loadOrExplain(loading: Loading, info: FunctionInfo | undefined): Fd {
  const result = attempt(attrOf(loading, info), loading.name);
  if (result instanceof Fd) return result;
  if (result === EPERM && missingCapabilities(loading.target.needs).length > 0)
    throw refused(loading, result);
  // A program that is too long for the verifier gives a log that is too long for anybody.
  if (result === E2BIG) return explain(loading, info, LOG_REASON_ONLY, LOG_BYTES_FIRST);
  return explain(loading, info, loading.logLevel, LOG_BYTES_FIRST);
}

/** Loads once more, with a log. It fails again, unless what it failed for has passed. */
function explain(loading: Loading, info: FunctionInfo | undefined, level: number, size: number): Fd {
  const log = new Uint8Array(size);
  const attr = attrOf(loading, info).u32(24, level).u32(28, size).pointer(32, log);
  const result = attempt(attr, loading.name);
  if (result instanceof Fd) return result;
  if (result !== ENOSPC) throw rejected(loading, result, textOf(log));
  if (size < LOG_BYTES_MOST) return explain(loading, info, level, size * 4);
  return explain(loading, info, LOG_REASON_ONLY, LOG_BYTES_FIRST);
}

/** The program, or the errno. */
function attempt(attr: Attr, name: string): Fd | number {
  let result = tryBpf('prog_load', attr.bytes);
  for (let tries = 1; result === -EAGAIN && tries < TRIES; tries++) result = tryBpf('prog_load', attr.bytes);
  return result < 0 ? -result : new Fd(result, `program ${name}`);
}

function attrOf(loading: Loading, info: FunctionInfo | undefined): Attr {
  const { name, instructions, license, target } = loading;
  raiseMemlock();
  const attr = new Attr(144)
    .u32(0, PROG_TYPES[target.type])
    .u32(4, instructions.byteLength / INSN_BYTES)
    .pointer(8, instructions)
    .text(16, license)
    .name(48, NAME_SIZE, name)
    .u32(68, target.attachType === undefined ? 0 : ATTACH_TYPES[target.attachType])
    .u32(108, target.btfId ?? 0)
    .u32(112, target.btfObjectFd ?? 0);
  if (info) attr.u32(72, info.btf.fd).u32(76, 8).pointer(80, info.records).u32(88, info.count);
  return attr;
}

function refused({ name, target }: Loading, errno: number): SyscallError {
  const call = bpfCall('prog_load', `program ${name}`);
  return new SyscallError(call, errno, hintFor(call, errno, target.needs));
}

function rejected(loading: Loading, errno: number, log: string): Error {
  if (log.trim() === '' || errno === EAGAIN) return refused(loading, errno);
  const { name, code } = loading;
  const report = verifierReport(code, log);
  const hint = errno === E2BIG ? TOO_LONG : undefined;
  return new VerifierError(name, errno, `${name}: ${errnoName(errno)}: ${report}`, log, hint);
}

function textOf(log: Uint8Array): string {
  const end = log.indexOf(0);
  return new TextDecoder().decode(end < 0 ? log : log.subarray(0, end));
}
