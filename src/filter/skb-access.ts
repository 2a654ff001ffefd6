import { type Reg, SIZE_BYTES } from '../abi/index.ts';
import type { Assembler, Label } from '../asm/index.ts';
import type { SkbField, SkbPlaces } from './skb-places.ts';

/**
 * How struct sk_buff is read. `probe`: the register holds an address (raw_tp, kprobe), fields come through
 * bpf_probe_read_kernel. `direct`: it holds a BTF-typed pointer (tp_btf, fentry), plain loads do.
 */
export interface SkbAccess {
  readonly reg: Reg;
  readonly mode: 'probe' | 'direct';
  readonly fields: SkbPlaces;
}

/** A run of bytes of struct sk_buff that holds several fields: read at once. */
export interface Window {
  readonly offset: number;
  readonly bytes: number;
}

type FieldName = keyof SkbPlaces;

const PLACE_FIELDS: readonly FieldName[] = ['head', 'data', 'tail', 'macHeader', 'networkHeader'];
const TAG_FIELDS: readonly FieldName[] = ['vlanPresent', 'vlanTci', 'vlanProto'];

/** The fields that say where the packet is, and with `tags` those of the VLAN tag kept beside it. */
export function windowOf(fields: SkbPlaces, tags: boolean): Window {
  const used = [...PLACE_FIELDS, ...(tags ? TAG_FIELDS : [])].map(name => fields[name]);
  const start = Math.min(...used.map(field => field.offset)) & ~7;
  const end = Math.max(...used.map(field => field.offset + SIZE_BYTES[field.size]));
  return { offset: start, bytes: Math.ceil((end - start) / 8) * 8 };
}

/** dst = the field, from where `base` + `shift` stands for the struct's first byte. */
export function loadField(asm: Assembler, dst: Reg, field: SkbField, base: Reg, shift: number): void {
  asm.load(field.size, dst, base, field.offset + shift);
  if (field.shift) asm.rsh(dst, field.shift);
  if (field.mask) asm.and(dst, field.mask);
}

/** Copies `bytes` of kernel memory at the address in r3 to the stack. r0 to r5 are lost. */
export function probeRead(asm: Assembler, stackOffset: number, bytes: number, failed: Label): void {
  asm.mov('r1', 'r10').add('r1', stackOffset).mov('r2', bytes);
  asm.call('probe_read_kernel').jumpIf('r0', '!=', 0, failed);
}

/** What `loadField` is told after `readWindow`: the copy on the stack, or the struct itself. */
export interface WindowBase {
  readonly base: Reg;
  readonly shift: number;
}

/** Makes the window's fields loadable; calls a helper in `probe` mode only. */
export function readWindow(
  asm: Assembler,
  skb: SkbAccess,
  window: Window,
  stackOffset: number,
  failed: Label,
): WindowBase {
  if (skb.mode === 'direct') return { base: skb.reg, shift: 0 };
  asm.mov('r3', skb.reg).add('r3', window.offset);
  probeRead(asm, stackOffset, window.bytes, failed);
  return { base: 'r10', shift: stackOffset - window.offset };
}
