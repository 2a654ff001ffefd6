// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
import { type Assembler, type Label, label } from '../../asm/index.ts';
import type { Btf } from '../../btf/index.ts';
import { SIGNAL_AT, type SignalFamily, type SignalKind } from '../../events/index.ts';
import { readField } from '../read-field.ts';
import { type Access, SKB, SOCK } from './access.ts';
import { argument, emitWords, put, RECORD, type SignalSource } from './signal-program.ts';

/** A tracepoint or function, and how its arguments are read on this kernel; undefined when it has none of it. */
export interface SourceRow {
  readonly kind: SignalKind;
  readonly name: string;
  readonly at: 'tp-btf' | 'fentry';
  /** Of the packets that it is about, where it is one only. */
  readonly family?: SignalFamily;
  readonly read: (btf: Btf) => SignalSource | undefined;
}

const TCP = 6;
const UDP = 17;

/** tcp_send_reset has told the reason, and of every reset, since 6.10; before, only of those of full sockets. */
export function tellsEveryReset(btf: Btf): boolean {
  return (btf.tracepoint('tcp_send_reset')?.params.length ?? 0) >= 3;
}

const RESETS: readonly SourceRow[] = [
  {
    ...{ kind: 'reset-sent', name: 'tcp_send_reset', at: 'tp-btf' },
    read: btf =>
      tellsEveryReset(btf)
        ? { sock: 0, skb: 1, protocol: TCP, stack: true, fill: asm => putArgument(asm, 'reason', 2) }
        : // What answers a segment comes from the functions below: here would be only some of it.
          {
            ...{ sock: 0, skb: 1, protocol: TCP, stack: true },
            early: (asm, _, skip) => asm.jumpIf(SKB, '!=', 0, skip),
          },
  },
  ...(
    [
      ['tcp_v4_send_reset', 'ipv4'],
      ['tcp_v6_send_reset', 'ipv6'],
    ] as const
  ).map(
    ([name, family]): SourceRow => ({
      ...{ kind: 'reset-sent', name, family, at: 'fentry' },
      read: btf => (tellsEveryReset(btf) ? undefined : { sock: 0, skb: 1, protocol: TCP }),
    }),
  ),
  {
    ...{ kind: 'reset-received', name: 'tcp_receive_reset', at: 'tp-btf' },
    read: () => ({ sock: 0, protocol: TCP }),
  },
];

const OTHERS: readonly SourceRow[] = [
  { kind: 'retransmit', name: 'tcp_retransmit_skb', at: 'tp-btf', read: () => ({ sock: 0, protocol: TCP }) },
  {
    ...{ kind: 'icmp-sent', name: 'icmp_send', family: 'ipv4', at: 'tp-btf' },
    read: () => ({
      skb: 0,
      protocol: 1,
      fill: asm => {
        putArgument(asm, 'icmpType', 1);
        putArgument(asm, 'icmpCode', 2);
      },
    }),
  },
  {
    // IPv6 has no tracepoint of its own; the function every ICMPv6 error goes through.
    ...{ kind: 'icmp-sent', name: 'icmp6_send', family: 'ipv6', at: 'fentry' },
    read: () => ({
      skb: 0,
      protocol: 58,
      fill: (asm, _, access) => {
        putArgument(asm, 'icmpType', 1, access);
        putArgument(asm, 'icmpCode', 2, access);
      },
    }),
  },
  {
    ...{ kind: 'state', name: 'inet_sock_set_state', at: 'tp-btf' },
    read: () => ({
      sock: 0,
      protocol: TCP,
      fill: (asm, btf) => {
        putArgument(asm, 'oldState', 1);
        putArgument(asm, 'state', 2);
        readField(asm, 'r1', SOCK, btf.field('sock', 'sk_protocol'));
        put(asm, 'protocol', 'r1');
      },
    }),
  },
  {
    ...{ kind: 'udp-refused', name: 'udp_fail_queue_rcv_skb', at: 'tp-btf' },
    read: btf => ({
      ...{ sock: 1, protocol: UDP, fill: asm => putArgument(asm, 'error', 0) },
      ...((btf.tracepoint('udp_fail_queue_rcv_skb')?.params.length ?? 0) >= 3 ? { skb: 2 } : {}),
    }),
  },
  ...(['neigh_update', 'neigh_timer_handler'] as const).map(
    (name): SourceRow => ({
      ...{ kind: 'neighbour-failed', name, at: 'tp-btf' },
      read: () => ({ protocol: 0, early: neighbourFailed(name), fill: emitNeighbour }),
    }),
  ),
  {
    ...{ kind: 'lookup-failed', name: 'fib_table_lookup', family: 'ipv4', at: 'tp-btf' },
    read: () => ({ protocol: 0, early: lookupFailed, fill: emitFlow4 }),
  },
  {
    ...{ kind: 'lookup-failed', name: 'fib6_table_lookup', family: 'ipv6', at: 'tp-btf' },
    read: () => ({ protocol: 0, early: lookup6Failed, fill: emitFlow6 }),
  },
];

