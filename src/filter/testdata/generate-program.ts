import { CBPF, CBPF_X, type Cbpf, type CbpfInsn, ret } from '../cbpf.ts';
import type { Random } from './random.ts';

type Make = (random: Random, left: number) => CbpfInsn;

const offset: Make = r => plain(0, r.chance(80) ? r.below(70) : r.of([126, 127, 128, 129, 400, 0x7fff_fff8, 0xffff_0000, 0xffff_ffff]));
const constant = (r: Random): number => r.of([0, 1, 2, 3, 4, 7, 14, 15, 16, 20, 31, 32, 33, 255, 0x800, 0xffff, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff]);
const skip = (r: Random, left: number): number => r.below(Math.min(left, 12) + 1);

const LOADS = [CBPF.ldWordAbs, CBPF.ldHalfAbs, CBPF.ldByteAbs, CBPF.ldxMsh];
const INDIRECT = [CBPF.ldWordInd, CBPF.ldHalfInd, CBPF.ldByteInd];
const CALCULATIONS = [CBPF.add, CBPF.sub, CBPF.mul, CBPF.div, CBPF.mod, CBPF.or, CBPF.and, CBPF.xor, CBPF.lsh, CBPF.rsh];
const JUMPS = [CBPF.jeq, CBPF.jgt, CBPF.jge, CBPF.jset];
const WORDS = [0, 3, 7, 15];

function plain(code: number, k = 0): CbpfInsn {
  return { code, jt: 0, jf: 0, k };
}

const MAKE: readonly Make[] = [
  (r, left) => ({ ...offset(r, left), code: r.of(LOADS) }),
  (r, left) => ({ ...offset(r, left), code: r.of(LOADS) }),
  (r, left) => ({ ...offset(r, left), code: r.of(INDIRECT) }),
  r => plain(r.of([CBPF.ldImm, CBPF.ldxImm]), constant(r)),
  r => plain(r.of([CBPF.ldLen, CBPF.ldxLen, CBPF.tax, CBPF.txa, CBPF.neg])),
  r => plain(r.of([CBPF.st, CBPF.stx, CBPF.ldMem, CBPF.ldxMem]), r.of(WORDS)),
  r => plain(r.of(CALCULATIONS) + CBPF_X),
  r => calculation(r.of(CALCULATIONS), r),
  r => plain(CBPF.and, r.of([15, 31, 63])),
  (r, left) => ({ code: r.of(JUMPS) + (r.chance(30) ? CBPF_X : 0), jt: skip(r, left), jf: skip(r, left), k: constant(r) }),
  (r, left) => (r.chance(20) ? plain(CBPF.ja, skip(r, left)) : plain(CBPF.txa)),
];

/** Dividing by the constant 0 and shifting out by a constant are undefined in other interpreters. */
function calculation(code: number, r: Random): CbpfInsn {
  if (code === CBPF.div || code === CBPF.mod) return plain(code, constant(r) || 5);
  return plain(code, code === CBPF.lsh || code === CBPF.rsh ? r.of([0, 1, 4, 16, 31]) : constant(r));
}

/** Any mixture of instructions, with forward jumps; every word of memory is set before it is read. */
export function randomProgram(random: Random): Cbpf {
  const length = 4 + random.below(50);
  const start = WORDS.map(word => plain(CBPF.st, word));
  const body = Array.from({ length }, (_, at) => random.of(MAKE)(random, length - at - 1));
  return [...start, ...body, random.of([plain(CBPF.retA), ret(1), ret(0)])];
}
