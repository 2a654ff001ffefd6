import type { DropEvent } from '../events/index.ts';
import { summarize } from '../packet/index.ts';
import { padTo, type Style, wrap } from './style.ts';

export interface DropTextOptions {
  readonly style: Style;
  /** Characters per line, for hints. */
  readonly columns: number;
}

const WIDTH = { time: 15, reason: 20, where: 28, ifname: 10, netns: 12 } as const;
const NOTHING = '-';

/** The line above the columns. */
export function dropHeader({ style }: DropTextOptions): string {
  const { time, reason, where, ifname, netns } = WIDTH;
  const cells = [
    padTo('TIME', time),
    padTo('REASON', reason),
    padTo('FUNCTION', where),
    padTo('IFACE', ifname),
  ];
  return `${style.bold([...cells, padTo('NETNS', netns), 'PACKET'].join(' '))}\n`;
}

/** One drop on one line: when, why, where in the kernel, on which interface of which namespace, what. */
export function dropLine(drop: DropEvent, { style }: DropTextOptions): string {
  const reason = padTo(reasonText(drop), WIDTH.reason);
  const colored = drop.benign ? style.dim(reason) : style.bad(reason);
  const cells = [
    style.dim(padTo(drop.time.slice(11, 26), WIDTH.time)),
    colored,
    style.name(padTo(whereText(drop), WIDTH.where)),
    padTo(drop.ifname ?? NOTHING, WIDTH.ifname),
    padTo(drop.netnsName ?? String(drop.netns ?? NOTHING), WIDTH.netns),
    packetText(drop),
  ];
  return `${cells.join(' ')}\n`;
}

/** What a reason means and what to do, under its first line. */
export function dropHint(meaning: string, remedy: string, { style, columns }: DropTextOptions): string {
  const indent = ' '.repeat(WIDTH.time + 3);
  const first = `${' '.repeat(WIDTH.time + 1)}${style.dim('↳')} `;
  const rows = [
    wrap(meaning, columns - indent.length, indent),
    wrap(remedy, columns - indent.length, indent),
  ];
  return rows.map((row, index) => `${index === 0 ? first : indent}${style.dim(row)}\n`).join('');
}

/** The kernel's functions, the dropping one first. */
export function dropStack(drop: DropEvent, { style }: DropTextOptions): string {
  return drop.stack.map(frame => `${' '.repeat(WIDTH.time + 1)}${style.dim(frame)}\n`).join('');
}

/** "NO_SOCKET", "openvswitch:METER", "-" before 5.17. */
export function reasonText(drop: { reason: string | null; subsystem: string | null }): string {
  if (drop.reason === null) return NOTHING;
  return drop.subsystem === 'core' ? drop.reason : `${drop.subsystem}:${drop.reason}`;
}

/** "nft_do_chain+0x40f [nf_tables]", or the bare address when symbols are hidden. */
export function whereText(drop: {
  function: string | null;
  offset: number | null;
  module: string | null;
  location?: string;
}): string {
  if (drop.function === null) return drop.location ?? NOTHING;
  const offset = drop.offset === null ? '' : `+0x${drop.offset.toString(16)}`;
  return `${drop.function}${offset}${drop.module === null ? '' : ` [${drop.module}]`}`;
}

function packetText(drop: DropEvent): string {
  const text = drop.packet === null ? 'no header to read' : summarize(drop.packet);
  const mark = drop.mark === 0 ? '' : ` mark 0x${drop.mark.toString(16)}`;
  return `${text} len ${drop.length}${mark}`;
}
