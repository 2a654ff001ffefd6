// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
import { label } from '../../asm/index.ts';
import { COOKIE } from './told.ts';
import { SKB, SLOT, type TraceProgram } from './writer.ts';

/** Where a program finds what it was called with. */
export type ArgumentSource =
  /** Raw tracepoint: 8 bytes per argument. */
  | {
      readonly kind: 'tracepoint';
      readonly skb: number;
      /** The argument is a socket: its newest sk_buff is meant. */
      readonly queued?: true;
      readonly caller?: number;
      readonly value?: number;
    }
  /** Kprobe: struct pt_regs. */
  | { readonly kind: 'registers'; readonly skb: number }
  /** The same, of functions that have the sk_buff in one of these places: the attach cookie says in which. */
  | { readonly kind: 'told'; readonly positions: readonly number[] };

/** SKB = the argument; leaves when it is NULL. Comes after the idle test: r1 still is the context. */
export function takeArguments(program: TraceProgram, source: ArgumentSource): void {
  const { asm } = program;
  asm.store('u64', 'r10', SLOT.ctx, 'r1');
  if (source.kind === 'told') {
    takeTold(program, source.positions);
    return;
  }
  asm.load('u64', SKB, 'r1', skbOffset(program, source)).jumpIf(SKB, '==', 0, program.out);
  if (source.kind === 'registers') return;
  if (source.caller !== undefined)
    asm.load('u64', 'r2', 'r1', source.caller * 8).store('u64', 'r10', SLOT.caller, 'r2');
  if (source.value !== undefined)
    asm.load('u64', 'r2', 'r1', source.value * 8).store('u64', 'r10', SLOT.value, 'r2');
  if (source.queued) takeNewest(program);
}

/** SKB = the newest sk_buff in the receive queue of the socket in SKB; leaves when the queue is empty. */
function takeNewest(program: TraceProgram): void {
  const { asm, shared, out } = program;
  asm.mov('r9', SKB);
  program.follow(SKB, 'r9', shared.places.newest);
  asm.jumpIf(SKB, '==', 0, out).add('r9', shared.places.queue.offset).jumpIf(SKB, '==', 'r9', out);
}

/** SKB, SLOT.number and SLOT.told from the attach cookie. */
function takeTold(program: TraceProgram, positions: readonly number[]): void {
  const { asm, shared } = program;
  const taken = label('argument_taken');
  asm.call('get_attach_cookie').store('u32', 'r10', SLOT.told, 'r0');
  asm.mov('r1', 'r0').and('r1', COOKIE.numberMask).store('u32', 'r10', SLOT.number, 'r1');
  asm.rsh('r0', COOKIE.position).and('r0', COOKIE.positionMask).load('u64', 'r1', 'r10', SLOT.ctx);
  positions.forEach((position, index) => {
    const next = label(`not_argument_${position}`);
    if (index < positions.length - 1) asm.jumpIf('r0', '!=', position, next);
    asm.load('u64', SKB, 'r1', shared.registers!.arguments[position]!);
    if (index < positions.length - 1) asm.jump(taken).place(next);
  });
  asm.place(taken).jumpIf(SKB, '==', 0, program.out);
}

function skbOffset(
  { shared }: TraceProgram,
  source: Exclude<ArgumentSource, { readonly kind: 'told' }>,
): number {
  return source.kind === 'tracepoint' ? source.skb * 8 : shared.registers!.arguments[source.skb]!;
}

/** Of a kprobe at a function's entry: SLOT.caller = the return address, from the top of the stack (x86-64). */
export function takeCaller(program: TraceProgram): void {
  const { asm, shared } = program;
  asm.load('u64', 'r1', 'r10', SLOT.ctx).load('u64', 'r3', 'r1', shared.registers!.stackPointer);
  asm.store('u64', 'r10', SLOT.caller, 0);
  program.readTo(SLOT.caller, 8);
}
