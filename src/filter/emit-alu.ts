import type { AluName, JumpName, Reg } from '../abi/index.ts';
import { label } from '../asm/index.ts';
import { CBPF, CBPF_X, type CbpfInsn } from './cbpf.ts';
import { A, type Emission, X } from './emission.ts';

const BITS = 32;
const OPERATIONS: Readonly<Record<number, AluName>> = {
  [CBPF.add]: 'add',
  [CBPF.sub]: 'sub',
  [CBPF.mul]: 'mul',
  [CBPF.div]: 'div',
  [CBPF.mod]: 'mod',
  [CBPF.or]: 'or',
  [CBPF.and]: 'and',
  [CBPF.xor]: 'xor',
  [CBPF.lsh]: 'lsh',
  [CBPF.rsh]: 'rsh',
};
const DIVISIONS: ReadonlySet<AluName> = new Set(['div', 'mod']);
const SHIFTS: ReadonlySet<AluName> = new Set(['lsh', 'rsh']);

const CONDITIONS: Readonly<Record<number, JumpName>> = {
  [CBPF.jeq]: '==',
  [CBPF.jgt]: '>',
  [CBPF.jge]: '>=',
  [CBPF.jset]: '&',
};
const OPPOSITES: Readonly<Partial<Record<JumpName, JumpName>>> = { '==': '!=', '>': '<=', '>=': '<' };

/** A = A op X or k. */
export function emitAlu(e: Emission, insn: CbpfInsn): void {
  const by = (insn.code & CBPF_X) !== 0 ? X : insn.k;
  const name = OPERATIONS[insn.code & ~CBPF_X]!;
  if (insn.code === CBPF.neg) e.asm.neg32(A);
  else if (SHIFTS.has(name)) emitShift(e, name, by);
  else {
    // cBPF rejects the packet when the divisor is 0; eBPF would go on with 0.
    if (DIVISIONS.has(name) && by === X) e.asm.jumpIf32(X, '==', 0, e.outcomes.noMatch);
    e.asm.alu32(name, A, by);
  }
}

export function isAlu(insn: CbpfInsn): boolean {
  return insn.code === CBPF.neg || OPERATIONS[insn.code & ~CBPF_X] !== undefined;
}

/** 32 places and more leave 0; eBPF would take the number modulo 32. */
function emitShift(e: Emission, name: AluName, by: Reg | number): void {
  if (typeof by === 'string') {
    const narrow = label('shift');
    e.asm.jumpIf32(by, '<', BITS, narrow).mov32(A, 0).place(narrow).alu32(name, A, by);
  } else if (by < BITS) e.asm.alu32(name, A, by);
  else e.asm.mov32(A, 0);
}

export function isCondition(insn: CbpfInsn): boolean {
  return CONDITIONS[insn.code & ~CBPF_X] !== undefined;
}

/** Returns true when the next instruction is reached by falling through. */
export function emitCondition(e: Emission, insn: CbpfInsn, at: number): boolean {
  const { jt, jf } = insn;
  const condition = CONDITIONS[insn.code & ~CBPF_X]!;
  const than = insn.code & CBPF_X ? X : insn.k;
  const opposite = OPPOSITES[condition];
  if (jt === jf) return emitJump(e, at, jt);
  if (jt === 0 && opposite) {
    e.asm.jumpIf32(A, opposite, than, e.target(at + 1 + jf));
    return true;
  }
  e.asm.jumpIf32(A, condition, than, e.target(at + 1 + jt));
  return emitJump(e, at, jf);
}

/** Goes `skip` instructions further. Returns true when that is the next one. */
export function emitJump(e: Emission, at: number, skip: number): boolean {
  if (skip === 0) return true;
  e.asm.jump(e.target(at + 1 + skip));
  return false;
}
