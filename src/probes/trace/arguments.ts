// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
import { SKB, SLOT, type TraceProgram } from './writer.ts';

/** Where a program finds what it was called with. */
export type ArgumentSource =
  /** Raw tracepoint: 8 bytes per argument. */
  | { readonly kind: 'tracepoint'; readonly skb: number; readonly caller?: number; readonly value?: number }
  /** Kprobe: struct pt_regs. */
  | { readonly kind: 'registers'; readonly skb: number };

/** SKB = the argument; leaves when it is NULL. Comes after the idle test: r1 still is the context. */
export function takeArguments(program: TraceProgram, source: ArgumentSource): void {
  const { asm } = program;
  asm.store('u64', 'r10', SLOT.ctx, 'r1');
  asm.load('u64', SKB, 'r1', skbOffset(program, source)).jumpIf(SKB, '==', 0, program.out);
  if (source.kind === 'registers') return;
  if (source.caller !== undefined)
    asm.load('u64', 'r2', 'r1', source.caller * 8).store('u64', 'r10', SLOT.caller, 'r2');
  if (source.value !== undefined)
    asm.load('u64', 'r2', 'r1', source.value * 8).store('u64', 'r10', SLOT.value, 'r2');
}

function skbOffset({ shared }: TraceProgram, source: ArgumentSource): number {
  return source.kind === 'tracepoint' ? source.skb * 8 : shared.registers!.arguments[source.skb]!;
}

/** Of a kprobe at a function's entry: SLOT.caller = the return address, from the top of the stack (x86-64). */
export function takeCaller(program: TraceProgram): void {
  const { asm, shared } = program;
  asm.load('u64', 'r1', 'r10', SLOT.ctx).load('u64', 'r3', 'r1', shared.registers!.stackPointer);
  asm.store('u64', 'r10', SLOT.caller, 0);
  program.readTo(SLOT.caller, 8);
}