export const SOURCES: readonly SourceRow[] = [...RESETS, ...OTHERS];

function putArgument(
  asm: Assembler,
  field: 'reason' | 'icmpType' | 'icmpCode' | 'oldState' | 'state' | 'error' | 'table',
  index: number,
  access?: Access,
): void {
  argument(asm, 'r1', index, access);
  put(asm, field, 'r1');
}

/** NUD_FAILED (linux/neighbour.h). */
const FAILED = 0x20;

/** neigh_update is told the new state; the timer has set it already. */
function neighbourFailed(name: string): NonNullable<SignalSource['early']> {
  return (asm, btf, skip) => {
    if (name === 'neigh_update') argument(asm, 'r1', 2);
    else {
      argument(asm, 'r1', 0);
      readField(asm, 'r1', 'r1', btf.field('neighbour', 'nud_state'));
    }
    asm.and('r1', 0xff).jumpIf('r1', '!=', FAILED, skip);
  };
}

function emitNeighbour(asm: Assembler, btf: Btf): void {
  argument(asm, SOCK, 0);
  readField(asm, 'r1', SOCK, btf.field('neighbour', 'tbl'));
  readField(asm, 'r1', 'r1', btf.field('neigh_table', 'family'));
  put(asm, 'family', 'r1');
  readField(asm, 'r2', SOCK, btf.field('neighbour', 'dev'));
  readField(asm, 'r1', 'r2', btf.field('net_device', 'ifindex'));
  put(asm, 'ifindex', 'r1');
  readField(asm, 'r1', 'r2', btf.field('net_device', 'nd_net.net'));
  readField(asm, 'r1', 'r1', btf.field('net', 'ns.inum'));
  put(asm, 'netns', 'r1');
  asm.mov('r3', SOCK).add('r3', btf.field('neighbour', 'primary_key').offset);
  asm
    .mov('r1', RECORD)
    .add('r1', SIGNAL_AT.dst.offset)
    .mov('r2', SIGNAL_AT.dst.size)
    .call('probe_read_kernel');
}

const EAGAIN = 11;
const MAIN = 254;
const LOCAL = 255;

/** A miss is -EAGAIN in every table but the last one, where it is the end; all other errors are a route's own. */
function lookupFailed(asm: Assembler, _: Btf, skip: Label): void {
  const failed = label('failed');
  argument(asm, 'r1', 3);
  asm.jumpIf32('r1', '==', 0, skip).jumpIf32('r1', '!=', -EAGAIN, failed);
  argument(asm, 'r1', 0);
  asm.jumpIf32('r1', '!=', MAIN, skip).place(failed);
}

/** Of struct flowi_common and the rest of flowi4 and flowi6: where the flow goes. */
function emitFlow(asm: Assembler, btf: Btf, struct: 'flowi4' | 'flowi6'): void {
  const place = (path: string): ReturnType<Btf['field']> => btf.field(struct, path);
  for (const [field, path] of [
    ['mark', '__fl_common.flowic_mark'],
    ['protocol', '__fl_common.flowic_proto'],
    ['dport', 'uli.ports.dport'],
  ] as const) {
    readField(asm, 'r1', SOCK, place(path));
    put(asm, field, 'r1');
  }
  readField(asm, 'r1', SOCK, place('uli.ports.sport'));
  asm.toBigEndian('r1', 16);
  put(asm, 'sport', 'r1');
  readField(asm, 'r1', SOCK, place('__fl_common.flowic_iif'));
  put(asm, 'ifindex', 'r1');
}

