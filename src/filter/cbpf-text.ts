import { CBPF, CBPF_X, type CbpfInsn, isConditional } from './cbpf.ts';

type Write = (k: string) => string;

const TEXT: Readonly<Record<number, Write>> = {
  [CBPF.ldImm]: k => `ld #${k}`,
  [CBPF.ldxImm]: k => `ldx #${k}`,
  [CBPF.st]: k => `st M[${k}]`,
  [CBPF.stx]: k => `stx M[${k}]`,
  [CBPF.ldWordAbs]: k => `ld [${k}]`,
  [CBPF.ldHalfAbs]: k => `ldh [${k}]`,
  [CBPF.ldByteAbs]: k => `ldb [${k}]`,
  [CBPF.ldWordInd]: k => `ld [x + ${k}]`,
  [CBPF.ldHalfInd]: k => `ldh [x + ${k}]`,
  [CBPF.ldByteInd]: k => `ldb [x + ${k}]`,
  [CBPF.ldMem]: k => `ld M[${k}]`,
  [CBPF.ldxMem]: k => `ldx M[${k}]`,
  [CBPF.ldLen]: () => 'ld #pktlen',
  [CBPF.ldxLen]: () => 'ldx #pktlen',
  [CBPF.ldxMsh]: k => `ldxb 4*([${k}]&0xf)`,
  [CBPF.neg]: () => 'neg',
  [CBPF.retK]: k => `ret #${k}`,
  [CBPF.retA]: () => 'ret a',
  [CBPF.tax]: () => 'tax',
  [CBPF.txa]: () => 'txa',
};

const NAMES: Readonly<Record<number, string>> = Object.fromEntries(
  Object.entries(CBPF).map(([name, code]) => [code, name]),
);

/** One instruction as `tcpdump -d` writes it; jumps name the instructions they go to. */
export function textOf(insn: CbpfInsn, at: number): string {
  const write = TEXT[insn.code];
  if (write) return write(String(insn.k));
  if (insn.code === CBPF.ja) return `ja ${at + 1 + (insn.k | 0)}`;
  const operand = insn.code & CBPF_X ? 'x' : `#0x${insn.k.toString(16)}`;
  const name = NAMES[insn.code & ~CBPF_X] ?? `code 0x${insn.code.toString(16)}`;
  const text = `${name} ${operand}`;
  return isConditional(insn) ? `${text} jt ${at + 1 + insn.jt} jf ${at + 1 + insn.jf}` : text;
}
