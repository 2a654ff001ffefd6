/**
 * filter: packet filters, from text or classic BPF to eBPF that runs inside tracing programs.
 *
 * Promises: the same verdict as libpcap's own interpreter for the bytes in a packet's linear part, whether its
 * Ethernet header is there or not (yet, or no more); bytes that are not there are never read, a load of them rejects
 * the packet as in libpcap. A filter costs one copy of the first header bytes and then plain stack loads. The plain
 * forms (host, net, port, protocols with and, or, not) are compiled here, everything else by whoever brings cBPF.
 */
export {
  ACCEPT_ALL,
  CBPF,
  CBPF_X,
  type Cbpf,
  type CbpfInsn,
  encodeCbpf,
  parseCbpf,
  REJECT_ALL,
} from './cbpf.ts';
export { textOf } from './cbpf-text.ts';
export {
  type BufferPlace,
  bufferFilterStack,
  emitFilter,
  emitFilterAt,
  type FilterPlace,
  filterStack,
} from './emit.ts';
export type { StackRoom } from './frame.ts';
export { everyPacket, MOST_INSNS, matchesNothing, mentionsTags, type PacketFilter } from './packet-filter.ts';
export { compilePlain } from './plain/compile-plain.ts';
export { parsePlain } from './plain/parse.ts';
export type { Carrier, Direction, Network, Primitive, Syntax } from './plain/syntax.ts';
export { simplify } from './simplify.ts';
export { probeRead } from './skb-access.ts';
export {
  type PlaceInStruct,
  type SkbField,
  type SkbPlaces,
  type StructLookup,
  skbPlaces,
} from './skb-places.ts';
export { filterError } from './syntax-error.ts';
