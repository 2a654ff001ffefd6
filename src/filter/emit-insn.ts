import { FilterSyntaxError } from '../base/index.ts';
import { CBPF, type CbpfInsn } from './cbpf.ts';
import { A, type Emission, X } from './emission.ts';
import { emitAlu, emitCondition, emitJump, isAlu, isCondition } from './emit-alu.ts';
import { emitAncillary, emitLength } from './emit-ancillary.ts';
import { emitPacketLoad } from './emit-load.ts';
import { alwaysRejects, ancillaryOf, packetLoadOf } from './loads.ts';

/** Returns true when the next instruction is reached by falling through. */
type Emit = (e: Emission, insn: CbpfInsn, at: number) => boolean;

const EMIT: Readonly<Record<number, Emit>> = {
  [CBPF.ldImm]: plain((e, insn) => e.asm.mov32(A, insn.k)),
  [CBPF.ldxImm]: plain((e, insn) => e.asm.mov32(X, insn.k)),
  [CBPF.ldMem]: plain((e, insn) => e.asm.load('u32', A, 'r10', wordAt(e, insn))),
  [CBPF.ldxMem]: plain((e, insn) => e.asm.load('u32', X, 'r10', wordAt(e, insn))),
  [CBPF.st]: plain((e, insn) => e.asm.store('u32', 'r10', wordAt(e, insn), A)),
  [CBPF.stx]: plain((e, insn) => e.asm.store('u32', 'r10', wordAt(e, insn), X)),
  [CBPF.ldLen]: plain(e => emitLength(e, A)),
  [CBPF.ldxLen]: plain(e => emitLength(e, X)),
  [CBPF.ldxMsh]: emitHeaderLength,
  [CBPF.tax]: plain(e => e.asm.mov32(X, A)),
  [CBPF.txa]: plain(e => e.asm.mov32(A, X)),
  [CBPF.ja]: (e, insn, at) => emitJump(e, at, insn.k),
  [CBPF.retK]: emitReturn,
  [CBPF.retA]: emitReturnA,
};

export function emitInsn(e: Emission, insn: CbpfInsn, at: number): boolean {
  if (alwaysRejects(insn)) {
    e.asm.jump(e.want(e.tooShort));
    return false;
  }
  const emit = EMIT[insn.code];
  if (emit) return emit(e, insn, at);
  if (isCondition(insn)) return emitCondition(e, insn, at);
  emitStraight(e, insn, at);
  return true;
}

/** What always goes on with the next instruction. */
function emitStraight(e: Emission, insn: CbpfInsn, at: number): void {
  const ancillary = ancillaryOf(insn);
  const load = packetLoadOf(insn);
  if (ancillary) emitAncillary(e, ancillary);
  else if (load) emitPacketLoad(e, insn, at, load, A);
  else if (isAlu(insn)) emitAlu(e, insn);
  else throw new FilterSyntaxError(`instruction ${at} of the filter has the unknown opcode ${insn.code}`, '');
}

function plain(write: (e: Emission, insn: CbpfInsn) => void): Emit {
  return (e, insn) => {
    write(e, insn);
    return true;
  };
}

function wordAt(e: Emission, insn: CbpfInsn): number {
  return e.frame.memory + e.plan.memory.indexOf(insn.k) * 4;
}

/** X = 4 × the low half of a byte: the length of an IPv4 header. */
function emitHeaderLength(e: Emission, insn: CbpfInsn, at: number): boolean {
  emitPacketLoad(e, insn, at, packetLoadOf(insn)!, X);
  e.asm.and(X, 0xf).lsh(X, 2);
  return true;
}

function emitReturn(e: Emission, insn: CbpfInsn): boolean {
  e.asm.jump(insn.k ? e.outcomes.match : e.outcomes.noMatch);
  return false;
}

function emitReturnA(e: Emission): boolean {
  e.asm.jumpIf32(A, '!=', 0, e.outcomes.match).jump(e.outcomes.noMatch);
  return false;
}
