// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
import { INSN_BYTES } from '../../abi/index.ts';
import type { Program } from '../../asm/index.ts';

/** Stand for what differs in a program that is written once for many probes. */
export const NUMBER_HERE = 0x4e57_0000;
export const FLAGS_HERE = 0x4e57_0001;

/** A copy of the program with the probe's number, and the flags of what it begins to follow, in their places. */
export function withConstants(program: Program, name: string, number: number, flags: number): Program {
  const bytes = program.bytes.slice();
  const view = new DataView(bytes.buffer);
  for (let at = 0; at < bytes.byteLength; at += INSN_BYTES) {
    const constant = view.getInt32(at + 4, true);
    if (constant === NUMBER_HERE) view.setInt32(at + 4, number, true);
    else if (constant === FLAGS_HERE) view.setInt32(at + 4, flags, true);
  }
  return { ...program, name, bytes };
}
