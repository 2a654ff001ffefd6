import type { PacketFilter } from '../index.ts';
import type { Placement } from './fake-skb.ts';
import type { Frame } from './generate-packet.ts';
import type { Random } from './random.ts';

const UNSET = 0xffff;

/** A packet in some state, and the bytes that the filter should have judged, on which link. */
export interface Case {
  readonly state: string;
  readonly placement: Placement;
  readonly link: 'ethernet' | 'rawIp';
  /** The readable ones of `wireLength` bytes. */
  readonly seen: Uint8Array;
  readonly wireLength: number;
}

type Place = (frame: Frame, random: Random, filter: PacketFilter) => Case;

function overEthernet(state: string, frame: Frame, at: { data: number; networkHeader: number }, start: number): Case {
  const placement = { bytes: frame.bytes, start, macHeader: start, ...at };
  return { state, placement, link: 'ethernet', seen: frame.bytes, wireLength: frame.bytes.length };
}

function overIp(state: string, frame: Frame, start: number, at: Partial<Placement>): Case {
  const bytes = frame.bytes.subarray(frame.linkBytes);
  const placement = { bytes, start, data: start, macHeader: UNSET, networkHeader: start, ...at };
  return { state, placement, link: 'rawIp', seen: bytes, wireLength: bytes.length };
}

function startOf(random: Random): number {
  return 64 + random.below(100) * 2;
}

/** How a packet can lie in its buffer on the way through the stack. */
const STATES: readonly Place[] = [
  (frame, random) => {
    const start = startOf(random);
    return overEthernet('received, network header not set', frame, { data: start + 14, networkHeader: 0 }, start);
  },
  (frame, random) => {
    const start = startOf(random);
    return overEthernet('received, network header of an earlier life', frame, { data: start + 14, networkHeader: start - 30 }, start);
  },
  (frame, random) => {
    const start = startOf(random);
    const network = start + frame.linkBytes;
    return overEthernet('in the IP layer', frame, { data: network, networkHeader: network }, start);
  },
  (frame, random) => {
    const start = startOf(random);
    const network = start + frame.linkBytes;
    return overEthernet('in the transport layer', frame, { data: network + 20, networkHeader: network }, start);
  },
  (frame, random) => {
    const start = startOf(random);
    return overEthernet('about to be sent', frame, { data: start, networkHeader: start + frame.linkBytes }, start);
  },
  (frame, random) => overIp('local output', frame, startOf(random), {}),
  (frame, random) => {
    const start = startOf(random);
    return overIp('on a device without Ethernet', frame, start, { macHeader: start });
  },
  (frame, random) => {
    const start = startOf(random);
    return overIp('received without Ethernet, network header not set', frame, start, { macHeader: start, networkHeader: 0 });
  },
  (frame, random) => {
    const start = startOf(random);
    return overIp('inside a new outer header', frame, start, { macHeader: start + 50 });
  },
  (frame, random) => {
    const start = startOf(random);
    return overIp('inside a new outer frame', frame, start, { data: start - 14, macHeader: start + 50 });
  },
  (frame, random) => {
    const start = startOf(random);
    return overIp('out of a tunnel, MAC header of the outer packet', frame, start, { macHeader: start - 34 });
  },
  (frame, random, filter) => tagBeside(frame, random, filter),
];

/** The device took the tag out of the bytes. */
function tagBeside(frame: Frame, random: Random, filter: PacketFilter): Case {
  const start = startOf(random);
  const tag = { proto: random.of([0x8100, 0x88a8]), tci: 0x2000 * random.below(8) + random.of([1, 100, 200, 4094]) };
  const network = start + frame.linkBytes;
  const received = overEthernet('tag kept beside the packet', frame, { data: network, networkHeader: network }, start);
  const onWire = Uint8Array.from([
    ...frame.bytes.subarray(0, 12), tag.proto >> 8, tag.proto & 255, tag.tci >> 8, tag.tci & 255, ...frame.bytes.subarray(12),
  ]);
  const seen = filter.tags === 'inline' ? onWire : frame.bytes;
  return { ...received, placement: { ...received.placement, tag }, seen, wireLength: seen.length };
}

/** Any state; now and then the end of the packet lies in fragments. */
export function randomCase(frame: Frame, random: Random, filter: PacketFilter): Case {
  const made = random.of(STATES)(frame, random, filter);
  const behindMacs = made.placement.bytes.length - 14;
  if (!random.chance(15) || behindMacs <= 0) return made;
  const inFragments = random.below(behindMacs + 1);
  const seen = made.seen.subarray(0, made.seen.length - inFragments);
  return { ...made, placement: { ...made.placement, inFragments }, seen };
}
