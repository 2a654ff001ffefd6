import type { Outcome, SkbEnd } from '../events/index.ts';
import { reasonText, whereText } from './drop-text.ts';
import { plainStyle, type Style } from './style.ts';

/** How an outcome is shown. */
interface Sign {
  readonly sign: string;
  readonly word: string;
  readonly paint: (style: Style, text: string) => string;
}

const SIGNS: Readonly<Record<Outcome, Sign>> = {
  delivered: { sign: '✓', word: 'delivered', paint: (style, text) => style.good(text) },
  sent: { sign: '↗', word: 'sent', paint: (style, text) => style.good(text) },
  dropped: { sign: '✗', word: 'dropped', paint: (style, text) => style.bad(text) },
  consumed: { sign: '•', word: 'consumed', paint: (style, text) => style.dim(text) },
  queued: { sign: '…', word: 'still queued', paint: (style, text) => style.warn(text) },
  lost: { sign: '?', word: 'lost sight of', paint: (style, text) => style.warn(text) },
};

/** "✗ dropped". */
export function outcomeSign(outcome: Outcome, style: Style): string {
  const { sign, word, paint } = SIGNS[outcome];
  return paint(style, `${sign} ${word}`);
}

/** "delivered", "still queued". */
export function outcomeWord(outcome: Outcome): string {
  return SIGNS[outcome].word;
}

const READ = 'to the application';
const TCP = 'to the TCP socket';
const QUEUED = "into the socket's queue";

/** Who a function takes the packet for. */
const TAKERS: Readonly<Record<string, string>> = {
  skb_copy_datagram_iovec: READ,
  __skb_datagram_iter: READ,
  skb_free_datagram: READ,
  skb_consume_udp: READ,
  udp_recvmsg: READ,
  raw_recvmsg: READ,
  packet_recvmsg: READ,
  tcp_rcv_established: TCP,
  tcp_rcv_state_process: TCP,
  tcp_data_queue: TCP,
  tcp_queue_rcv: TCP,
  tcp_ack: TCP,
  tcp_probe: TCP,
  tcp_rcv_synsent_state_process: 'to the connecting TCP socket',
  tcp_conn_request: 'to the listening TCP socket',
  tcp_check_req: 'to the listening TCP socket',
  tcp_timewait_state_process: 'to a TCP socket in TIME-WAIT',
  tcp_add_backlog: "into the TCP socket's backlog",
  __udp_enqueue_schedule_skb: QUEUED,
  __sock_queue_rcv_skb: QUEUED,
  sock_queue_err_skb: "into the socket's error queue",
  icmp_echo: 'to the kernel, which answers the ping',
  icmp_rcv: "to the kernel's ICMP",
  icmpv6_rcv: "to the kernel's ICMPv6",
  ndisc_rcv: "to the kernel's neighbour discovery",
  arp_process: "to the kernel's ARP",
  arp_rcv: "to the kernel's ARP",
  igmp_rcv: "to the kernel's IGMP",
};

const DETAILS: Readonly<Record<Outcome, (end: SkbEnd, style: Style) => string>> = {
  delivered: (end, style) => `${takenBy(end, style)}${place(end)}${because(end)}`,
  sent: (end, style) =>
    `out by ${end.ifname === null ? 'a device' : style.name(end.ifname)}${space(end)}${because(end)}`,
  dropped: (end, style) =>
    `${end.reason === null ? 'without a reason' : style.bad(reasonText(end))} at ${style.name(whereText(end))}${place(end)}`,
  consumed: end => (end.why === null ? `by ${whereText(end)}` : `: ${end.why}`),
  queued: (end, style) => `at ${style.name(whereText(end))}${place(end)}`,
  lost: end => `: ${end.why ?? 'no event says what became of it'}`,
};

/** "✗ dropped NETFILTER_DROP at nft_do_chain+0x40f [nf_tables], s0, netns web"; a benign drop is no loss to anybody. */
export function endText(end: SkbEnd, style: Style, benign = false): string {
  if (benign) return style.dim(`${endText(end, plainStyle)} (no loss)`);
  const text = DETAILS[end.outcome](end, style);
  return `${outcomeSign(end.outcome, style)}${text.startsWith(':') ? '' : ' '}${text}`;
}

function takenBy(end: SkbEnd, style: Style): string {
  const taker = TAKERS[end.function ?? ''];
  const where = style.name(whereText(end));
  return taker === undefined ? `to ${where}` : `${taker} (${where})`;
}

function place(end: SkbEnd): string {
  return `${end.ifname === null ? '' : `, ${end.ifname}`}${space(end)}`;
}

function space({ netnsName, netns }: SkbEnd): string {
  const name = netnsName ?? netns;
  return name === null ? '' : `, netns ${name}`;
}

function because({ why }: SkbEnd): string {
  return why === null ? '' : ` (${why})`;
}
