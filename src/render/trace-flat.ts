import type { HopEvent, LookEvent } from '../events/index.ts';
import type { JourneyHop } from '../trail/index.ts';
import { padTo, type Style } from './style.ts';
import { TIME_WIDTH, type TimeForm, timeCell } from './trace-time.ts';

export interface FlatOptions {
  readonly style: Style;
  readonly time: TimeForm;
  /** The kernel's functions under each hop. */
  readonly stack?: boolean;
  /** Who called the function, behind it. */
  readonly caller?: boolean;
}

const WIDTH = {
  trail: 6,
  skb: 18,
  cpu: 3,
  process: 18,
  netns: 12,
  mark: 8,
  iface: 10,
  proto: 6,
  mtu: 5,
  len: 5,
  tuple: 46,
} as const;
const NOTHING = '-';

/** A line per hop: what the function is, and how the packet looked when it got there. */
export class FlatText {
  private readonly options: FlatOptions;
  private readonly starts: Map<number, { start: number; before: number }> = new Map();
  /** The middle columns change only with a look. */
  private readonly looks: WeakMap<LookEvent, string> = new WeakMap();

  constructor(options: FlatOptions) {
    this.options = options;
  }

  header(): string {
    const { time, style } = this.options;
    const cells = [
      'TIME'.padStart(TIME_WIDTH[time]),
      padTo('PACKET', WIDTH.trail),
      padTo('SKB', WIDTH.skb),
      padTo('CPU', WIDTH.cpu),
      padTo('PROCESS', WIDTH.process),
      padTo('NETNS', WIDTH.netns),
      padTo('MARK', WIDTH.mark),
      padTo('IFACE', WIDTH.iface),
      padTo('PROTO', WIDTH.proto),
      padTo('MTU', WIDTH.mtu),
      padTo('LEN', WIDTH.len),
      padTo('TUPLE', WIDTH.tuple),
      'FUNCTION',
    ];
    return `${style.bold(cells.join(' '))}\n`;
  }

  line({ hop, look }: JourneyHop): string {
    const { time, stack, caller, style } = this.options;
    const trail = this.trailOf(hop);
    const cell = timeCell(time, hop, trail.start, trail.before).padStart(TIME_WIDTH[time]);
    trail.before = hop.ts;
    const process = `${hop.process.comm}:${hop.process.pid}`;
    const front = `${cell} ${padTo(`#${hop.trail}`, WIDTH.trail)} ${hop.skb} ${padTo(String(hop.cpu), WIDTH.cpu)} ${padTo(process, WIDTH.process)}`;
    const by = caller && hop.caller !== null && hop.stage !== 'free' ? style.dim(` ← ${hop.caller}`) : '';
    const text = `${front} ${this.lookText(look)} ${functionText(hop, style)}${by}\n`;
    return stack ? text + hop.stack.map(frame => `${style.dim(`    ${frame}`)}\n`).join('') : text;
  }

  /** The trail is over: its times are not needed any more. */
  forget(trail: number): void {
    this.starts.delete(trail);
  }

  private trailOf({ trail, ts }: HopEvent): { start: number; before: number } {
    let known = this.starts.get(trail);
    if (!known) {
      known = { start: ts, before: ts };
      this.starts.set(trail, known);
    }
    return known;
  }

  private lookText(look: LookEvent | null): string {
    if (!look) return LOST_LOOK;
    let text = this.looks.get(look);
    if (text === undefined) {
      text = lookCells(look);
      this.looks.set(look, text);
    }
    return text;
  }
}

/** "10.9.0.1:5000->10.9.0.2:80(tcp:S)", as pwru's users know it. */
export function tupleText({ packet }: LookEvent): string {
  if (!packet) return NOTHING;
  const { src, dst, sport, dport, family, protocol, tcpFlags } = packet;
  const flags = tcpFlags ? `:${tcpFlags}` : '';
  if (src === undefined) return protocol;
  const end = (address: string | undefined, port: number | undefined): string =>
    port === undefined ? `${address}` : family === 'ipv6' ? `[${address}]:${port}` : `${address}:${port}`;
  return `${end(src, sport)}->${end(dst, dport)}(${protocol}${flags})`;
}

function lookCells(look: LookEvent): string {
  const { netnsName, netns, mark, ifname, ifindex, protocol, mtu, length } = look;
  const cells = [
    padTo(netnsName ?? String(netns ?? NOTHING), WIDTH.netns),
    padTo(mark === 0 ? '0' : `0x${mark.toString(16)}`, WIDTH.mark),
    padTo(ifname ?? String(ifindex ?? NOTHING), WIDTH.iface),
    `0x${protocol.toString(16).padStart(4, '0')}`,
    padTo(String(mtu ?? NOTHING), WIDTH.mtu),
    padTo(String(length), WIDTH.len),
    padTo(tupleText(look), WIDTH.tuple),
  ];
  return cells.join(' ');
}

const LOST_LOOK = Object.entries(WIDTH)
  .slice(4)
  .map(([, width]) => padTo(NOTHING, width))
  .join(' ');

function functionText(hop: HopEvent, style: Style): string {
  const { function: name, module, kind, returned, verdict, reason, subsystem, caller, stage } = hop;
  const place = module === null ? name : `${name} [${module}]`;
  if (kind === 'return') return `${style.dim(`${place} =`)} ${verdict ?? returned}`;
  if (stage !== 'free') return place;
  const why = reason === null ? '' : `(${subsystem === 'core' ? '' : `${subsystem}:`}${reason})`;
  const text = `${place}${why}${caller === null ? '' : ` in ${caller}`}`;
  return name === 'kfree_skb' ? style.bad(text) : text;
}
