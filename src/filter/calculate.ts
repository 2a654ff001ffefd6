import { CBPF } from './cbpf.ts';

type Operation = (a: number, b: number) => number | undefined;

const BITS = 32;

/** Undefined where cBPF rejects the packet. */
const OPERATIONS: Readonly<Record<number, Operation>> = {
  [CBPF.add]: (a, b) => a + b,
  [CBPF.sub]: (a, b) => a - b,
  [CBPF.mul]: Math.imul,
  [CBPF.div]: (a, b) => (b === 0 ? undefined : Math.floor(a / b)),
  [CBPF.mod]: (a, b) => (b === 0 ? undefined : a % b),
  [CBPF.or]: (a, b) => a | b,
  [CBPF.and]: (a, b) => a & b,
  [CBPF.xor]: (a, b) => a ^ b,
  [CBPF.lsh]: (a, b) => (b < BITS ? a << b : 0),
  [CBPF.rsh]: (a, b) => (b < BITS ? a >>> b : 0),
  [CBPF.neg]: a => -a,
};

/** 32-bit unsigned, as A = A op b; `code` without the bit that says X. */
export function calculate(code: number, a: number, b: number): number | undefined {
  const value = OPERATIONS[code]?.(a, b);
  return value === undefined ? undefined : value >>> 0;
}
