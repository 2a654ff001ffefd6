// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
import type { Reg } from '../../abi/index.ts';
import { type Assembler, label, type MapSpec } from '../../asm/index.ts';
import { COUNTER_AT, COUNTER_LINE, type CounterName } from '../../events/index.ts';
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

/** DEV = skb->dev or 0, and SLOT.netns = the inode of its namespace, of the socket's, or 0. */
export function findNamespace(asm: Assembler, places: SkbPlaces): void {
  const noDevice = label('no_device');
  const store = label('store_netns');
  asm.comment('namespace of the device; the field holds other things while a socket queues the skb');
  readField(asm, DEV, SKB, places.device);
  asm.jumpIf(DEV, '==', 0, noDevice);
  readField(asm, 'r1', DEV, places.deviceNet);
  asm.jumpIf('r1', '==', 0, noDevice);
  readField(asm, 'r1', 'r1', places.inode);
  asm.jumpIf32('r1', '>=', LOWEST_INODE, store);
  asm.place(noDevice).mov(DEV, 0).comment('namespace of the socket');
  const none = label('no_socket');
  readField(asm, 'r1', SKB, places.socket);
  asm.jumpIf('r1', '==', 0, none);
  readField(asm, 'r1', 'r1', places.socketNet);
  asm.jumpIf('r1', '==', 0, none);
  readField(asm, 'r1', 'r1', places.inode);
  asm.jumpIf32('r1', '>=', LOWEST_INODE, store).place(none).mov('r1', 0);
  asm.place(store).store('u64', 'r10', SLOT.netns, 'r1');
}
