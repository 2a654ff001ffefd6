import { SIZE_OF_BYTES, type SizeName } from '../abi/index.ts';

/** Where a field is and how to load it: `size` at `offset` bytes, shifted right, then masked (0: no mask). */
export interface SkbField {
  readonly offset: number;
  readonly size: SizeName;
  readonly shift: number;
  readonly mask: number;
}

/** What the filter reads of struct sk_buff and struct net_device on the running kernel. */
export interface SkbPlaces {
  readonly head: SkbField;
  readonly data: SkbField;
  readonly tail: SkbField;
  readonly macHeader: SkbField;
  readonly networkHeader: SkbField;
  readonly dataLen: SkbField;
  /** Not zero when a VLAN tag is kept beside the packet. */
  readonly vlanPresent: SkbField;
  readonly vlanTci: SkbField;
  /** Big-endian, as are protocol's bytes. */
  readonly vlanProto: SkbField;
  readonly protocol: SkbField;
  readonly pktType: SkbField;
  readonly mark: SkbField;
  readonly queueMapping: SkbField;
  readonly hash: SkbField;
  readonly dev: SkbField;
  /** In struct net_device. */
  readonly deviceIndex: SkbField;
  readonly deviceType: SkbField;
}

/** What a BTF lookup tells about a member; the btf room's FieldPlace fits. */
export interface PlaceInStruct {
  readonly offset: number;
  readonly size: number;
  readonly bit?: {
    readonly shift: number;
    readonly width: number;
    readonly loadOffset: number;
    readonly loadSize: number;
  };
}

/** The part of the btf room's Btf that is needed here. */
export interface StructLookup {
  field(struct: string, path: string): PlaceInStruct;
  hasField(struct: string, path: string): boolean;
}

/** Throws BtfNotFoundError when this kernel's sk_buff lacks a field. 64-bit kernels only (tail as an offset). */
export function skbPlaces(btf: StructLookup): SkbPlaces {
  const skb = (path: string): SkbField => fieldOf(btf.field('sk_buff', path), `sk_buff.${path}`);
  const device = (path: string): SkbField => fieldOf(btf.field('net_device', path), `net_device.${path}`);
  return {
    head: skb('head'),
    data: skb('data'),
    tail: skb('tail'),
    macHeader: skb('mac_header'),
    networkHeader: skb('network_header'),
    dataLen: skb('data_len'),
    // 6.2 dropped the flag: a tag is present when protocol and tag together are not zero.
    vlanPresent: skb(btf.hasField('sk_buff', 'vlan_present') ? 'vlan_present' : 'vlan_all'),
    vlanTci: skb('vlan_tci'),
    vlanProto: skb('vlan_proto'),
    protocol: skb('protocol'),
    pktType: skb('pkt_type'),
    mark: skb('mark'),
    queueMapping: skb('queue_mapping'),
    hash: skb('hash'),
    dev: skb('dev'),
    deviceIndex: device('ifindex'),
    deviceType: device('type'),
  };
}

function fieldOf(place: PlaceInStruct, name: string): SkbField {
  const { bit } = place;
  const size = SIZE_OF_BYTES[bit ? bit.loadSize : place.size];
  if (size === undefined) throw new RangeError(`${name} has ${place.size} bytes: no single load reads it`);
  if (!bit) return { offset: place.offset, size, shift: 0, mask: 0 };
  return { offset: bit.loadOffset, size, shift: bit.shift, mask: 2 ** bit.width - 1 };
}
