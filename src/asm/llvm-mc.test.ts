import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { ATOMIC, JUMP, REGISTERS, SIZE } from '../abi/index.ts';
import { Assembler, decode, encode, type Instruction, label } from './index.ts';
import { textOf } from './instruction-text.ts';

interface Row {
  readonly text: string;
  readonly bytes: string;
  readonly insn: Instruction;
}

// Recorded from LLVM's assembler by testdata/record.mjs.
const ROWS: readonly Row[] = (
  JSON.parse(readFileSync(new URL('testdata/llvm-mc.json', import.meta.url), 'utf8')) as { rows: Row[] }
).rows.map(row => ({ ...row, insn: revived(row.insn) }));

/** JSON has no bigint: imm64 values are kept as text. */
function revived(insn: Instruction): Instruction {
  return insn.kind === 'imm64' ? { ...insn, value: BigInt(insn.value) } : insn;
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const differing = (rows: readonly { text: string; got: string; want: string }[]): unknown[] =>
  rows.filter(({ got, want }) => got !== want);

test('every form encodes to the bytes LLVM makes', () => {
  expect(
    differing(ROWS.map(({ text, bytes, insn }) => ({ text, got: hex(encode([insn])), want: bytes }))),
  ).toEqual([]);
});

test('LLVM’s bytes decode to the instruction they were made from', () => {
  for (const { bytes, insn } of ROWS) expect(decode(Buffer.from(bytes, 'hex'))).toEqual([insn]);
});

test('all rows as one program decode in sequence', () => {
  const all = Buffer.from(ROWS.map(row => row.bytes).join(''), 'hex');
  expect(decode(all)).toEqual(ROWS.map(row => row.insn));
});

test('the rows leave no form out', () => {
  const kinds = new Set(ROWS.map(row => row.insn.kind));
  // LLVM has no spelling for a kernel function's BTF id.
  expect([...kinds, 'call-kernel'].sort()).toEqual(
    [
      ...[
        'alu',
        'neg',
        'movsx',
        'endian',
        'imm64',
        'map',
        'map-value',
        'btf-id',
        'function',
        'load',
        'store',
      ],
      ...['atomic', 'jump', 'jump-far', 'branch', 'call', 'call-local', 'call-kernel', 'exit'],
    ].sort(),
  );
  const seen = (field: string): Set<unknown> =>
    new Set(ROWS.map(row => (row.insn as unknown as Record<string, unknown>)[field]));
  for (const reg of Object.keys(REGISTERS))
    for (const field of ['dst', 'src', 'base', 'left', 'right']) expect(seen(field)).toContain(reg);
  for (const name of Object.keys(JUMP)) expect(seen('cond')).toContain(name);
  for (const name of Object.keys(ATOMIC)) expect(seen('op')).toContain(name);
  for (const name of Object.keys(SIZE)) expect(seen('size')).toContain(name);
});

/** Where LLVM and the verifier write the same; masks and 64-bit constants aside, which we show in hexadecimal. */
const SAME_NOTATION: ReadonlySet<Instruction['kind']> = new Set([
  'alu',
  'neg',
  'movsx',
  'endian',
  'load',
  'store',
  'exit',
]);

/** LLVM calls the low half of a stored or loaded register w1, the verifier r1. */
const plain = (text: string): string =>
  text.includes('*)') ? text.replace(/^w/, 'r').replace(/= w/, '= r') : text;

test('the listing reads as LLVM writes', () => {
  const rows = ROWS.filter(({ insn }) => SAME_NOTATION.has(insn.kind));
  const masks = new Set(['and', 'or', 'xor']);
  const comparable = rows.filter(
    ({ insn }) => !(insn.kind === 'alu' && masks.has(insn.op) && typeof insn.src === 'number'),
  );
  expect(comparable.length).toBeGreaterThan(700);
  expect(
    differing(comparable.map(({ text, insn }) => ({ text, got: textOf(insn), want: plain(text) }))),
  ).toEqual([]);
});

test('labels give the distances that LLVM’s labels give', () => {
  // A function that is called with distance 0 would also be fallen into: see link.test.ts.
  const labelled = ROWS.filter(
    row => row.text.endsWith(' f') && row.text + row.bytes !== 'call f8510000000000000',
  );
  expect(labelled.length).toBe(23);
  for (const { insn, bytes } of labelled) {
    const { code, slot } = aroundLabel(insn as Extract<Instruction, { distance: number }>);
    expect(hex(code.subarray(slot * 8, slot * 8 + 8))).toBe(bytes);
  }
});

/** The jump, its label, and as many instructions between them as the distance says, all of them reachable. */
function aroundLabel(insn: Extract<Instruction, { distance: number }>): { code: Uint8Array; slot: number } {
  const [target, between] = [label('f'), label('between')];
  const asm = new Assembler('labelled');
  const filler = (count: number): void => {
    for (let i = 0; i < count; i++) asm.mov('r0', 0);
  };
  const { distance } = insn;
  if (distance < 0) asm.place(target);
  filler(Math.max(0, -distance - 1));
  if (distance > 0) asm.jumpIf('r9', '==', 0, between);
  const slot = asm.length;
  asm.append({ ...insn, distance: 0 }, target);
  if (distance > 0)
    asm
      .place(between)
      .with(() => filler(distance - 1))
      .exit();
  if (distance >= 0) asm.place(target);
  if (distance >= 0 || !insn.kind.startsWith('jump')) asm.exit();
  return { code: asm.build().bytes, slot };
}
