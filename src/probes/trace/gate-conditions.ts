// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
import { type Label, label } from '../../asm/index.ts';
import { ifnamePattern, type NumberMatch } from '../drops/matchers.ts';
import { KEY_AT } from './compare-look.ts';
import { findDeviceNamespace, findSocketNamespace } from './write-look.ts';
import type { TraceProgram } from './writer.ts';

/** Conditions on the place where a packet is first seen; all must hold. */
export interface GateConditions {
  /** Inodes. */
  readonly namespaces?: readonly number[];
  /** Whole names, or the start of one with "*" at its end. */
  readonly ifnames?: readonly string[];
  readonly mark?: NumberMatch;
}

/** Leaves when a condition does not hold; needs the window. r0 to r5, r9 are lost. */
export function matchConditions(program: TraceProgram, conditions: GateConditions): void {
  const { mark, namespaces, ifnames } = conditions;
  if (mark) matchMark(program, mark);
  if (!namespaces && !ifnames) return;
  program.field('r1', 'device');
  program.asm.store('u64', 'r10', program.key + KEY_AT.device, 'r1');
  if (namespaces) matchNamespace(program, namespaces);
  if (ifnames) matchIfname(program, ifnames);
}

function matchMark(program: TraceProgram, { value, mask }: NumberMatch): void {
  program.field('r1', 'mark');
  program.asm.alu32('and', 'r1', mask).jumpIf32('r1', '!=', (value & mask) >>> 0, program.out);
}

function matchNamespace(program: TraceProgram, inodes: readonly number[]): void {
  const { asm, out } = program;
  const ofSocket = label('namespace_of_socket');
  const compare = label('compare_namespace');
  const found = label('namespace_matches');
  findDeviceNamespace(program, ofSocket);
  asm.jump(compare).place(ofSocket);
  findSocketNamespace(program, out);
  asm.place(compare);
  for (const inode of inodes) asm.jumpIf32('r9', '==', inode, found);
  asm.jump(out).place(found);
}

function matchIfname(program: TraceProgram, ifnames: readonly string[]): void {
  const { asm, out, key, record, shared } = program;
  const found = label('interface_matches');
  asm.load('u64', 'r3', 'r10', key + KEY_AT.device).jumpIf('r3', '==', 0, out);
  asm.add('r3', shared.places.ifname.offset);
  program.readTo(record, 16);
  asm
    .jumpIf('r0', '!=', 0, out)
    .load('u64', 'r1', 'r10', record)
    .load('u64', 'r2', 'r10', record + 8);
  for (const ifname of ifnames) {
    const next = label('next_interface');
    const { words, masks } = ifnamePattern(ifname);
    compareWord(program, 'r1', words[0], masks[0], next);
    compareWord(program, 'r2', words[1], masks[1], next);
    asm.jump(found).place(next);
  }
  asm.jump(out).place(found);
}

function compareWord(
  { asm }: TraceProgram,
  word: 'r1' | 'r2',
  value: bigint,
  mask: bigint,
  next: Label,
): void {
  if (mask === 0n) return;
  asm.mov('r3', word).imm64('r4', mask).and('r3', 'r4').imm64('r4', value).jumpIf('r3', '!=', 'r4', next);
}
