// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
import { type Label, label } from '../../asm/index.ts';
import { PACKET_WORDS, SKB_WORDS, TRACKED_AT } from './maps.ts';
import { COOKIE } from './told.ts';
import { ENTRY, SLOT, type TraceProgram } from './writer.ts';

/** sk_buff.mac_header before anything set it. */
const MAC_UNSET = 0xffff;

/** Words of the key, from its start. */
const KEY_AT = {
  device: 0,
  mark: 8,
  length: 12,
  connection: 16,
  protocol: 24,
  network: 26,
  vlan: 28,
  packet: 32,
} as const;

/**
 * Goes to `changed` when the packet looks different from the last time, with the new key in the frame and in the
 * table's entry. `bytes`: the packet's own bytes are compared as well, or
 * where the attach cookie says so. SLOT.packet = address of the network header.
 */
export function compareLook(program: TraceProgram, bytes: boolean | 'told', changed: Label): void {
  const { asm } = program;
  const differs = label('differs');
  const same = label('same');
  writeSkbKey(program);
  compareWords(program, 0, SKB_WORDS, differs);
  if (bytes === 'told') {
    asm.load('u32', 'r1', 'r10', SLOT.told).and('r1', COOKIE.look).jumpIf('r1', '==', 0, same);
  }
  if (bytes !== false) {
    readPacketKey(program);
    compareWords(program, SKB_WORDS, PACKET_WORDS, label('unused'), same, () => storeKey(program, changed));
  } else asm.jump(same);
  asm.place(differs);
  readPacketKey(program);
  storeKey(program, changed);
  asm.place(same);
}

function compareWords(
  { asm, key }: TraceProgram,
  from: number,
  count: number,
  differs: Label,
  same?: Label,
  otherwise?: () => void,
): void {
  const target = otherwise ? label('bytes_differ') : differs;
  for (let word = from; word < from + count; word++) {
    asm.load('u64', 'r1', 'r10', key + word * 8).load('u64', 'r2', ENTRY, TRACKED_AT.key + word * 8);
    asm.jumpIf('r1', '!=', 'r2', target);
  }
  if (!otherwise || !same) return;
  asm.jump(same).place(target);
  otherwise();
}

function storeKey({ asm, key }: TraceProgram, changed: Label): void {
  for (let word = 0; word < SKB_WORDS + PACKET_WORDS; word++) {
    asm.load('u64', 'r1', 'r10', key + word * 8).store('u64', ENTRY, TRACKED_AT.key + word * 8, 'r1');
  }
  asm.jump(changed);
}

/** Device, mark, length from the network header on, connection, ethertype, place of the header, VLAN tag. */
function writeSkbKey(program: TraceProgram): void {
  const { asm, key, shared } = program;
  const known = label('header_known');
  const fromData = label('header_at_data');
  asm.comment('r1 = offset of the network header from head, r3 = that of data');
  program.field('r1', 'networkHeader');
  program.field('r3', 'data');
  program.field('r4', 'head');
  asm.sub('r3', 'r4').jumpIf('r1', '==', 0, fromData);
  program.field('r2', 'macHeader');
  asm.jumpIf('r2', '==', MAC_UNSET, known).jumpIf('r1', '>=', 'r2', known);
  asm.place(fromData).mov('r1', 'r3').place(known);
  asm
    .store('u16', 'r10', key + KEY_AT.network, 'r1')
    .mov('r2', 'r4')
    .add('r2', 'r1')
    .store('u64', 'r10', SLOT.packet, 'r2');
  program.field('r2', 'len');
  asm
    .add('r2', 'r3')
    .sub('r2', 'r1')
    .store('u32', 'r10', key + KEY_AT.length, 'r2');
  program.field('r1', 'mark');
  asm.store('u32', 'r10', key + KEY_AT.mark, 'r1');
  program.field('r1', 'device');
  asm.store('u64', 'r10', key + KEY_AT.device, 'r1');
  if (shared.places.nfct) program.field('r1', 'nfct');
  else asm.mov('r1', 0);
  asm.store('u64', 'r10', key + KEY_AT.connection, 'r1');
  program.field('r1', 'protocol');
  asm.store('u16', 'r10', key + KEY_AT.protocol, 'r1');
  program.field('r1', 'vlanTci');
  asm.store('u32', 'r10', key + KEY_AT.vlan, 'r1');
}

/** IPv4: the header and the ports; IPv6: header and ports; else the first 48 bytes. */
function readPacketKey(program: TraceProgram): void {
  const { asm, key } = program;
  const at = key + KEY_AT.packet;
  const whole = label('not_ipv4');
  asm.load('u64', 'r3', 'r10', SLOT.packet);
  program.readTo(at, PACKET_WORDS * 8);
  asm.load('u8', 'r1', 'r10', at).jumpIf('r1', '!=', 0x45, whole);
  for (let word = 3; word < PACKET_WORDS; word++) asm.store('u64', 'r10', at + word * 8, 0);
  asm.place(whole);
}

export { KEY_AT };
