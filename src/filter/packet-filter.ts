import { ACCEPT_ALL, type Cbpf, isReturn } from './cbpf.ts';

/**
 * A compiled packet filter: the same expression once for frames with an Ethernet header and once for packets that
 * start with the IP header. Plain data.
 */
export interface PacketFilter {
  /** What the user wrote. */
  readonly text: string;
  readonly ethernet: Cbpf;
  /** Rejects everything where the expression asks for a link header (`ether host`, `vlan`, `arp`). */
  readonly rawIp: Cbpf;
  /**
   * A VLAN tag that the kernel keeps beside the packet (skb->vlan_tci), not in its bytes, is
   * `inline`: put back where it stood on the wire, for expressions that speak of tags;
   * `hidden`: left out, so that `host 10.0.0.1` finds tagged packets too, as in a live capture.
   */
  readonly tags: 'inline' | 'hidden';
}

/** Longer programs are refused: no kernel takes them as cBPF (BPF_MAXINSNS), and as eBPF they outgrow its jumps. */
export const MOST_INSNS = 4096;

/** The filter of an empty expression. */
export function everyPacket(text = ''): PacketFilter {
  return { text, ethernet: ACCEPT_ALL, rawIp: ACCEPT_ALL, tags: 'hidden' };
}

/** A program that rejects every packet, as far as `simplify` found out. */
export function matchesNothing(program: Cbpf): boolean {
  return program.length === 1 && isReturn(program[0]!) && program[0]!.k === 0;
}

const TAG_WORD = /(?<![\w.\\:-])vlan(?![\w.:-])/;

/** Does the expression speak of VLAN tags? Then packets are shown to it as they were on the wire. */
export function mentionsTags(text: string): boolean {
  return TAG_WORD.test(text);
}
