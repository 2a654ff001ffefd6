// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
import { INSN_BYTES } from '../../abi/index.ts';
import type { Program } from '../../asm/index.ts';

/** Stands for the probe's number in a program that is written once for many probes. */
export const NUMBER_HERE = 0x4e57_0000;

/** A copy of the program with the probe's number in place of NUMBER_HERE. */
export function withNumber(program: Program, name: string, number: number): Program {
  const bytes = program.bytes.slice();
  const view = new DataView(bytes.buffer);
  for (let at = 0; at < bytes.byteLength; at += INSN_BYTES)
    if (view.getInt32(at + 4, true) === NUMBER_HERE) view.setInt32(at + 4, number, true);
  return { ...program, name, bytes };
}
