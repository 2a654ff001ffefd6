import { CBPF, CBPF_X, type CbpfInsn, CLASS_ALU, CLASS_MASK, isConditional } from './cbpf.ts';
import { constantOf, type Facts, isKnownLoad, loadName } from './facts.ts';
import { FURTHEST, packetLoadOf } from './loads.ts';

/** Does nothing. */
export const NOTHING: CbpfInsn = { code: CBPF.ja, jt: 0, jf: 0, k: 0 };

/** The same load with its whole offset in k. */
const ABSOLUTE: Readonly<Record<number, number>> = {
  [CBPF.ldWordInd]: CBPF.ldWordAbs,
  [CBPF.ldHalfInd]: CBPF.ldHalfAbs,
  [CBPF.ldByteInd]: CBPF.ldByteAbs,
};
const BITS = 32;

/** An instruction that does the same where these facts hold, at less cost if there is one. */
export function rewritten(insn: CbpfInsn, facts: Facts): CbpfInsn {
  const plain = withConstant(insn, facts);
  return changesNothing(plain, facts) ? NOTHING : plain;
}

type Rewrite = (insn: CbpfInsn, facts: Facts) => CbpfInsn;

const REWRITES: Readonly<Record<number, Rewrite>> = {
  [CBPF.ldMem]: (insn, facts) => immediate(insn, CBPF.ldImm, facts.memory.get(insn.k)),
  [CBPF.ldxMem]: (insn, facts) => immediate(insn, CBPF.ldxImm, facts.memory.get(insn.k)),
  [CBPF.tax]: (insn, facts) => immediate(insn, CBPF.ldxImm, facts.a),
  [CBPF.txa]: (insn, facts) => immediate(insn, CBPF.ldImm, facts.x),
};

function withConstant(insn: CbpfInsn, facts: Facts): CbpfInsn {
  const rewrite = REWRITES[insn.code];
  if (rewrite) return rewrite(insn, facts);
  const x = constantOf(facts.x);
  if (x === undefined) return insn;
  const absolute = ABSOLUTE[insn.code];
  if (absolute !== undefined)
    return insn.k + x <= FURTHEST ? { ...insn, code: absolute, k: insn.k + x } : insn;
  return takesX(insn) && isDefined(insn.code & ~CBPF_X, x)
    ? { ...insn, code: insn.code & ~CBPF_X, k: x }
    : insn;
}

function immediate(insn: CbpfInsn, code: number, value: string | undefined): CbpfInsn {
  const constant = constantOf(value ?? '');
  return constant === undefined ? insn : { ...insn, code, k: constant };
}

function takesX(insn: CbpfInsn): boolean {
  const isOperation = (insn.code & CLASS_MASK) === CLASS_ALU || isConditional(insn);
  return isOperation && (insn.code & CBPF_X) !== 0;
}

/** With a constant, a division by 0 and shifts by 32 and more are no programs. */
function isDefined(code: number, k: number): boolean {
  if (code === CBPF.div || code === CBPF.mod) return k !== 0;
  return (code !== CBPF.lsh && code !== CBPF.rsh) || k < BITS;
}

const NEUTRAL_ZERO: ReadonlySet<number> = new Set([
  CBPF.add,
  CBPF.sub,
  CBPF.or,
  CBPF.xor,
  CBPF.lsh,
  CBPF.rsh,
]);

/** What is to be loaded is there already, or the operand has no effect. */
function changesNothing(insn: CbpfInsn, facts: Facts): boolean {
  if (NEUTRAL_ZERO.has(insn.code)) return insn.k === 0;
  if (packetLoadOf(insn)) {
    const into = insn.code === CBPF.ldxMsh ? facts.x : facts.a;
    return isKnownLoad(insn, facts) && into === loadName(insn, facts.x);
  }
  const value = VALUE[insn.code]?.(insn, facts) ?? '';
  return value !== '' && value === (LOADS_X.has(insn.code) ? facts.x : facts.a);
}

const LOADS_X: ReadonlySet<number> = new Set([CBPF.ldxImm, CBPF.ldxMem, CBPF.tax]);

const VALUE: Readonly<Record<number, (insn: CbpfInsn, facts: Facts) => string | undefined>> = {
  [CBPF.ldImm]: ({ k }) => `#${k}`,
  [CBPF.ldxImm]: ({ k }) => `#${k}`,
  [CBPF.ldMem]: ({ k }, { memory }) => memory.get(k),
  [CBPF.ldxMem]: ({ k }, { memory }) => memory.get(k),
  [CBPF.tax]: (_, { a }) => a,
  [CBPF.txa]: (_, { x }) => x,
};
