// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
import type { Btf, FieldPlace } from '../../btf/index.ts';

const SKB_FIELDS = {
  next: 'next',
  device: 'dev',
  socket: 'sk',
  len: 'len',
  cloned: 'cloned',
  nohdr: 'nohdr',
  iif: 'skb_iif',
  mark: 'mark',
  vlanTci: 'vlan_tci',
  protocol: 'protocol',
  networkHeader: 'network_header',
  macHeader: 'mac_header',
  tail: 'tail',
  end: 'end',
  head: 'head',
  data: 'data',
} as const;
export type SkbFieldName = keyof typeof SKB_FIELDS;

const OTHER_FIELDS = {
  ifindex: ['net_device', 'ifindex'],
  ifname: ['net_device', 'name'],
  mtu: ['net_device', 'mtu'],
  deviceNet: ['net_device', 'nd_net.net'],
  queue: ['sock', 'sk_receive_queue'],
  newest: ['sock', 'sk_receive_queue.prev'],
  socketNet: ['sock', '__sk_common.skc_net.net'],
  inode: ['net', 'ns.inum'],
  dataref: ['skb_shared_info', 'dataref'],
} as const;

/** Where the running kernel keeps what the tracing programs read. */
export type TracePlaces = Readonly<Record<SkbFieldName | keyof typeof OTHER_FIELDS, FieldPlace>> & {
  /** skb->_nfct; null in kernels without conntrack. */
  readonly nfct: FieldPlace | null;
  /** iter->frag of ip_fraglist_prepare and ip6_fraglist_prepare. */
  readonly nextFragment4: FieldPlace | null;
  readonly nextFragment6: FieldPlace | null;
  readonly ctStatus: FieldPlace | null;
  readonly ctMark: FieldPlace | null;
  /** The part of struct sk_buff that holds all of the above: read at once. */
  readonly window: { readonly offset: number; readonly size: number };
};

/** `conntrack`: BTF that describes struct nf_conn, where the kernel's own does not. Throws BtfNotFoundError. */
export function tracePlacesOf(btf: Btf, conntrack: Btf = btf): TracePlaces {
  const skb = Object.entries(SKB_FIELDS).map(([name, path]) => [name, btf.field('sk_buff', path)] as const);
  const other = Object.entries(OTHER_FIELDS).map(([name, [struct, path]]) => [name, btf.field(struct, path)]);
  const nfct = btf.hasField('sk_buff', '_nfct') ? btf.field('sk_buff', '_nfct') : null;
  const windowed = [
    ...skb.filter(([name]) => name !== 'next').map(([, place]) => place),
    ...(nfct ? [nfct] : []),
  ];
  const places = Object.fromEntries([...skb, ...other]) as Omit<TracePlaces, 'nfct' | 'window'>;
  return {
    ...places,
    nfct,
    nextFragment4: optional(btf, 'ip_fraglist_iter', 'frag'),
    nextFragment6: optional(btf, 'ip6_fraglist_iter', 'frag'),
    ctStatus: optional(conntrack, 'nf_conn', 'status'),
    ctMark: optional(conntrack, 'nf_conn', 'mark'),
    window: windowOf(windowed),
  };
}

function optional(btf: Btf, struct: string, path: string): FieldPlace | null {
  return btf.hasField(struct, path) ? btf.field(struct, path) : null;
}

function windowOf(places: readonly FieldPlace[]): TracePlaces['window'] {
  const start = Math.min(...places.map(({ offset }) => offset)) & ~7;
  const end = Math.max(...places.map(({ offset, size }) => offset + size));
  return { offset: start, size: Math.ceil((end - start) / 8) * 8 };
}

/** Offsets in struct pt_regs of what a kprobe finds: arguments, return value, stack pointer. */
export interface RegisterPlaces {
  readonly arguments: readonly number[];
  readonly returned: number;
  readonly stackPointer: number;
  /** Stack pointer after the return minus that at entry. */
  readonly returnPops: number;
}

const X86 = { arguments: ['di', 'si', 'dx', 'cx', 'r8'], returned: 'ax', stackPointer: 'sp', returnPops: 8 };
const ARM64 = {
  arguments: [0, 1, 2, 3, 4].map(index => `user_regs.regs[${index}]`),
  returned: 'user_regs.regs[0]',
  stackPointer: 'user_regs.sp',
  returnPops: 0,
};

/** x86-64 and arm64. Throws BtfNotFoundError elsewhere. */
export function registerPlacesOf(btf: Btf): RegisterPlaces {
  const names = btf.hasField('pt_regs', 'di') ? X86 : ARM64;
  const offsetOf = (path: string): number => btf.field('pt_regs', path).offset;
  return {
    arguments: names.arguments.map(offsetOf),
    returned: offsetOf(names.returned),
    stackPointer: offsetOf(names.stackPointer),
    returnPops: names.returnPops,
  };
}
