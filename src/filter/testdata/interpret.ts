import { CBPF, CBPF_X, type Cbpf, type CbpfInsn } from '../cbpf.ts';
import { roundsOf } from '../unroll.ts';

/** More extension headers than the kernel's copy of the program follows. */
export class TooManyRounds extends Error {}

interface Machine {
  a: number;
  x: number;
  readonly memory: Uint32Array;
  readonly packet: Uint8Array;
  readonly wireLength: number;
}

/** What cBPF is defined to do, written down once more and as plainly as possible: bytes to keep, 0 for no match. */
export function interpret(insns: Cbpf, packet: Uint8Array, wireLength: number = packet.length): number {
  return judge(insns, packet, wireLength) ?? 0;
}

/** The same; undefined when a load went past the packet's end or a division had no result. */
export function judge(insns: Cbpf, packet: Uint8Array, wireLength: number): number | undefined {
  const m: Machine = { a: 0, x: 0, memory: new Uint32Array(16), packet, wireLength };
  let rounds = 0;
  for (let at = 0; ; at++) {
    const insn = insns[at]!;
    const { code, k } = insn;
    if (code === CBPF.retK) return k;
    if (code === CBPF.retA) return m.a;
    if (code === CBPF.ja) {
      if ((k | 0) < 0 && ++rounds > roundsOf(insns)) throw new TooManyRounds();
      at += k | 0;
    } else if ((code & 7) === 5) at += holds(m, insn) ? insn.jt : insn.jf;
    else if ((code & 7) === 4) {
      if (!calculate(m, insn)) return undefined;
    } else if (!move(m, insn)) return undefined;
  }
}

function holds(m: Machine, { code, k }: CbpfInsn): boolean {
  const by = code & CBPF_X ? m.x : k;
  const name = code & ~CBPF_X;
  if (name === CBPF.jeq) return m.a === by;
  if (name === CBPF.jgt) return m.a > by;
  if (name === CBPF.jge) return m.a >= by;
  return (m.a & by) !== 0;
}

const ARITHMETIC: Record<number, (a: number, b: number) => number> = {
  [CBPF.add]: (a, b) => a + b,
  [CBPF.sub]: (a, b) => a - b,
  [CBPF.mul]: (a, b) => Math.imul(a, b),
  [CBPF.div]: (a, b) => Math.floor(a / b),
  [CBPF.mod]: (a, b) => a % b,
  [CBPF.or]: (a, b) => a | b,
  [CBPF.and]: (a, b) => a & b,
  [CBPF.xor]: (a, b) => a ^ b,
  [CBPF.lsh]: (a, b) => (b < 32 ? a << b : 0),
  [CBPF.rsh]: (a, b) => (b < 32 ? a >>> b : 0),
  [CBPF.neg]: a => -a,
};

function calculate(m: Machine, { code, k }: CbpfInsn): boolean {
  const by = code & CBPF_X ? m.x : k;
  const name = code === CBPF.neg ? code : code & ~CBPF_X;
  if ((name === CBPF.div || name === CBPF.mod) && by === 0) return false;
  m.a = ARITHMETIC[name]!(m.a, by) >>> 0;
  return true;
}

const LOADS: Record<number, { bytes: number; fromX: boolean }> = {
  [CBPF.ldWordAbs]: { bytes: 4, fromX: false },
  [CBPF.ldHalfAbs]: { bytes: 2, fromX: false },
  [CBPF.ldByteAbs]: { bytes: 1, fromX: false },
  [CBPF.ldWordInd]: { bytes: 4, fromX: true },
  [CBPF.ldHalfInd]: { bytes: 2, fromX: true },
  [CBPF.ldByteInd]: { bytes: 1, fromX: true },
};

function move(m: Machine, { code, k }: CbpfInsn): boolean {
  const load = LOADS[code];
  if (load) {
    const value = packetBytes(m, load.fromX ? m.x + k : k, load.bytes);
    if (value !== undefined) m.a = value;
    return value !== undefined;
  }
  if (code === CBPF.ldxMsh) {
    const value = packetBytes(m, k, 1);
    if (value !== undefined) m.x = (value & 15) * 4;
    return value !== undefined;
  }
  if (code === CBPF.ldImm) m.a = k;
  else if (code === CBPF.ldxImm) m.x = k;
  else if (code === CBPF.ldLen) m.a = m.wireLength;
  else if (code === CBPF.ldxLen) m.x = m.wireLength;
  else if (code === CBPF.ldMem) m.a = m.memory[k]!;
  else if (code === CBPF.ldxMem) m.x = m.memory[k]!;
  else if (code === CBPF.st) m.memory[k] = m.a;
  else if (code === CBPF.stx) m.memory[k] = m.x;
  else if (code === CBPF.tax) m.x = m.a;
  else if (code === CBPF.txa) m.a = m.x;
  else throw new Error(`no such instruction: ${code}`);
  return true;
}

function packetBytes(m: Machine, at: number, bytes: number): number | undefined {
  if (at + bytes > m.packet.length) return undefined;
  let value = 0;
  for (let index = at; index < at + bytes; index++) value = value * 256 + m.packet[index]!;
  return value;
}
