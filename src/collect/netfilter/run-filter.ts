import { CBPF, CBPF_X, type Cbpf, type CbpfInsn } from '../../filter/index.ts';

interface Registers {
  a: number;
  x: number;
  readonly memory: Uint32Array;
}

/** More steps than any filter without loops takes: an endless one ends. */
const MOST_STEPS = 100_000;

/**
 * Runs a classic BPF program over the bytes of a packet, as the kernel's own interpreter would: a load of what is not
 * there, or a division by zero, is no match.
 */
export function runFilter(program: Cbpf, packet: Uint8Array): boolean {
  const view = new DataView(packet.buffer, packet.byteOffset, packet.byteLength);
  const registers: Registers = { a: 0, x: 0, memory: new Uint32Array(16) };
  let at = 0;
  for (let steps = 0; steps < MOST_STEPS; steps++) {
    const insn = program[at];
    if (insn === undefined) return false;
    if (insn.code === CBPF.retK) return insn.k !== 0;
    if (insn.code === CBPF.retA) return registers.a !== 0;
    const skip = step(insn, registers, view);
    if (skip === undefined) return false;
    at += 1 + skip;
  }
  return false;
}

type Step = (insn: CbpfInsn, registers: Registers, view: DataView) => number | undefined;

/** How many instructions to skip; undefined: no match. */
function step(insn: CbpfInsn, registers: Registers, view: DataView): number | undefined {
  const run = STEPS.get(insn.code) ?? operatorStep(insn.code);
  return run?.(insn, registers, view);
}

const load =
  (bytes: 1 | 2 | 4, indirect: boolean): Step =>
  (insn, registers, view) => {
    const at = (insn.k | 0) + (indirect ? registers.x : 0);
    if (at < 0 || at + bytes > view.byteLength) return undefined;
    registers.a = bytes === 1 ? view.getUint8(at) : bytes === 2 ? view.getUint16(at) : view.getUint32(at);
    return 0;
  };

const set =
  (write: (registers: Registers, k: number, view: DataView) => void): Step =>
  (insn, registers, view) => {
    write(registers, insn.k, view);
    return 0;
  };

const STEPS: ReadonlyMap<number, Step> = new Map<number, Step>([
  [CBPF.ldByteAbs, load(1, false)],
  [CBPF.ldHalfAbs, load(2, false)],
  [CBPF.ldWordAbs, load(4, false)],
  [CBPF.ldByteInd, load(1, true)],
  [CBPF.ldHalfInd, load(2, true)],
  [CBPF.ldWordInd, load(4, true)],
  [CBPF.ldxMsh, headerLength],
  [CBPF.ja, ({ k }) => k | 0],
  [
    CBPF.ldImm,
    set((r, k) => {
      r.a = k;
    }),
  ],
  [
    CBPF.ldxImm,
    set((r, k) => {
      r.x = k;
    }),
  ],
  [
    CBPF.ldMem,
    set((r, k) => {
      r.a = r.memory[k] ?? 0;
    }),
  ],
  [
    CBPF.ldxMem,
    set((r, k) => {
      r.x = r.memory[k] ?? 0;
    }),
  ],
  [
    CBPF.ldLen,
    set((r, _, view) => {
      r.a = view.byteLength;
    }),
  ],
  [
    CBPF.ldxLen,
    set((r, _, view) => {
      r.x = view.byteLength;
    }),
  ],
  [
    CBPF.st,
    set((r, k) => {
      r.memory[k] = r.a;
    }),
  ],
  [
    CBPF.stx,
    set((r, k) => {
      r.memory[k] = r.x;
    }),
  ],
  [
    CBPF.tax,
    set(r => {
      r.x = r.a;
    }),
  ],
  [
    CBPF.txa,
    set(r => {
      r.a = r.x;
    }),
  ],
  [
    CBPF.neg,
    set(r => {
      r.a = -r.a >>> 0;
    }),
  ],
]);

/** X = 4 × the low half of a byte: the length of an IPv4 header. */
function headerLength(insn: CbpfInsn, registers: Registers, view: DataView): number | undefined {
  if (insn.k >= view.byteLength) return undefined;
  registers.x = (view.getUint8(insn.k) & 15) * 4;
  return 0;
}

const COMPARE: ReadonlyMap<number, (a: number, b: number) => boolean> = new Map([
  [CBPF.jeq, (a: number, b: number) => a === b],
  [CBPF.jgt, (a: number, b: number) => a > b],
  [CBPF.jge, (a: number, b: number) => a >= b],
  [CBPF.jset, (a: number, b: number) => (a & b) !== 0],
] as const);

const ARITHMETIC: ReadonlyMap<number, (a: number, b: number) => number> = new Map([
  [CBPF.add, (a: number, b: number) => a + b],
  [CBPF.sub, (a: number, b: number) => a - b],
  [CBPF.mul, (a: number, b: number) => Math.imul(a, b)],
  [CBPF.div, (a: number, b: number) => Math.floor(a / b)],
  [CBPF.mod, (a: number, b: number) => a % b],
  [CBPF.or, (a: number, b: number) => a | b],
  [CBPF.and, (a: number, b: number) => a & b],
  [CBPF.xor, (a: number, b: number) => a ^ b],
  [CBPF.lsh, (a: number, b: number) => (b < 32 ? a << b : 0)],
  [CBPF.rsh, (a: number, b: number) => (b < 32 ? a >>> b : 0)],
] as const);

/** Comparisons and arithmetic with k, or with X when the code says so. */
function operatorStep(code: number): Step | undefined {
  const compare = COMPARE.get(code & ~CBPF_X);
  if (compare !== undefined)
    return (insn, { a, x }) => (compare(a, code & CBPF_X ? x : insn.k) ? insn.jt : insn.jf);
  const calculate = ARITHMETIC.get(code & ~CBPF_X);
  if (calculate === undefined) return undefined;
  return (insn, registers) => {
    const by = code & CBPF_X ? registers.x : insn.k;
    const divides = (code & ~CBPF_X) === CBPF.div || (code & ~CBPF_X) === CBPF.mod;
    if (divides && by === 0) return undefined;
    registers.a = calculate(registers.a, by) >>> 0;
    return 0;
  };
}