function emitFlow4(asm: Assembler, btf: Btf): void {
  putArgument(asm, 'error', 3);
  putArgument(asm, 'table', 0);
  put(asm, 'family', 2);
  argument(asm, SOCK, 1);
  for (const end of ['src', 'dst'] as const) {
    readField(asm, 'r1', SOCK, btf.field('flowi4', end === 'src' ? 'saddr' : 'daddr'));
    asm.store('u32', RECORD, SIGNAL_AT[end].offset, 'r1');
  }
  emitFlow(asm, btf, 'flowi4');
  emitCallersNamespace(asm, btf);
}

/** Loopback: what the kernel says for packets of this host. */
const OWN_OUTPUT = 1;

/** IPv4's lookup is not told its namespace: for output the caller's is right, for input nobody knows. */
function emitCallersNamespace(asm: Assembler, btf: Btf): void {
  const unknown = label('unknown_netns');
  asm.load('u32', 'r1', RECORD, SIGNAL_AT.ifindex.offset).jumpIf32('r1', '!=', OWN_OUTPUT, unknown);
  asm.store('u32', RECORD, SIGNAL_AT.ifindex.offset, 0).call('get_current_task_btf');
  readField(asm, 'r1', 'r0', btf.field('task_struct', 'nsproxy'));
  asm.jumpIf('r1', '==', 0, unknown);
  readField(asm, 'r1', 'r1', btf.field('nsproxy', 'net_ns'));
  asm.jumpIf('r1', '==', 0, unknown);
  readField(asm, 'r1', 'r1', btf.field('net', 'ns.inum'));
  put(asm, 'netns', 'r1');
  asm.place(unknown);
}

/** RTN_BLACKHOLE 6, RTN_UNREACHABLE 7, RTN_PROHIBIT 8 (linux/rtnetlink.h); a miss is the unreachable null entry. */
const ERRORS: Readonly<Record<number, number>> = { 6: -22, 7: -101, 8: -13 };

/** The local table is asked first and misses for everything that is not of this host. */
function lookup6Failed(asm: Assembler, btf: Btf, skip: Label): void {
  argument(asm, 'r2', 2);
  readField(asm, 'r1', 'r2', btf.field('fib6_table', 'tb6_id'));
  asm.jumpIf32('r1', '==', LOCAL, skip);
  argument(asm, 'r2', 1);
  readField(asm, 'r1', 'r2', btf.field('fib6_result', 'fib6_type'));
  asm.jumpIf32('r1', '<', 6, skip).jumpIf32('r1', '>', 8, skip);
}

function emitFlow6(asm: Assembler, btf: Btf): void {
  const done = label('type_done');
  argument(asm, 'r2', 1);
  readField(asm, 'r2', 'r2', btf.field('fib6_result', 'fib6_type'));
  for (const [type, error] of Object.entries(ERRORS)) {
    const other = label('other_type');
    asm.jumpIf32('r2', '!=', Number(type), other);
    put(asm, 'error', error);
    asm.jump(done).place(other);
  }
  asm.place(done);
  argument(asm, 'r2', 2);
  readField(asm, 'r1', 'r2', btf.field('fib6_table', 'tb6_id'));
  put(asm, 'table', 'r1');
  argument(asm, 'r2', 0);
  readField(asm, 'r1', 'r2', btf.field('net', 'ns.inum'));
  put(asm, 'netns', 'r1');
  put(asm, 'family', 10);
  argument(asm, SOCK, 3);
  emitWords(asm, SOCK, btf.field('flowi6', 'saddr').offset, 'src');
  emitWords(asm, SOCK, btf.field('flowi6', 'daddr').offset, 'dst');
  emitFlow(asm, btf, 'flowi6');
}
