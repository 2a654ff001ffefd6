// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
import { type Reg, SIZE_OF_BYTES } from '../../abi/index.ts';
import { type Assembler, label } from '../../asm/index.ts';
import type { Btf, FieldPlace } from '../../btf/index.ts';
import { readField } from '../read-field.ts';
import { type RegisterPlaces, registerPlacesOf } from '../trace/places.ts';

/** Registers that keep their meaning; r8 is this CPU's line of counters, as in the drops probe. */
export const SKB: Reg = 'r6';
export const SOCK: Reg = 'r7';

/** Frame slots: the context, room for a helper's answer, the addresses of skb and socket. */
export const SLOTS = { ctx: -8, scratch: -16, skb: -24, sock: -32 } as const;
const COPIES = -32;

/** How a program gets at its arguments and at what they point to. */
export interface Access {
  /** Offset of an argument from the context. */
  readonly argument: (index: number) => number;
  /** Makes SKB or SOCK point to what can be read by plain loads, as far as it is one struct; 0 for NULL. */
  readonly take: (asm: Assembler, what: 'skb' | 'sock') => void;
  /** dst = base->field for any kernel pointer; r0 to r5 are lost. */
  readonly follow: (asm: Assembler, dst: Reg, base: Reg, place: FieldPlace) => void;
}

const REGISTERS = { skb: SKB, sock: SOCK } as const;

/** tp_btf, fentry: pointers are typed, and loads may follow them. */
export const TYPED: Access = {
  argument: index => index * 8,
  take: (asm, what) => asm.load('u64', REGISTERS[what], 'r10', SLOTS[what]),
  follow: readField,
};

/** Kprobe: arguments are in registers; structs are copied to the stack, and helpers follow pointers. */
export function copied(btf: Btf): Access {
  const registers: RegisterPlaces = registerPlacesOf(btf);
  const sizes = { skb: sizeOf(btf, 'sk_buff'), sock: sizeOf(btf, 'sock_common') };
  const places = { skb: COPIES - sizes.skb, sock: COPIES - sizes.skb - sizes.sock };
  return {
    argument: index => registers.arguments[index]!,
    take: (asm, what) => {
      const none = label(`no_${what}_given`);
      asm.load('u64', 'r3', 'r10', SLOTS[what]).jumpIf('r3', '==', 0, none);
      asm.mov('r1', 'r10').add('r1', places[what]).mov('r2', sizes[what]).call('probe_read_kernel');
      asm.mov(REGISTERS[what], 'r10').add(REGISTERS[what], places[what]).place(none);
    },
    follow: (asm, dst, base, { offset, size }) => {
      asm.mov('r3', base).add('r3', offset).store('u64', 'r10', SLOTS.scratch, 0);
      asm.mov('r1', 'r10').add('r1', SLOTS.scratch).mov('r2', size).call('probe_read_kernel');
      asm.load(SIZE_OF_BYTES[size]!, dst, 'r10', SLOTS.scratch);
    },
  };
}

function sizeOf(btf: Btf, struct: string): number {
  return Math.ceil(btf.struct(struct).size / 8) * 8;
}
