import { expect, test } from 'vitest';
import { Assembler, label } from '../asm/index.ts';
import { functionsOf } from './function-info.ts';

test('finds where functions start, past 64-bit loads that look like calls', () => {
  const called = label('called');
  const addressed = label('addressed');
  const plain = new Assembler('x')
    .imm64('r3', 0x85n | (0x10n << 8n))
    .mov('r1', 1)
    .callLocal(called)
    .callLocal(called);
  const { bytes } = plain.exit().place(called).mov('r0', 0).exit().build();
  expect(functionsOf(bytes)).toEqual({ starts: [0, 6], addressed: false });
  const asm = new Assembler('y').functionAddress('r2', addressed).callLocal(called).exit();
  const both = asm.place(called).mov('r0', 0).exit().place(addressed).mov('r0', 1).exit().build();
  expect(functionsOf(both.bytes)).toEqual({ starts: [0, 4, 6], addressed: true });
});
