// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
import type { Reg } from '../../abi/index.ts';
import { type Assembler, type Label, label, type MapSpec } from '../../asm/index.ts';
import type { FieldPlace } from '../../btf/index.ts';
import { COUNTER_AT, COUNTER_LINE, type CounterName } from '../../events/index.ts';
import { probeRead } from '../../filter/index.ts';
import { readField } from '../read-field.ts';
import type { SkbPlaces } from '../skb-places.ts';

/** Registers that keep their meaning through the whole program. */
export const SKB: Reg = 'r6';
export const DEV: Reg = 'r7';
export const LINE: Reg = 'r8';
export const RECORD: Reg = 'r9';

/** Frame slots, 8 bytes each, downwards from the frame pointer. The packet filter may use what is below FREE. */
export const SLOT = { ctx: -8, location: -16, reason: -24, netns: -32, scratch: -40, key: -112 } as const;
export const FREE = -112;

/** Inodes of namespaces start near 2^32; what is lower came from a field that is no device just now. */
const LOWEST_INODE = 0xefff_fff0;

/** Adds one to this CPU's counter. */
export function bump(asm: Assembler, counter: CounterName): void {
  asm.mov('r1', 1).atomic('add', 'u64', LINE, COUNTER_AT[counter], 'r1');
}

/** LINE = this CPU's line in the counters' only value; lines are a power of two, so that the mask bounds it. */
export function findLine(asm: Assembler, counters: MapSpec): void {
  const lines = counters.valueSize / COUNTER_LINE;
  asm
    .call('get_smp_processor_id')
    .mov32(LINE, 'r0')
    .and(LINE, lines - 1);
  asm.lsh(LINE, Math.log2(COUNTER_LINE)).mapValue('r1', counters).add(LINE, 'r1');
}

/** The bits above: all inodes of namespaces that a kernel ever hands out share them, upper halves of pointers do not. */
const INODE_SHIFT = 27;
const INODE_TOP = 0xf000_0000 / 2 ** INODE_SHIFT;
/** Bit 0 of skb->_skb_refdst says whether a reference is held. */
const NO_REFERENCE = 1;

/**
 * DEV = skb->dev or 0, and SLOT.netns = the inode of its namespace, of a socket's, of the route's, or 0. `receiver`: the
 * tracepoint's argument with the socket that was to get the packet; needs SLOT.ctx.
 */
export function findNamespace(asm: Assembler, places: SkbPlaces, receiver?: number): void {
  const store = label('store_netns');
  asm.comment('namespace of the device; the field holds other things while a socket queues the skb');
  readField(asm, DEV, SKB, places.device);
  namespaceBehind(asm, DEV, places.deviceNet, places, store);
  asm.mov(DEV, 0);
  if (receiver !== undefined) {
    asm
      .comment('namespace of the receiver')
      .load('u64', 'r1', 'r10', SLOT.ctx)
      .load('u64', 'r1', 'r1', receiver * 8);
    namespaceBehind(asm, 'r1', places.socketNet, places, store);
  }
  asm.comment('namespace of the socket');
  readField(asm, 'r1', SKB, places.socket);
  namespaceBehind(asm, 'r1', places.socketNet, places, store);
  namespaceOfRoute(asm, places);
  asm.place(store).store('u64', 'r10', SLOT.netns, 'r1');
}

/** r1 = the inode of the namespace that owner->net is, and on to `found`; goes on where there is none. */
function namespaceBehind(
  asm: Assembler,
  owner: Reg,
  net: FieldPlace,
  { inode }: SkbPlaces,
  found: Label,
): void {
  const none = label('no_namespace');
  asm.jumpIf(owner, '==', 0, none);
  readField(asm, 'r1', owner, net);
  asm.jumpIf('r1', '==', 0, none);
  readField(asm, 'r1', 'r1', inode);
  asm.jumpIf32('r1', '>=', LOWEST_INODE, found).place(none);
}

/** r1 = its inode, or 0: TCP takes the device off what it receives, and leaves the route until the socket has it. */
function namespaceOfRoute(asm: Assembler, places: SkbPlaces): void {
  const none = label('no_route');
  const store = label('route_known');
  asm.comment('namespace of the route');
  readField(asm, 'r3', SKB, places.route);
  asm.and('r3', ~NO_REFERENCE).jumpIf('r3', '==', 0, none);
  for (const { offset } of [places.routeDevice, places.deviceNet]) {
    asm.add('r3', offset);
    probeRead(asm, SLOT.scratch, 8, none);
    asm.load('u64', 'r3', 'r10', SLOT.scratch).jumpIf('r3', '==', 0, none);
  }
  asm.add('r3', places.inode.offset);
  probeRead(asm, SLOT.scratch, 4, none);
  asm.load('u32', 'r1', 'r10', SLOT.scratch).mov('r2', 'r1').rsh('r2', INODE_SHIFT);
  asm.jumpIf('r2', '==', INODE_TOP, store).place(none).mov('r1', 0).place(store);
}
