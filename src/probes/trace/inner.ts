// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
import { label } from '../../asm/index.ts';
import { bufferFilterStack, emitFilterAt, type PacketFilter } from '../../filter/index.ts';
import { SLOT, type TraceProgram } from './writer.ts';

/** IP protocol numbers and UDP ports (network order as loaded on a little-endian machine is avoided: see toBigEndian). */
const UDP = 17;
const IPIP = 4;
const IPV6_IN_IP = 41;
const VXLAN_PORTS = [4789, 8472];
const GENEVE_PORT = 6081;
const UDP_HEADER = 8;
const VXLAN_HEADER = 8;
const ETHERNET_HEADER = 14;
const STACK_BYTES = 512;

/**
 * Leaves unless the packet is a tunnel's (VXLAN, Geneve, IP in IP) and what it carries passes the filter; needs the
 * window. Copies the outer headers' few deciding bytes, no more. r0 to r5, r8, r9 are lost; the window is read again.
 */
export function matchInner(program: TraceProgram, filter: PacketFilter): void {
  const { asm, record } = program;
  const udp = label('outer_udp');
  const ethernet = label('inner_ethernet');
  const rawIp = label('inner_ip');
  const match = label('inner_matches');
  asm.comment('r8 = address of the network header, r9 = first byte behind the linear part');
  program.field('r8', 'networkHeader');
  program.field('r9', 'head');
  asm.jumpIf('r8', '==', 0, program.out).add('r8', 'r9');
  program.field('r1', 'tail');
  asm.add('r9', 'r1').mov('r3', 'r8');
  program.readTo(record, 40);
  asm.jumpIf('r0', '!=', 0, program.out).load('u8', 'r1', 'r10', record).mov('r2', 'r1').rsh('r2', 4);
  const ipv6 = label('outer_ipv6');
  asm.jumpIf('r2', '==', 6, ipv6).jumpIf('r2', '!=', 4, program.out);
  asm
    .and('r1', 15)
    .lsh('r1', 2)
    .add('r8', 'r1')
    .load('u8', 'r2', 'r10', record + 9);
  asm.jumpIf('r2', '==', UDP, udp).jumpIf('r2', '==', IPIP, rawIp).jumpIf('r2', '==', IPV6_IN_IP, rawIp);
  asm
    .jump(program.out)
    .place(ipv6)
    .add('r8', 40)
    .load('u8', 'r2', 'r10', record + 6);
  asm.jumpIf('r2', '==', UDP, udp).jumpIf('r2', '==', IPIP, rawIp).jumpIf('r2', '==', IPV6_IN_IP, rawIp);
  asm.jump(program.out).place(udp);
  skipUdpTunnel(program, ethernet);
  asm.place(ethernet);
  runFilter(program, filter.ethernet, match);
  asm.place(rawIp);
  runFilter(program, filter.rawIp, match);
  asm.place(match);
  program.readWindow();
}

/** r8 goes from the UDP header to the inner frame. */
function skipUdpTunnel(program: TraceProgram, ethernet: ReturnType<typeof label>): void {
  const { asm, record } = program;
  const vxlan = label('vxlan');
  asm.mov('r3', 'r8');
  program.readTo(record, UDP_HEADER + 8);
  asm
    .jumpIf('r0', '!=', 0, program.out)
    .load('u16', 'r1', 'r10', record + 2)
    .toBigEndian('r1', 16);
  for (const port of VXLAN_PORTS) asm.jumpIf('r1', '==', port, vxlan);
  asm.jumpIf('r1', '!=', GENEVE_PORT, program.out);
  asm
    .load('u8', 'r1', 'r10', record + UDP_HEADER)
    .and('r1', 0x3f)
    .lsh('r1', 2)
    .add('r8', 'r1');
  asm
    .place(vxlan)
    .add('r8', UDP_HEADER + VXLAN_HEADER)
    .jump(ethernet);
}

function runFilter(
  program: TraceProgram,
  insns: PacketFilter['ethernet'],
  match: ReturnType<typeof label>,
): void {
  const { asm } = program;
  const stack = { base: SLOT.free, size: STACK_BYTES + SLOT.free };
  if (bufferFilterStack(insns) > stack.size) throw new RangeError('the filter needs too much stack');
  asm.mov('r2', 'r9').sub('r2', 'r8').jumpIf('r2', 's<', ETHERNET_HEADER, program.out).mov('r1', 'r8');
  emitFilterAt(asm, insns, { start: 'r1', length: 'r2', stack, match, noMatch: program.out });
}
