import { type Assembler, type Label, label } from '../asm/index.ts';
import { loadField, type WindowBase } from './skb-access.ts';
import type { SkbPlaces } from './skb-places.ts';

/** sk_buff.mac_header before anything set it. */
const UNSET = 0xffff;
const ETHERNET_HEADER = 14;
const TAG_BYTES = 4;
const MOST_TAGS = 2;

/**
 * Finds the packet's first byte. Comes out at `ethernet` or at `rawIp`, with r2 = its offset from skb->head,
 * r3 = skb->head and r5 = the offset of the first byte behind the linear part.
 *
 * The MAC header counts when it lies 14 bytes (18, 22 with tags in the packet) before the network header; a stale
 * one left by a tunnel, or a device without Ethernet header, does not fit that. The receive tracepoints run before
 * the network header is set, when skb->data still stands at it.
 */
export function emitLocate(
  asm: Assembler,
  fields: SkbPlaces,
  window: WindowBase,
  ethernet: Label,
  rawIp: Label,
): void {
  const tested = label('network_header_known');
  const atNetwork = label('no_ethernet_header');
  loadPlaces(asm, fields, window);
  asm.jumpIf('r1', '==', UNSET, atNetwork);
  asm.jumpIf('r2', '>=', 'r1', tested);
  // Outer headers were just put in front of an encapsulated frame, whose MAC header it still is.
  asm.jumpIf('r4', '<=', 'r2', atNetwork);
  asm.mov('r2', 'r4');
  asm.place(tested).mov('r0', 'r2').sub('r0', 'r1').sub('r0', ETHERNET_HEADER);
  asm.jumpIf('r0', '>', MOST_TAGS * TAG_BYTES, atNetwork);
  asm.and('r0', TAG_BYTES - 1).jumpIf('r0', '!=', 0, atNetwork);
  asm.mov('r2', 'r1').jump(ethernet);
  asm.place(atNetwork).jumpIf('r2', '!=', 0, rawIp);
  asm.mov('r2', 'r4').jump(rawIp);
}

/**
 * r1 = MAC header, r2 = network header, r4 = data, r5 = tail (offsets from head), r3 = head: for local output, where
 * the packet can only start at the network header, nothing more is needed.
 */
export function loadPlaces(asm: Assembler, fields: SkbPlaces, { base, shift }: WindowBase): void {
  loadField(asm, 'r1', fields.macHeader, base, shift);
  loadField(asm, 'r2', fields.networkHeader, base, shift);
  loadField(asm, 'r3', fields.head, base, shift);
  loadField(asm, 'r4', fields.data, base, shift);
  loadField(asm, 'r5', fields.tail, base, shift);
  asm.sub('r4', 'r3');
}
