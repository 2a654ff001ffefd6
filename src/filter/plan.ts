import { CBPF, type Cbpf, type CbpfInsn, isReturn, successorsOf } from './cbpf.ts';
import { alwaysRejects, packetLoadOf } from './loads.ts';

/** An IPv4 header without options: what X nearly always is when it comes from a header length. */
export const PLAIN_IPV4 = 20;
/** Header bytes that one read brings to the stack; loads further in are read one by one. */
const COPY_LIMIT = 128;
/** Even, so that 16-bit fields at even offsets are aligned whatever else is. */
const PHASES = [0, 2] as const;

/** What is known about a program before a single eBPF instruction is written. */
export interface Plan {
  readonly insns: Cbpf;
  readonly reachable: readonly boolean[];
  /** Linear bytes that are known to be there whenever instruction i starts. */
  readonly proven: readonly number[];
  /** X holds an IPv4 header length at instruction i, however it was reached. */
  readonly xIsHeaderLength: readonly boolean[];
  /** Bytes of the packet's start that are copied to the stack. */
  readonly copyBytes: number;
  /** Where the copy starts, modulo 4: most loads are then aligned, which the verifier wants on the stack. */
  readonly phase: number;
  /** Scratch words M[] in use, in order. */
  readonly memory: readonly number[];
}

interface State {
  readonly proven: number;
  readonly xIsHeaderLength: boolean;
}

/** Follows every path once: cBPF jumps forward only. `minimumCopy` when the caller needs the first bytes in any case. */
export function planOf(insns: Cbpf, minimumCopy = 0): Plan {
  const states = statesOf(insns);
  const xIsHeaderLength = states.map(state => state?.xIsHeaderLength ?? false);
  const ends = insns.flatMap((insn, at) => (states[at] ? copyEnds(insn, xIsHeaderLength[at]!) : []));
  return {
    insns,
    reachable: states.map(state => state !== undefined),
    proven: states.map(state => state?.proven ?? 0),
    xIsHeaderLength,
    copyBytes: roundUp(Math.max(minimumCopy, ...ends), 8),
    phase: bestPhase(insns, xIsHeaderLength),
    memory: memoryOf(insns),
  };
}

/** A filter program's copy holds bytes [offset, offset + bytes). */
export function isInCopy(plan: Plan, offset: number, bytes: number): boolean {
  return offset + bytes <= plan.copyBytes;
}

/** Does any path end in a match? */
export function mayMatch({ insns, reachable }: Plan): boolean {
  return insns.some(
    (insn, at) => reachable[at] && isReturn(insn) && (insn.code === CBPF.retA || insn.k !== 0),
  );
}

function statesOf(insns: Cbpf): (State | undefined)[] {
  const states: (State | undefined)[] = insns.map(() => undefined);
  states[0] = { proven: 0, xIsHeaderLength: false };
  insns.forEach((insn, at) => {
    const state = states[at];
    if (!state) return;
    const after = stateAfter(insn, state);
    const next = alwaysRejects(insn) ? [] : successorsOf(insns, at);
    for (const to of next) states[to] = meet(states[to], after);
  });
  return states;
}

function stateAfter(insn: CbpfInsn, state: State): State {
  const xIsHeaderLength = xAfter(insn, state.xIsHeaderLength);
  const load = packetLoadOf(insn);
  if (!load) return { proven: state.proven, xIsHeaderLength };
  return { proven: Math.max(state.proven, insn.k + load.bytes), xIsHeaderLength };
}

const WRITES_X: ReadonlySet<number> = new Set([CBPF.ldxImm, CBPF.ldxMem, CBPF.ldxLen, CBPF.tax]);

function xAfter(insn: CbpfInsn, before: boolean): boolean {
  if (insn.code === CBPF.ldxMsh) return true;
  return WRITES_X.has(insn.code) ? false : before;
}

function meet(a: State | undefined, b: State): State {
  if (!a) return b;
  return {
    proven: Math.min(a.proven, b.proven),
    xIsHeaderLength: a.xIsHeaderLength && b.xIsHeaderLength,
  };
}

function copyEnds(insn: CbpfInsn, xIsHeaderLength: boolean): number[] {
  const load = packetLoadOf(insn);
  if (!load || (load.fromX && !xIsHeaderLength)) return [];
  const end = insn.k + load.bytes + (load.fromX ? PLAIN_IPV4 : 0);
  return end <= COPY_LIMIT ? [end] : [];
}

function bestPhase(insns: Cbpf, xIsHeaderLength: readonly boolean[]): number {
  const costs = PHASES.map(phase =>
    insns.reduce((sum, insn, at) => sum + misalignment(insn, phase, xIsHeaderLength[at]!), 0),
  );
  return PHASES[costs.indexOf(Math.min(...costs))]!;
}

function misalignment(insn: CbpfInsn, phase: number, xIsHeaderLength: boolean): number {
  const load = packetLoadOf(insn);
  if (!load || (load.fromX && !xIsHeaderLength)) return 0;
  return (insn.k + phase) % load.bytes === 0 ? 0 : 1;
}

const USES_MEMORY: ReadonlySet<number> = new Set([CBPF.st, CBPF.stx, CBPF.ldMem, CBPF.ldxMem]);

function memoryOf(insns: Cbpf): number[] {
  const used = new Set(insns.filter(insn => USES_MEMORY.has(insn.code)).map(insn => insn.k));
  return [...used].sort((a, b) => a - b);
}

function roundUp(value: number, to: number): number {
  return Math.ceil(value / to) * to;
}
