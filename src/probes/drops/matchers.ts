// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
import { type Assembler, type Label, label } from '../../asm/index.ts';
import { readField } from '../read-field.ts';
import type { SkbPlaces } from '../skb-places.ts';
import { DEV, SKB, SLOT } from './program.ts';

/** value & mask must equal `value`. */
export interface NumberMatch {
  readonly value: number;
  readonly mask: number;
}

/** Half-open: [start, end) of a function's code. */
export interface AddressRange {
  readonly start: bigint;
  readonly end: bigint;
}

/** Conditions that are cheaper than the packet filter, all of which must hold. */
export interface DropConditions {
  /** Values of enum skb_drop_reason. */
  readonly reasons?: readonly number[];
  readonly functions?: readonly AddressRange[];
  /** Inodes. */
  readonly namespaces?: readonly number[];
  /** Whole names, or the start of one with "*" at its end. */
  readonly ifnames?: readonly string[];
  readonly mark?: NumberMatch;
}

/** Reason, function and mark: decided before anything else is read. */
export function emitEarlyMatch(
  asm: Assembler,
  places: SkbPlaces,
  conditions: DropConditions,
  noMatch: Label,
): void {
  const { reasons, functions, mark } = conditions;
  if (reasons) emitReasonMatch(asm, reasons, noMatch);
  if (functions) emitFunctionMatch(asm, functions, noMatch);
  if (!mark) return;
  asm.comment('mark');
  readField(asm, 'r1', SKB, places.mark);
  asm.alu32('and', 'r1', mark.mask).jumpIf32('r1', '!=', (mark.value & mark.mask) >>> 0, noMatch);
}

/** Namespace and interface; needs DEV and SLOT.netns. */
export function emitPlaceMatch(
  asm: Assembler,
  places: SkbPlaces,
  conditions: DropConditions,
  noMatch: Label,
): void {
  const { namespaces, ifnames } = conditions;
  if (namespaces) emitNamespaceMatch(asm, namespaces, noMatch);
  if (ifnames) emitIfnameMatch(asm, places, ifnames, noMatch);
}

function emitReasonMatch(asm: Assembler, reasons: readonly number[], noMatch: Label): void {
  const found = label('reason_matches');
  asm.comment('reason').load('u64', 'r1', 'r10', SLOT.reason);
  for (const reason of reasons) asm.jumpIf32('r1', '==', reason, found);
  asm.jump(noMatch).place(found);
}

function emitFunctionMatch(asm: Assembler, functions: readonly AddressRange[], noMatch: Label): void {
  const found = label('function_matches');
  asm.comment('function').load('u64', 'r1', 'r10', SLOT.location);
  for (const { start, end } of functions) {
    const next = label('next_function');
    asm.imm64('r2', start).jumpIf('r1', '<', 'r2', next);
    asm.imm64('r2', end).jumpIf('r1', '<', 'r2', found).place(next);
  }
  asm.jump(noMatch).place(found);
}

function emitNamespaceMatch(asm: Assembler, namespaces: readonly number[], noMatch: Label): void {
  const found = label('namespace_matches');
  asm.comment('namespace').load('u64', 'r1', 'r10', SLOT.netns);
  for (const inode of namespaces) asm.jumpIf32('r1', '==', inode, found);
  asm.jump(noMatch).place(found);
}

function emitIfnameMatch(
  asm: Assembler,
  places: SkbPlaces,
  ifnames: readonly string[],
  noMatch: Label,
): void {
  const found = label('interface_matches');
  asm.comment('interface').jumpIf(DEV, '==', 0, noMatch);
  asm.load('u64', 'r1', DEV, places.ifname.offset).load('u64', 'r2', DEV, places.ifname.offset + 8);
  for (const ifname of ifnames) {
    const next = label('next_interface');
    const { words, masks } = ifnamePattern(ifname);
    emitWord(asm, 'r1', words[0], masks[0], next);
    emitWord(asm, 'r2', words[1], masks[1], next);
    asm.jump(found).place(next);
  }
  asm.jump(noMatch).place(found);
}

function emitWord(asm: Assembler, word: 'r1' | 'r2', value: bigint, mask: bigint, next: Label): void {
  if (mask === 0n) return;
  asm.mov('r3', word).imm64('r4', mask).and('r3', 'r4').imm64('r4', value).jumpIf('r3', '!=', 'r4', next);
}

const IFNAME_BYTES = 16;

/** A name as the two words that hold it, and masks over the bytes that count: up to its NUL, or to its "*". */
export function ifnamePattern(ifname: string): { words: [bigint, bigint]; masks: [bigint, bigint] } {
  const open = ifname.endsWith('*');
  const text = open ? ifname.slice(0, -1) : ifname;
  const words: [bigint, bigint] = [0n, 0n];
  const masks: [bigint, bigint] = [0n, 0n];
  const counted = Math.min(text.length + (open ? 0 : 1), IFNAME_BYTES);
  for (let index = 0; index < counted; index++) {
    const shift = BigInt((index % 8) * 8);
    const word = index < 8 ? 0 : 1;
    masks[word] |= 0xffn << shift;
    words[word] |= BigInt((text.charCodeAt(index) || 0) & 0xff) << shift;
  }
  return { words, masks };
}
